// SPDX-License-Identifier: Apache-2.0
// Where tractors drove and what they sprayed, gathered for the map: from their spray records, and
// from positions as they come. Bounded; the oldest goes.
import { signal } from '@preact/signals';

import { type Tractor, getSprays } from '../api/fleet.ts';
import { Cells } from '../ui/cells.ts';
import type { Ground, Swath } from '../ui/map_draw.ts';
import { type Box, type Point, boxOf } from '../ui/map_view.ts';

const RECORDS_BACK = 500; // of each tractor when the page opens
const PAGE = 500;
const TRACKS_MOST = 300; // tractors whose past is asked for
const POINTS_MOST = 3000; // of one tractor's track
const STEP_M = 0.5; // nearer points are left out
const JUMP_M = 60; // farther ones are not joined: the tractor was away or out of reach

class Track {
  readonly swath: { width: number; points: (Point | null)[] } = { width: 0, points: [] };
  next: number | undefined; // spray record
  asking = false;

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

/** Everything drawn on the map, for the view that shows all. */
export function extentOf(tractors: Iterable<Tractor>): Box | null {
  const points: Point[] = [];
  for (const { swath } of tracks.values()) {
    for (const point of swath.points) if (point) points.push(point);
  }
  for (const { position } of tractors) if (position) points.push(position);
  return boxOf(points);
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
        for (const point of record.path) moved = track.add(point) || moved;
        for (const { at, along, across } of record.pieces) cells.add(at, at.heading, along, across);
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
    if (tractor.sprays === 0 && tractor.position) moved = track.add(tractor.position) || moved;
    void fetchSprays(tractor, track).catch(() => undefined);
  }
  if (moved) ground.value = { ...ground.value, swaths: swaths() };
}
