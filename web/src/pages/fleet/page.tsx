// SPDX-License-Identifier: Apache-2.0
// /fleet: where the tractors are, what they do, and the release that is on its way to them.
import { useCallback, useEffect } from 'preact/hooks';

import { now } from '../../state/clock.ts';
import { link, ready, tractors, trouble, watchFleet } from '../../state/fleet.ts';
import { extent, ground, sprayed } from '../../state/ground.ts';
import { place, setQuery } from '../../state/route.ts';
import { shown } from '../../state/theme.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { FieldMap } from '../../ui/field_map.tsx';
import { ago } from '../../ui/format.ts';
import type { Machine } from '../../ui/map_draw.ts';
import { Notice } from '../../ui/notice.tsx';
import { ReleaseCard } from './release.tsx';
import { SILENT_S, statusOf } from './status.ts';
import { Tractors } from './tractors.tsx';

const BOOM_UNKNOWN_M = 3;

function Link() {
  const states: Record<typeof link.value, [Tone, string]> = {
    live: ['good', 'live'],
    opening: ['idle', 'connecting'],
    lost: ['warn', 'no connection: what is shown gets older'],
  };
  const [tone, text] = states[link.value];
  return (
    <span role="status" data-link={link.value}>
      <Badge tone={tone} text={text} />
    </span>
  );
}

function Counts() {
  const all = [...tractors.value.values()];
  const counts = new Map<string, { tone: Tone; count: number; rank: number }>();
  for (const one of all) {
    const { text, tone, rank } = statusOf(one, now.value);
    const known = counts.get(text) ?? { tone, count: 0, rank };
    known.count += 1;
    counts.set(text, known);
  }
  const rows = [...counts].sort((a, b) => a[1].rank - b[1].rank);
  return (
    <div class="row">
      <span class="num">
        {all.length} {all.length === 1 ? 'tractor' : 'tractors'}
      </span>
      {rows.map(([text, { tone, count }]) => (
        <Badge key={text} tone={tone} text={`${count} ${text}`} />
      ))}
    </div>
  );
}

function Where(p: { chosen: string | undefined; onChoose: (name: string) => void }) {
  const machines: Machine[] = [];
  for (const one of tractors.value.values()) {
    if (!one.position) continue;
    const age = one.lastSeen === undefined ? Infinity : now.value - one.lastSeen;
    const aged = age > SILENT_S || link.value === 'lost';
    machines.push({
      id: one.name,
      at: one.position,
      heading: one.position.heading,
      tone: statusOf(one, now.value).tone,
      note: aged ? `${ago(age)} ago` : '',
      aged,
      width: one.boomWidth || BOOM_UNKNOWN_M,
    });
  }
  const pieces = sprayed.value;
  const known = `${machines.length} of ${tractors.value.size} tractors have a known position`;
  return (
    <FieldMap
      label={`Map: ${known}, ${pieces} sprayed pieces. The table of tractors says the rest.`}
      machines={machines}
      ground={ground.value}
      extent={extent.value}
      chosen={p.chosen}
      onChoose={p.onChoose}
      theme={shown.value}
    />
  );
}

export default function Fleet() {
  useEffect(() => watchFleet(), []);
  const chosen = place.value.query.get('tractor') ?? undefined;
  const choose = useCallback((name: string) => {
    const same = new URLSearchParams(location.search).get('tractor') === name;
    setQuery({ tractor: same ? null : name });
  }, []);
  return (
    <div class="stack fleet" aria-busy={!ready.value}>
      <div class="row spread">
        <h1>Fleet</h1>
        <Counts />
        <Link />
      </div>
      {trouble.value && <Notice tone="bad">{trouble.value}</Notice>}
      <div class="columns">
        <section class="card" aria-label="Map">
          <Where chosen={chosen} onChoose={choose} />
        </section>
        <ReleaseCard />
      </div>
      <div class="card">
        <Tractors chosen={chosen} onChoose={choose} />
      </div>
    </div>
  );
}
