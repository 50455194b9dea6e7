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
  nozzles: number; // 0: not known
  field: { name: string; outline: { x: number; y: number }[] } | undefined;
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
export interface Member {
  name: string;
  ring: number;
  stage: string;
  reason: string;
}
/** A limit of a release with the worst figure that any of its tractors has. */
export interface Gate {
  name: string;
  meaning: string;
  limit: number;
  figure: number | undefined;
  tractor: string; // whose figure it is
  broken: boolean;
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
  bundle: {
    id: string;
    name: string;
    version: number;
    passed: boolean;
    waiver: string; // who and why; empty: none
  };
  rings: { name: string; tractors: string[]; began: boolean }[];
  ring: number; // the one that began last; -1: none
  halted: string; // by whom and why
  approved: string;
}
/** What is only told of one release at a time. */
export interface Detail {
  release: Release;
  members: Member[];
  gates: Gate[];
  audit: AuditEntry[]; // newest first
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

function fieldOf(value: unknown): Tractor['field'] {
  const outline = list(object(value)['outline']).flatMap((point) => {
    const [x, y] = list(point).map(num);
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  return outline.length < 3 ? undefined : { name: text(object(value)['name']), outline };
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
    nozzles: num(object(object(doc['about'])['boom'])['nozzles']) ?? 0,
    field: fieldOf(object(doc['about'])['field']),
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

const signed = (value: unknown): string => {
  const by = text(object(value)['by']);
  const why = text(object(value)['why']) || text(object(value)['comment']);
  return by && why ? `${by}: ${why}` : by;
};

export function readRelease(value: unknown): Release {
  const doc = object(value);
  const bundle = object(doc['bundle']);
  return {
    id: text(doc['id']),
    name: text(doc['name']),
    status: (text(doc['status']) || 'created') as Release['status'],
    created: time(doc['created']),
    bundle: {
      id: text(bundle['id']),
      name: text(bundle['name']),
      version: num(bundle['version']) ?? 0,
      passed: bundle['passed'] === true,
      waiver: signed(bundle['waiver']),
    },
    rings: list(doc['rings']).map((ring) => ({
      name: text(object(ring)['name']),
      tractors: list(object(ring)['tractors']).map(
        (one) => text(one) || text(object(one)['tractor']),
      ),
      began: Boolean(object(ring)['began']),
    })),
    ring: num(doc['ring']) ?? -1,
    halted: signed(doc['halted']),
    approved: signed(doc['approved']),
  };
}

export function readDetail(value: unknown): Detail {
  const doc = object(value);
  const members = list(doc['rings']).flatMap((ring, index) =>
    list(object(ring)['tractors']).map((row) => ({
      name: text(object(row)['tractor']),
      ring: index,
      stage: text(object(row)['stage']),
      reason: text(object(row)['reason']),
    })),
  );
  const gates = list(doc['gates']).flatMap((row) => {
    const limit = num(object(row)['limit']);
    if (limit === undefined) return [];
    return {
      name: text(object(row)['gate']),
      meaning: text(object(row)['meaning']),
      limit,
      figure: num(object(row)['figure']),
      tractor: text(object(row)['tractor']),
      broken: object(row)['broken'] === true,
    };
  });
  const audit = list(doc['audit']).map((entry) => ({
    at: time(object(entry)['at']),
    who: text(object(entry)['who']),
    what: text(object(entry)['what']),
    why: text(object(entry)['why']),
    tractor: text(object(entry)['tractor']),
  }));
  audit.sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  const release = readRelease({ ...object(doc['release']), rings: doc['rings'] });
  return { release, members, gates, audit };
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

export const getRelease = async (release: string): Promise<Detail> =>
  readDetail(await call<Json>('releases.get_by_id', { release }));

/** The conversion report inside the release's bundle, which the server reads and checks. */
export const getReport = async (release: string): Promise<unknown> =>
  (await call<Json>('releases.get_report', { release }))['report'];

export const approve = (release: string, comment: string): Promise<unknown> =>
  call('releases.approve', { release, comment });
export const advance = (release: string, reason: string): Promise<unknown> =>
  call('releases.advance', { release, reason });
export const halt = (release: string, reason: string): Promise<unknown> =>
  call('releases.halt', { release, reason });

/** A second of a drive: where the boom's centre went, if told, and what was sprayed. Metres. */
export interface Spray {
  path: { x: number; y: number }[];
  windows: { x0: number; y0: number; x1: number; y1: number }[]; // of a nozzle's middle
  boxes: { x0: number; y0: number; x1: number; y1: number }[]; // of sections, when too many
}

export function readSpray(value: unknown): Spray {
  const record = object(value);
  const numbers = (row: unknown) => list(row).map((n) => num(n) ?? NaN);
  const span = ([x0 = NaN, y0 = NaN, x1 = NaN, y1 = NaN]: number[]) =>
    Number.isFinite(x0 + y0 + x1 + y1) ? [{ x0, y0, x1, y1 }] : [];
  return {
    path: list(record['path']).flatMap((row) => {
      const [x = NaN, y = NaN] = numbers(row);
      return Number.isFinite(x + y) ? [{ x, y }] : [];
    }),
    windows: list(record['windows']).flatMap((row) => span(numbers(row).slice(1))),
    boxes: list(record['sections']).flatMap((row) => span(numbers(object(row)['box']))),
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
