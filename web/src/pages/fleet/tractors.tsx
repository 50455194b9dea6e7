// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'preact/hooks';

import type { Tractor } from '../../api/fleet.ts';
import { now } from '../../state/clock.ts';
import { releases, tractors } from '../../state/fleet.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ago, byText, bytes, moment, number, percent } from '../../ui/format.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { bundleName, stageName, stageTone, statusOf } from './status.ts';

function Seen({ at }: { at: number | undefined }) {
  if (at === undefined) return <>–</>;
  return <span title={moment(at)}>{ago(now.value - at)} ago</span>;
}

function State({ tractor }: { tractor: Tractor }) {
  const { tone, text, why } = statusOf(tractor, now.value);
  return <Badge tone={tone} text={text} title={why} />;
}

function Ring({ tractor }: { tractor: Tractor }) {
  if (!tractor.release) return <>–</>;
  const { id, ring, stage } = tractor.release;
  const known = releases.value.find((one) => one.id === id);
  return (
    <span class="row">
      {known?.rings[ring]?.name ?? `ring ${ring + 1}`}
      <Badge tone={stageTone(stage)} text={stageName(stage)} />
    </span>
  );
}

export function Tractors(p: { chosen: string | undefined; onChoose: (name: string) => void }) {
  const rows = useMemo(
    () => [...tractors.value.values()].sort((a, b) => byText(a.name, b.name)),
    [tractors.value],
  );
  const columns = useMemo<Column<Tractor>[]>(
    () => [
      {
        key: 'name',
        title: 'Tractor',
        order: (t) => t.name,
        cell: (t) => (
          <Button kind="link" onClick={() => p.onChoose(t.name)}>
            {t.name}
          </Button>
        ),
      },
      {
        key: 'state',
        title: 'State',
        order: (t) => statusOf(t, now.peek()).rank,
        cell: (t) => <State tractor={t} />,
      },
      {
        key: 'model',
        title: 'Model',
        order: (t) => bundleName(t, releases.peek()),
        cell: (t) => bundleName(t, releases.value),
      },
      {
        key: 'ring',
        title: 'Ring',
        order: (t) => t.release?.ring ?? 99,
        cell: (t) => <Ring tractor={t} />,
      },
      {
        key: 'seen',
        title: 'Last seen',
        right: true,
        order: (t) => -(t.lastSeen ?? 0),
        cell: (t) => <Seen at={t.lastSeen} />,
      },
      {
        key: 'speed',
        title: 'Speed, m/s',
        right: true,
        order: (t) => t.speed ?? -1,
        cell: (t) => number(t.speed, 1),
      },
      {
        key: 'slack',
        title: 'Slack, ms',
        hint: 'Time left over before a nozzle had to open: 99 of 100 frames had at least this',
        right: true,
        order: (t) => t.slackP1 ?? Infinity,
        cell: (t) => number(t.slackP1, 1),
      },
      {
        key: 'hit',
        title: 'Hit rate',
        hint: 'Share of weeds hit, where the truth is known',
        right: true,
        order: (t) => t.hitShare ?? -1,
        cell: (t) => percent(t.hitShare),
      },
      {
        key: 'alarms',
        title: 'Alarms',
        right: true,
        order: (t) => t.alarms,
        cell: (t) => number(t.alarms),
      },
      {
        key: 'spool',
        title: 'Spool',
        hint: 'What it has recorded and not yet handed over',
        right: true,
        order: (t) => t.spool?.bytes ?? 0,
        cell: (t) => bytes(t.spool?.bytes),
      },
    ],
    [p.onChoose],
  );
  return (
    <Table
      caption="Tractors"
      columns={columns}
      rows={rows}
      id={(t) => t.name}
      chosen={p.chosen}
      empty="No tractor yet. furrow fleet enroll NAME makes the token that lets one in."
    />
  );
}
