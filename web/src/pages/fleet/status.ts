// SPDX-License-Identifier: Apache-2.0
// What a tractor's figures come to in a word.
import type { Gate, Release, Tractor } from '../../api/fleet.ts';
import type { Tone } from '../../ui/badge.tsx';

export const SILENT_S = 35; // three of its slowest heartbeats are missing

export interface Status {
  tone: Tone;
  text: string;
  why: string; // for the title
  rank: number; // what wants attention comes first
}

export function statusOf(tractor: Tractor, now: number): Status {
  if (tractor.revoked) {
    return { tone: 'bad', text: 'revoked', why: tractor.revoked, rank: 1 };
  }
  if (!tractor.enrolled || tractor.lastSeen === undefined) {
    return { tone: 'idle', text: 'awaited', why: 'It has not enrolled yet.', rank: 6 };
  }
  if (now - tractor.lastSeen > SILENT_S) {
    return { tone: 'idle', text: 'offline', why: 'What is shown is the last known.', rank: 5 };
  }
  if (tractor.edge && tractor.edge !== 'running') {
    return { tone: 'bad', text: `edge ${tractor.edge}`, why: 'It does not spray.', rank: 0 };
  }
  const stage = tractor.release?.stage;
  if (stage === 'refused' || stage === 'rolled_back') {
    const why = 'It does without the release.';
    return { tone: 'warn', text: stageName(stage), why, rank: 2 };
  }
  if (tractor.spraying) return { tone: 'good', text: 'spraying', why: '', rank: 3 };
  if ((tractor.speed ?? 0) > 0.1) return { tone: 'good', text: 'driving', why: '', rank: 3 };
  return { tone: 'info', text: 'standing', why: '', rank: 4 };
}

export const stageName = (stage: string): string => stage.replaceAll('_', ' ');

export const STAGES = [
  'waiting',
  'offered',
  'fetching',
  'verifying',
  'trying',
  'running',
  'good',
  'refused',
  'rolled_back',
] as const;

export const stageTone = (stage: string): Tone =>
  stage === 'good'
    ? 'good'
    : stage === 'refused' || stage === 'rolled_back'
      ? 'bad'
      : stage === 'waiting'
        ? 'idle'
        : 'info';

export const releaseTone: Record<Release['status'], Tone> = {
  created: 'warn',
  approved: 'info',
  rolling: 'info',
  halted: 'bad',
  done: 'good',
};

/** "weednet 3", as far as the releases know its name. */
export function bundleName(tractor: Tractor, releases: readonly Release[]): string {
  if (!tractor.bundle) return '–';
  const known = releases.find((one) => one.bundle.id === tractor.bundle?.id);
  return `${known?.bundle.name ?? tractor.bundle.id.slice(0, 8)} ${tractor.bundle.version}`;
}

// How long a tractor is watched: conditions of the other gates, no limits on a figure.
const WATCH: Record<string, string> = { watch_s: 's', frames_min: 'frames' };

/** "600 s and 100 frames" */
export const watchOf = (gates: readonly Gate[]): string =>
  gates
    .flatMap((gate) => (WATCH[gate.name] ? [`${gate.limit} ${WATCH[gate.name]}`] : []))
    .join(' and ');

export const limitsOf = (gates: readonly Gate[]): Gate[] =>
  gates.filter((gate) => !(gate.name in WATCH));

const MEANING: Record<string, string> = {
  slack_p1_ms_min: 'Time left over (1 %), ms at least',
  missed_per_million_max: 'Missed of a million frames',
  dropped_share_max: 'Share of frames dropped',
  alarms_max: 'Alarms',
  disagreement_max: 'Decisions unlike the present model',
  refused_max: 'Tractors that refuse it',
  sprayed_share_max: 'Share of ground sprayed',
};
export const gateName = ({ name, meaning }: Gate): string => MEANING[name] ?? (meaning || name);
