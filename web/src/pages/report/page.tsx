// SPDX-License-Identifier: Apache-2.0
// /report?release=ID: what the conversion of a release's model was proven to keep, as the signed
// bundle itself says.
import { useEffect, useState } from 'preact/hooks';

import { CallError } from '../../api/client.ts';
import { type Release, getRelease, getReport } from '../../api/fleet.ts';
import { place } from '../../state/route.ts';
import { leave } from '../../state/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Curves } from '../../ui/curves.tsx';
import { number, percent } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { type Interval, type Report, readReport } from './figures.ts';

interface Found {
  release: Release;
  report: Report;
}

const plain = (value: number | undefined) =>
  value === undefined ? '–' : String(Number(value.toPrecision(4)));

function Range({ of }: { of: Interval }) {
  if (of.value === undefined) return <>–</>;
  return (
    <>
      {percent(of.value, 2)}{' '}
      <span class="quiet">
        ({percent(of.low, 2)} to {percent(of.high, 2)})
      </span>
    </>
  );
}

function Gates({ report }: { report: Report }) {
  return (
    <section class="card" aria-labelledby="gates-title">
      <header>
        <h2 id="gates-title">Gates</h2>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label="Gates">
        <table>
          <thead>
            <tr>
              <th scope="col">Gate</th>
              <th scope="col" class="right">
                Figure
              </th>
              <th scope="col" class="right">
                Limit
              </th>
              <th scope="col">Verdict</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {report.gates.map((gate) => (
              <tr key={gate.name}>
                <td>{gate.name.replaceAll('_', ' ')}</td>
                <td class="right">{plain(gate.figure)}</td>
                <td class="right">
                  {gate.limit === undefined ? 'none' : `${gate.atLeast ? '≥' : '≤'} `}
                  {gate.limit !== undefined && plain(gate.limit)}
                </td>
                <td>
                  <Badge
                    tone={gate.passed ? 'good' : 'bad'}
                    text={gate.passed ? 'kept' : 'broken'}
                  />
                </td>
                <td class="wrap">{gate.says}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Slices({ report }: { report: Report }) {
  return (
    <section class="card" aria-labelledby="slices-title">
      <header>
        <h2 id="slices-title">Decisions of nozzle cells</h2>
        <span class="quiet">95 % confidence intervals</span>
      </header>
      <div class="scroll" tabIndex={0} role="region" aria-label="Decisions of nozzle cells">
        <table>
          <thead>
            <tr>
              <th scope="col">Slice</th>
              <th scope="col" class="right">
                Frames
              </th>
              <th scope="col">Decisions that flip</th>
              <th scope="col">Weeds missed more</th>
              <th scope="col">Area wasted more</th>
            </tr>
          </thead>
          <tbody>
            {report.slices.map((one) => (
              <tr key={one.name}>
                <th scope="row">{one.name}</th>
                <td class="right">{number(one.frames)}</td>
                <td>
                  <Range of={one.flips} />
                </td>
                <td>
                  <Range of={one.missedMore} />
                </td>
                <td>
                  <Range of={one.wastedMore} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Latency({ report }: { report: Report }) {
  return (
    <section class="card" aria-labelledby="latency-title">
      <header>
        <h2 id="latency-title">Time per frame</h2>
        <span class="quiet">
          {report.latency
            .map((one) => `${one.name}: p50 ${plain(one.p50)} ms, p99 ${plain(one.p99)} ms`)
            .join(' · ')}
        </span>
      </header>
      <div class="body">
        <Curves
          label="Time per frame by share of frames, source and converted model"
          curves={report.latency.map((one) => ({ name: one.name, values: one.curve }))}
          limit={report.budgetMs}
          limitName="budget at 6 m/s"
          unit="ms"
        />
      </div>
    </section>
  );
}

function Body({ found }: { found: Found }) {
  const { release, report } = found;
  return (
    <>
      <div class="row">
        <Badge tone={report.passed ? 'good' : 'bad'} text={report.passed ? 'passed' : 'failed'} />
        <span>
          {release.bundle.name} {release.bundle.version}
        </span>
        <code class="quiet">{release.bundle.id}</code>
      </div>
      {release.bundle.waiver && <Notice tone="warn">Waived by {release.bundle.waiver}</Notice>}
      {!report.passed && <Notice tone="bad">{report.line}</Notice>}
      <dl class="facts">
        {report.facts.map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      <Gates report={report} />
      <Slices report={report} />
      <Latency report={report} />
    </>
  );
}

export default function ReportPage() {
  const id = place.value.query.get('release') ?? '';
  const [found, setFound] = useState<Found | null>(null);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    const load = async () => {
      const [{ release }, report] = await Promise.all([getRelease(id), getReport(id)]);
      setFound({ release, report: readReport(report) });
    };
    load().catch((error: unknown) => {
      if (error instanceof CallError && error.status === 401) leave();
      else setFailure(error instanceof Error ? error.message : String(error));
    });
  }, [id]);
  return (
    <div class="stack" aria-busy={!found && !failure}>
      <div class="row spread">
        <h1>Conversion report</h1>
        <a href={`/fleet?release=${encodeURIComponent(id)}`}>Back to the fleet</a>
      </div>
      {failure && <Notice tone="bad">{failure}</Notice>}
      {found && <Body found={found} />}
    </div>
  );
}
