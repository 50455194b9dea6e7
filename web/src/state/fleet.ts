// SPDX-License-Identifier: Apache-2.0
// The fleet as it is now: read whole when the stream opens, then what changed, as it is told.
import { computed, signal } from '@preact/signals';

import { CallError } from '../api/client.ts';
import {
  type Detail,
  type Release,
  type Tractor,
  getRelease,
  getReleases,
  getTractors,
} from '../api/fleet.ts';
import { type Changes, type LinkState, Live } from '../api/live.ts';
import { setServerTime } from './clock.ts';
import { follow } from './ground.ts';
import { place } from './route.ts';
import { findOut, leave } from './session.ts';

export const tractors = signal<ReadonlyMap<string, Tractor>>(new Map());
export const releases = signal<readonly Release[]>([]);
export const link = signal<LinkState>('opening');
/** True once everything has been read. */
export const ready = signal(false);
export const trouble = signal('');

/** The release to look at: the one that the address names, else one at work, else the newest. */
export const release = computed<Release | undefined>(() => {
  const named = place.value.query.get('release');
  const all = [...releases.value].sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
  const at = (status: Release['status']) => all.find((one) => one.status === status);
  return (
    all.find((one) => one.id === named) ??
    at('rolling') ??
    at('approved') ??
    at('created') ??
    all[0]
  );
});
const read = signal<Detail | undefined>(undefined);
/** More about that release, once it was read. */
export const detail = computed(() =>
  read.value?.release.id === release.value?.id ? read.value : undefined,
);

function failed(error: unknown): void {
  if (error instanceof CallError && error.status === 401) leave();
  else if (error instanceof CallError && error.status !== 0) trouble.value = error.message;
}

async function readDetail(): Promise<void> {
  const id = release.value?.id;
  if (id) read.value = await getRelease(id);
}

// Each heartbeat of a watched tractor changes its release; once a second is soon enough for those.
const RELEASES_MS = 1000;

/** Asks for what was told, once the answer before has come: a flood of changes makes one call, and
 * an older answer never takes the place of a newer one. */
class Renewal {
  #names = new Set<string>();
  #everyone = false;
  #releases = false;
  #busy = false;
  #releasesRead = Number.NEGATIVE_INFINITY;
  #later = 0;

  note(changes: Changes): void {
    const { tractors: names, releases: others } = changes;
    if (names === 'all') this.#everyone = true;
    else for (const name of names ?? []) this.#names.add(name);
    if (others !== undefined) this.#releases = true;
    void this.#run();
  }

  /** Everything, at once. */
  all(): void {
    this.#releasesRead = Number.NEGATIVE_INFINITY;
    this.note({ tractors: 'all', releases: 'all' });
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#names.size || this.#everyone || this.#releases) {
        const names = this.#everyone ? undefined : [...this.#names];
        const early = performance.now() - this.#releasesRead < RELEASES_MS;
        const withReleases = this.#releases && !early;
        if (early && names?.length === 0) {
          clearTimeout(this.#later);
          this.#later = window.setTimeout(() => void this.#run(), RELEASES_MS);
          return;
        }
        this.#names.clear();
        this.#everyone = false;
        if (withReleases) this.#releases = false;
        if (!names || names.length) {
          const fresh = await getTractors(names);
          const next = new Map(names && tractors.value);
          for (const one of fresh) next.set(one.name, one);
          tractors.value = next;
          follow(fresh);
        }
        if (withReleases) {
          this.#releasesRead = performance.now();
          releases.value = await getReleases();
          await readDetail();
        }
        trouble.value = '';
        ready.value = true;
      }
    } catch (error) {
      failed(error);
    } finally {
      this.#busy = false;
    }
  }
}

const renewal = new Renewal();
const live = new Live('/live/fleet', {
  opened: (seconds) => {
    setServerTime(seconds);
    renewal.all();
  },
  beat: setServerTime,
  changed: (changes) => renewal.note(changes),
  state: (state) => {
    link.value = state;
    if (state === 'lost' && navigator.onLine) void findOut();
  },
});

/** After another release was chosen. */
export function showRelease(): void {
  void readDetail().catch(failed);
}

/** Keeps the signals above up to date until the function it returns is called. */
export function watchFleet(): () => void {
  live.start();
  return () => live.stop();
}

/** After a button: the answer is there before the stream tells of it. */
export async function refreshRelease(): Promise<void> {
  releases.value = await getReleases();
  await readDetail();
}
