// SPDX-License-Identifier: Apache-2.0
// What of a conversion's report (docs/convert.md) the page shows, read with suspicion: a report may
// come from an older program.
type Json = Record<string, unknown>;

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const num = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export interface Gate {
  name: string;
  figure: number | undefined;
  limit: number | undefined;
  atLeast: boolean;
  passed: boolean;
  says: string;
}
export interface Interval {
  value: number | undefined;
  low: number | undefined;
  high: number | undefined;
}
export interface Slice {
  name: string;
  frames: number | undefined;
  flips: Interval;
  missedMore: Interval;
  wastedMore: Interval;
}
export interface Report {
  passed: boolean;
  line: string;
  facts: [string, string][];
  gates: Gate[];
  slices: Slice[];
  latency: { name: string; p50: number | undefined; p99: number | undefined; curve: number[] }[];
  budgetMs: number | undefined;
}

const interval = (value: unknown): Interval => {
  const row = object(value);
  return { value: num(row['value']), low: num(row['low']), high: num(row['high']) };
};

function slice(value: unknown, name: string): Slice {
  const row = object(value);
  return {
    name,
    frames: num(row['frames']),
    flips: interval(row['flip_share']),
    missedMore: interval(row['missed_more']),
    wastedMore: interval(row['wasted_more']),
  };
}

function latency(value: unknown, name: string) {
  const row = object(object(value)['latency']);
  const curve = list(row['curve_ms']).flatMap((ms) => num(ms) ?? []);
  return { name, p50: num(row['p50_ms']), p99: num(row['p99_ms']), curve };
}

export function readReport(value: unknown): Report {
  const doc = object(value);
  const boom = object(doc['boom']);
  const facts: [string, unknown][] = [
    ['Target', doc['target']],
    ['How', doc['how']],
    ['Method', doc['method']],
    ['Runtime', doc['runtime']],
    ['Machine', doc['machine']],
    ['Boom', boom['name']],
    ['Data', doc['data']],
    ['Made', doc['created_at']],
  ];
  return {
    passed: doc['verdict'] === 'passed',
    line: text(doc['line']),
    facts: facts.flatMap(([name, fact]) => (text(fact) ? [[name, text(fact)]] : [])),
    gates: list(doc['gates']).map((row) => ({
      name: text(object(row)['name']),
      figure: num(object(row)['figure']),
      limit: num(object(row)['limit']),
      atLeast: object(row)['at_least'] === true,
      passed: object(row)['passed'] === true,
      says: text(object(row)['says']),
    })),
    slices: [
      slice(doc['all'], 'all'),
      ...list(doc['slices']).map((row) => slice(row, text(object(row)['name']))),
    ],
    latency: [latency(doc['source'], 'source'), latency(doc['result'], 'converted')],
    budgetMs: num(object(doc['budget'])['frame_ms']),
  };
}
