// SPDX-License-Identifier: Apache-2.0
// The release at work: its proof, its rings, its gates with the worst figures, what was done to it,
// and the buttons that do more.
import { useState } from 'preact/hooks';

import { type Gate, type Release, advance, approve, halt } from '../../api/fleet.ts';
import { detail, refreshRelease, release, releases, showRelease } from '../../state/fleet.ts';
import { setQuery } from '../../state/route.ts';
import { mayEdit } from '../../state/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm, type Question } from '../../ui/dialog.tsx';
import { moment, number } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import {
  STAGES,
  gateName,
  limitsOf,
  releaseTone,
  stageName,
  stageTone,
  watchOf,
} from './status.ts';

function questions(one: Release): Record<'approve' | 'advance' | 'halt', Question> {
  const what = `${one.bundle.name} ${one.bundle.version}`;
  const next = one.rings[one.ring + 1];
  const began = one.rings.slice(0, one.ring + 1).flatMap((ring) => ring.tractors).length;
  const then = async (call: Promise<unknown>) => {
    await call;
    await refreshRelease();
  };
  return {
    approve: {
      title: `Approve “${one.name}”?`,
      text: `${what} may then be sent to tractors, ring by ring. Your name is recorded.`,
      reason: 'Comment',
      mustSay: false,
      yes: 'Approve',
      danger: false,
      act: (comment) => then(approve(one.id, comment)),
    },
    advance: {
      title: `Begin ${next?.name ?? 'the next ring'}?`,
      text: `${what} is offered to ${next?.tractors.length ?? 0} more tractors.`,
      reason: 'Reason',
      mustSay: false,
      yes: 'Begin',
      danger: false,
      act: (reason) => then(advance(one.id, reason)),
    },
    halt: {
      title: `Halt “${one.name}”?`,
      text:
        began > 0
          ? `${began} tractors go back to what they ran before. This cannot be undone.`
          : 'No tractor has it yet. This cannot be undone.',
      reason: 'Reason',
      mustSay: true,
      yes: 'Halt',
      danger: true,
      act: (reason) => then(halt(one.id, reason)),
    },
  };
}

function Buttons({ one }: { one: Release }) {
  const [question, setQuestion] = useState<Question | null>(null);
  if (!mayEdit.value) return <p class="quiet">Your role may look, not act.</p>;
  const ask = questions(one);
  const next = one.rings[one.ring + 1];
  const over = one.status === 'halted' || one.status === 'done';
  return (
    <div class="row">
      {one.status === 'created' && (
        <Button kind="primary" onClick={() => setQuestion(ask.approve)}>
          Approve…
        </Button>
      )}
      {(one.status === 'approved' || one.status === 'rolling') && next && (
        <Button kind="primary" onClick={() => setQuestion(ask.advance)}>
          Begin {next.name}…
        </Button>
      )}
      {!over && (
        <Button kind="danger" onClick={() => setQuestion(ask.halt)}>
          Halt…
        </Button>
      )}
      {question && (
        // A dialog tells late that it closed: by then the next question may stand in its place.
        <Confirm
          key={question}
          question={question}
          onClose={() => setQuestion((now) => (now === question ? null : now))}
        />
      )}
    </div>
  );
}

function Proof({ one }: { one: Release }) {
  const { bundle } = one;
  return (
    <div class="row">
      {bundle.passed ? (
        <Badge tone="good" text="conversion proven" />
      ) : (
        <Badge tone="warn" text="waived" title={bundle.waiver} />
      )}
      <a href={`/report?release=${encodeURIComponent(one.id)}`}>Conversion report</a>
    </div>
  );
}

