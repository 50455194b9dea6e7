// SPDX-License-Identifier: Apache-2.0
// Where tractors drove and what they sprayed, gathered for the map: from their spray records, and
// from positions as they come. Bounded; the oldest goes.
import { signal } from '@preact/signals';

import { type Spray, type Tractor, getSprays } from '../api/fleet.ts';
import { Cells } from '../ui/cells.ts';
import type { Ground, Swath } from '../ui/map_draw.ts';
import { type Box, type Point, boxOf } from '../ui/map_view.ts';

const RECORDS_BACK = 500; // of each tractor when the page opens
const PAGE = 500;
const TRACKS_MOST = 300; // tractors whose past is asked for
const POINTS_MOST = 3000; // of one tractor's track
const FIELDS_MOST = 500;
const STEP_M = 0.5; // nearer points are left out
const JUMP_M = 60; // farther ones are not joined: the tractor was away or out of reach

class Track {
  readonly swath: { width: number; points: (Point | null)[] } = { width: 0, points: [] };
  next: number | undefined; // spray record
  asking = false;
  told = false; // its records say where it went: heartbeats would only cut corners

  /** False when the point is too near the one before. */
  add(point: Point): boolean {
    const { points } = this.swath;
    const last = points[points.length - 1];
    if (last) {
      const far = Math.hypot(point.x - last.x, point.y - last.y);
      if (far < STEP_M) return false;
      if (far > JUMP_M) points.push(null);
    }
    points.push({ x: point.x, y: point.y });
    if (points.length > POINTS_MOST) points.splice(0, points.length - POINTS_MOST);
    return true;
  }
}

const tracks = new Map<string, Track>();
const cells = new Cells();
const trackOf = (name: string): Track => {
  let track = tracks.get(name);
  if (!track) tracks.set(name, (track = new Track()));
  return track;
};

const swaths = (): Swath[] => [...tracks.values()].map((track) => track.swath);
export const ground = signal<Ground>({ fields: [], swaths: [], cells });
/** Rises when pieces were added: the map draws those alone. */
export const sprayed = signal(0);

const fields = new Map<string, readonly Point[]>();

/** True when one of these tractors works on a field that was not known. */
function learnFields(tractors: readonly Tractor[]): boolean {
  const before = fields.size;
  for (const { field } of tractors) {
    if (!field || fields.size >= FIELDS_MOST) continue;
    fields.set(JSON.stringify(field.outline), field.outline);
    grow(field.outline);
  }
  return fields.size !== before;
}

/** What is to be seen, for the view that shows all. Grows with what comes. */
export const extent = signal<Box | null>(null);

function grow(points: Iterable<Point>): void {
  const fresh = boxOf(points);
  const known = extent.value;
  if (!fresh) return;
  if (!known) {
    extent.value = fresh;
    return;
  }
  const next = {
    left: Math.min(known.left, fresh.left),
    right: Math.max(known.right, fresh.right),
    bottom: Math.min(known.bottom, fresh.bottom),
    top: Math.max(known.top, fresh.top),
  };
  const same =
    next.left === known.left &&
    next.right === known.right &&
    next.bottom === known.bottom &&
    next.top === known.top;
  if (!same) extent.value = next;
}

const NOZZLE_UNKNOWN_M = 0.25;
const ALONG_LEAST_M = 0.05;

function paint({ windows, boxes }: Spray, { boomWidth, nozzles }: Tractor): void {
  const across = boomWidth > 0 && nozzles > 0 ? boomWidth / nozzles : NOZZLE_UNKNOWN_M;
  for (const { x0, y0, x1, y1 } of windows) {
    const along = Math.max(ALONG_LEAST_M, Math.hypot(x1 - x0, y1 - y0));
    const centre = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
    cells.add(centre, Math.atan2(y1 - y0, x1 - x0), along, across);
  }
  for (const { x0, y0, x1, y1 } of boxes) {
    const centre = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
    const side = (a: number, b: number) => Math.max(across, Math.abs(b - a));
    cells.add(centre, 0, side(x0, x1), side(y0, y1));
  }
}

async function fetchSprays(tractor: Tractor, track: Track): Promise<void> {
  track.next ??= Math.max(0, tractor.sprays - RECORDS_BACK);
  if (track.asking || track.next >= tractor.sprays) return;
  track.asking = true;
  try {
    while (track.next < tractor.sprays) {
      const { records, next } = await getSprays(tractor.name, track.next, PAGE);
      let moved = false;
      for (const record of records) {
        track.told ||= record.path.length > 0;
        for (const point of record.path) moved = track.add(point) || moved;
        grow(record.path);
        paint(record, tractor);
      }
      if (moved) ground.value = { ...ground.value, swaths: swaths() };
      sprayed.value = cells.added;
      if (next <= track.next) return;
      track.next = next;
    }
  } finally {
    track.asking = false;
  }
}

/** Takes what tractors just said. What cannot be fetched now is fetched at the next change. */
export function follow(tractors: readonly Tractor[]): void {
  let moved = false;
  const newest = [...tractors].sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
  for (const tractor of newest.slice(0, TRACKS_MOST)) {
    const track = trackOf(tractor.name);
    if (track.swath.width !== tractor.boomWidth) {
      track.swath.width = tractor.boomWidth;
      moved = true;
    }
    if (!track.told && tractor.position) moved = track.add(tractor.position) || moved;
    void fetchSprays(tractor, track).catch(() => undefined);
  }
  grow(tractors.flatMap((one) => one.position ?? []));
  const learnt = learnFields(tractors);
  if (learnt || moved) {
    ground.value = { fields: [...fields.values()], swaths: swaths(), cells };
  }
}
