// SPDX-License-Identifier: Apache-2.0
// Tractors and releases as the server keeps them (docs/loop.md), and the calls that read and change
// them. Times are ISO texts on the wire and seconds since 1970 here.
import { call } from './client.ts';

export interface Position {
  x: number; // metres
  y: number;
  heading: number; // radians, counter-clockwise from the x axis
}
export interface Tractor {
  name: string;
  enrolled: boolean;
  revoked: string; // why; empty: it is not
  lastSeen: number | undefined;
  boomWidth: number; // metres; 0: not known
  position: Position | undefined;
  speed: number | undefined; // m/s
  spraying: boolean;
  edge: string; // running, stopped, restarting, or empty
  bundle: { id: string; version: number } | undefined;
  slackP1: number | undefined; // ms
  slackP50: number | undefined;
  hitShare: number | undefined;
  alarms: number;
  spool: { records: number; bytes: number } | undefined;
  release: { id: string; ring: number; stage: string } | undefined;
  sprays: number; // the number of its next spray record
}
export interface Figure {
  gate: string;
  figure: number;
  limit: number;
  broken: boolean;
}
export interface Member {
  name: string;
  ring: number;
  stage: string;
  since: number | undefined;
  reason: string;
  figures: Figure[];
}
export interface AuditEntry {
  at: number | undefined;
  who: string;
  what: string;
  why: string;
  tractor: string;
}
export interface Release {
  id: string;
  name: string;
  status: 'created' | 'approved' | 'rolling' | 'halted' | 'done';
  created: number | undefined;
  createdBy: string;
  bundle: {
    id: string;
    name: string;
    version: number;
    file: string; // path on the file server
    passed: boolean;
    waiver: string; // who and why; empty: none
  };
  rings: { name: string; tractors: string[]; began: boolean }[];
  ring: number; // the one that began last; -1: none
  gates: Record<string, number>;
  members: Member[];
  halted: string; // by whom and why
  approved: string;
  audit: AuditEntry[];
}

type Json = Record<string, unknown>;

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const num = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const time = (value: unknown): number | undefined => {
  const at = Date.parse(text(value)) / 1000;
  return Number.isFinite(at) ? at : undefined;
};

function positionOf(value: unknown): Position | undefined {
  const at = object(value);
  const x = num(at['x_m']);
  const y = num(at['y_m']);
  if (x === undefined || y === undefined) return undefined;
  return { x, y, heading: num(at['heading_rad']) ?? 0 };
}

export function readTractor(value: unknown): Tractor {
  const doc = object(value);
  const state = object(doc['state']);
  const slack = object(state['slack_ms']);
  const bundle = object(state['bundle']);
  const spool = object(state['spool']);
  const release = object(doc['release']);
  const revoked = object(doc['revoked']);
  return {
    name: text(doc['id']),
    enrolled: time(doc['enrolled']) !== undefined,
    revoked: time(revoked['at']) === undefined ? '' : text(revoked['reason']) || 'revoked',
    lastSeen: time(doc['last_seen']),
    boomWidth: num(object(object(doc['about'])['boom'])['width_m']) ?? 0,
    position: positionOf(state['position']),
    speed: num(state['speed_mps']),
    spraying: state['spraying'] === true,
    edge: text(state['edge']),
    bundle: text(bundle['id'])
      ? { id: text(bundle['id']), version: num(bundle['version']) ?? 0 }
      : undefined,
    slackP1: num(slack['p1']),
    slackP50: num(slack['p50']),
    hitShare: num(state['hit_share']),
    alarms: num(state['alarms']) ?? 0,
    spool:
      num(spool['records']) === undefined
        ? undefined
        : { records: num(spool['records']) ?? 0, bytes: num(spool['bytes']) ?? 0 },
    release: text(release['id'])
      ? {
          id: text(release['id']),
          ring: num(release['ring']) ?? 0,
          stage: text(release['stage']),
        }
      : undefined,
    sprays: num(object(doc['next'])['sprays']) ?? 0,
  };
}

function readFigure(value: unknown): Figure {
  const row = object(value);
  return {
    gate: text(row['gate']),
    figure: num(row['figure']) ?? NaN,
    limit: num(row['limit']) ?? NaN,
    broken: row['broken'] === true,
  };
}