function Rings({ one }: { one: Release }) {
  return (
    <ol class="rings">
      {one.rings.map((ring, index) => {
        const members = (detail.value?.members ?? []).filter((member) => member.ring === index);
        const state = index > one.ring ? 'to come' : index === one.ring ? 'now' : 'began';
        return (
          <li key={ring.name} {...(index === one.ring ? { 'aria-current': 'step' as const } : {})}>
            <div class="row spread">
              <strong>{ring.name}</strong>
              <span class="quiet">
                {ring.tractors.length} {ring.tractors.length === 1 ? 'tractor' : 'tractors'},{' '}
                {state}
              </span>
            </div>
            <div class="row">
              {STAGES.map((stage) => {
                const here = members.filter((member) => member.stage === stage);
                if (here.length === 0) return null;
                const who = here.map((m) => (m.reason ? `${m.name}: ${m.reason}` : m.name));
                return (
                  <Badge
                    key={stage}
                    tone={stageTone(stage)}
                    text={`${here.length} ${stageName(stage)}`}
                    title={who.join('\n')}
                  />
                );
              })}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function GateRow({ gate }: { gate: Gate }) {
  const digits = Math.abs(gate.limit) < 10 && !Number.isInteger(gate.limit) ? 3 : 0;
  return (
    <tr>
      <td title={gate.meaning}>{gateName(gate)}</td>
      <td class="right">{number(gate.limit, digits)}</td>
      <td class="right" {...(gate.tractor ? { title: gate.tractor } : {})}>
        {number(gate.figure, digits)}
      </td>
      <td>
        {gate.figure === undefined ? (
          <Badge tone="idle" text="no figure" />
        ) : gate.broken ? (
          <Badge tone="bad" text="broken" title={gate.tractor} />
        ) : (
          <Badge tone="good" text="kept" />
        )}
      </td>
    </tr>
  );
}

function Gates() {
  const all = detail.value?.gates ?? [];
  const gates = limitsOf(all);
  const watch = watchOf(all);
  if (gates.length === 0) return null;
  return (
    <>
      {watch && <p class="quiet">Each tractor is watched for {watch}.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Health gates">
        <table>
          <caption class="hidden">Health gates, each with the worst figure of all tractors</caption>
          <thead>
            <tr>
              <th scope="col">Gate</th>
              <th scope="col" class="right">
                Limit
              </th>
              <th scope="col" class="right">
                Worst
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {gates.map((gate) => (
              <GateRow key={gate.name} gate={gate} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Audit() {
  const entries = detail.value?.audit ?? [];
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>What was done ({entries.length})</summary>
      <ol class="audit">
        {entries.slice(0, 50).map((entry, index) => (
          <li key={`${entry.at}-${index}`}>
            <span class="quiet num">{entry.at === undefined ? '' : moment(entry.at)}</span>{' '}
            <strong>{entry.what}</strong> by {entry.who}
            {entry.tractor && ` (${entry.tractor})`}
            {entry.why && `: ${entry.why}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

export function ReleaseCard() {
  const one = release.value;
  if (!one) {
    return (
      <section class="card" aria-labelledby="release-title">
        <header>
          <h2 id="release-title">Release</h2>
        </header>
        <div class="body quiet">
          No release yet. <code>furrow release create</code> makes one of a signed bundle.
        </div>
      </section>
    );
  }
  return (
    <section class="card release" aria-labelledby="release-title">
      <header>
        <h2 id="release-title">Release: {one.name}</h2>
        <Badge tone={releaseTone[one.status]} text={one.status} />
      </header>
      <div class="body stack">
        <div class="row spread">
          <span>
            <strong>
              {one.bundle.name} {one.bundle.version}
            </strong>{' '}
            <code class="quiet" title={one.bundle.id}>
              {one.bundle.id.slice(0, 12)}
            </code>
          </span>
          <Proof one={one} />
        </div>
        {one.status === 'halted' && <Notice tone="bad">Halted by {one.halted}</Notice>}
        {one.approved && <p class="quiet">Approved by {one.approved}</p>}
        <Buttons one={one} />
        <Rings one={one} />
        <Gates />
        <Audit />
        {releases.value.length > 1 && (
          <label class="field">
            Show
            <select
              value={one.id}
              onChange={(event) => {
                setQuery({ release: event.currentTarget.value });
                showRelease();
              }}
            >
              {releases.value.map((other) => (
                <option key={other.id} value={other.id}>
                  {other.name} ({other.status})
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </section>
  );
}