const signed = (value: unknown): string => {
  const by = text(object(value)['by']);
  const why = text(object(value)['why']) || text(object(value)['comment']);
  return by && why ? `${by}: ${why}` : by;
};

export function readRelease(value: unknown): Release {
  const doc = object(value);
  const bundle = object(doc['bundle']);
  const gates = Object.entries(object(doc['gates'])).flatMap(([name, limit]) =>
    num(limit) === undefined ? [] : [[name, num(limit)!] as const],
  );
  return {
    id: text(doc['id']),
    name: text(doc['name']),
    status: (text(doc['status']) || 'created') as Release['status'],
    created: time(doc['created']),
    createdBy: text(doc['created_by']),
    bundle: {
      id: text(bundle['id']),
      name: text(bundle['name']),
      version: num(bundle['version']) ?? 0,
      file: text(bundle['file']),
      passed: bundle['passed'] === true,
      waiver: signed(bundle['waiver']),
    },
    rings: list(doc['rings']).map((ring) => ({
      name: text(object(ring)['name']),
      tractors: list(object(ring)['tractors']).map(text),
      began: Boolean(object(ring)['began']),
    })),
    ring: num(doc['ring']) ?? -1,
    gates: Object.fromEntries(gates),
    members: Object.entries(object(doc['tractors'])).map(([name, row]) => ({
      name,
      ring: num(object(row)['ring']) ?? 0,
      stage: text(object(row)['stage']),
      since: time(object(row)['since']),
      reason: text(object(row)['reason']),
      figures: list(object(row)['figures']).map(readFigure),
    })),
    halted: signed(doc['halted']),
    approved: signed(doc['approved']),
    audit: list(doc['audit']).map((entry) => ({
      at: time(object(entry)['at']),
      who: text(object(entry)['who']),
      what: text(object(entry)['what']),
      why: text(object(entry)['why']),
      tractor: text(object(entry)['tractor']),
    })),
  };
}

const PAGE = 1000;

/** All tractors, or those that are named. */
export async function getTractors(names?: readonly string[]): Promise<Tractor[]> {
  const out: Tractor[] = [];
  for (let page = 0; ; page += 1) {
    const wanted = names ? { tractors: names } : {};
    const answer = await call<Json>('fleet.get_all', { ...wanted, page, page_size: PAGE });
    const rows = list(answer['tractors']);
    out.push(...rows.map(readTractor));
    if (rows.length < PAGE) return out;
  }
}

export async function getReleases(): Promise<Release[]> {
  const answer = await call<Json>('releases.get_all', {});
  return list(answer['releases']).map(readRelease);
}

/** One release with its audit trail. */
export async function getRelease(id: string): Promise<Release> {
  const answer = await call<Json>('releases.get_by_id', { release: id });
  const inside = object(answer['release']);
  return readRelease(Object.keys(inside).length ? { ...answer, ...inside } : answer);
}

export const approve = (release: string, comment: string): Promise<unknown> =>
  call('releases.approve', { release, comment });
export const advance = (release: string, reason: string): Promise<unknown> =>
  call('releases.advance', { release, reason });
export const halt = (release: string, reason: string): Promise<unknown> =>
  call('releases.halt', { release, reason });

/** A stretch of a drive: where the boom's centre went and what was sprayed on it. */
export interface Spray {
  path: Position[];
  pieces: { at: Position; along: number; across: number }[]; // metres
}

export function readSpray(value: unknown): Spray {
  const record = object(value);
  const numbers = (row: unknown) => list(row).map((n) => num(n) ?? NaN);
  return {
    path: list(record['path']).flatMap((row) => {
      const [x = NaN, y = NaN, heading = 0] = numbers(row);
      return Number.isFinite(x + y) ? [{ x, y, heading }] : [];
    }),
    pieces: list(record['pieces']).flatMap((row) => {
      const [x = NaN, y = NaN, heading = NaN, along = NaN, across = NaN] = numbers(row);
      const fit = Number.isFinite(x + y + heading + along + across);
      return fit ? [{ at: { x, y, heading }, along, across }] : [];
    }),
  };
}

/** Spray records of a tractor from number `from` on, and the number to go on with. */
export async function getSprays(tractor: string, from: number, count: number) {
  const answer = await call<Json>('fleet.get_reports', { tractor, stream: 'sprays', from, count });
  return {
    records: list(answer['records']).map(readSpray),
    next: num(answer['next']) ?? from,
  };
}
