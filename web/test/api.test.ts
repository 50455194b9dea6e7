// SPDX-License-Identifier: Apache-2.0
// What the server sends is read with suspicion: whatever is missing or odd, a page still stands.
import assert from 'node:assert/strict';
import test from 'node:test';

import { readDetail, readRelease, readSpray, readTractor } from '../src/api/fleet.ts';

const TRACTOR = {
  id: 'T7',
  enrolled: '2026-11-29T06:00:00.000000+00:00',
  last_seen: '2026-11-29T06:00:10.500000+00:00',
  revoked: null,
  about: { boom: { nozzles: 12, width_m: 3 } },
  state: {
    position: { x_m: 1.5, y_m: -2, heading_rad: 0.5 },
    speed_mps: 2.5,
    spraying: true,
    bundle: { id: 'ab'.repeat(32), version: 4 },
    slack_ms: { p50: 60, p1: 12.5 },
    spool: { records: 3, bytes: 4096 },
    edge: 'running',
  },
  next: { sprays: 17 },
  release: { id: 'r1', ring: 1, stage: 'trying' },
};

test('a tractor', () => {
  const t = readTractor(TRACTOR);
  assert.equal(t.name, 'T7');
  assert.equal(t.lastSeen, Date.UTC(2026, 10, 29, 6, 0, 10, 500) / 1000);
  assert.deepEqual(t.position, { x: 1.5, y: -2, heading: 0.5 });
  assert.equal(t.boomWidth, 3);
  assert.equal(t.slackP1, 12.5);
  assert.equal(t.sprays, 17);
  assert.deepEqual(t.release, { id: 'r1', ring: 1, stage: 'trying' });
  assert.equal(t.revoked, '');
  assert.equal(t.hitShare, undefined);
  assert.equal(t.field, undefined);
  const field = { name: 'north', outline: [[0, 0], [60, 0], [60, 'x'], [60, 40]] };
  assert.deepEqual(readTractor({ ...TRACTOR, about: { field } }).field, {
    name: 'north',
    outline: [{ x: 0, y: 0 }, { x: 60, y: 0 }, { x: 60, y: 40 }],
  });
});

test('a revoked one says why', () => {
  const revoked = { at: '2026-11-29T06:00:00+00:00', by: 'jane', reason: 'stolen' };
  assert.equal(readTractor({ ...TRACTOR, revoked }).revoked, 'stolen');
});

test('oddities', () => {
  for (const odd of [null, 5, 'x', [], {}, { state: [], about: 7, next: 'x', release: [] }]) {
    const t = readTractor(odd);
    assert.equal(t.lastSeen, undefined);
    assert.equal(t.position, undefined);
    assert.equal(t.sprays, 0);
    assert.deepEqual(readRelease(odd).rings, []);
    assert.deepEqual(readDetail(odd).gates, []);
    assert.deepEqual(readSpray(odd), { path: [], windows: [], boxes: [] });
  }
  assert.equal(readTractor({ state: { position: { x_m: NaN, y_m: 1 } } }).position, undefined);
});

test('a release with its rings, gates and trail', () => {
  const rings = [
    {
      name: 'first',
      began: '2026-11-29T06:00:00+00:00',
      tractors: [{ tractor: 'T1', ring: 0, stage: 'running', reason: '' }],
    },
    { name: 'rest', began: null, tractors: [{ tractor: 'T2', stage: 'waiting' }] },
  ];
  const facts = {
    id: 'r1',
    name: 'autumn',
    status: 'rolling',
    bundle: { id: 'cd', name: 'weednet', version: 4, passed: true, waiver: null },
    ring: 0,
    halted: { at: 'x', by: 'gates', why: 'alarms_max 5 > 3' },
  };
  const d = readDetail({
    release: facts,
    rings,
    gates: [
      { gate: 'alarms_max', limit: 3, meaning: 'm', figure: 5, tractor: 'T1', broken: true },
      { gate: 'disagreement_max', limit: null, figure: null },
    ],
    audit: [
      { at: '2026-11-29T06:00:00+00:00', who: 'jane', what: 'created', why: '' },
      { at: '2026-11-29T06:01:00+00:00', who: 'jane', what: 'approved', why: 'seen' },
    ],
  });
  assert.deepEqual(d.gates.map((gate) => [gate.name, gate.figure, gate.broken]), [
    ['alarms_max', 5, true],
  ]);
  assert.deepEqual(d.members.map((m) => [m.name, m.ring, m.stage]), [
    ['T1', 0, 'running'],
    ['T2', 1, 'waiting'],
  ]);
  assert.deepEqual(d.release.rings.map((ring) => [ring.began, ring.tractors]), [
    [true, ['T1']],
    [false, ['T2']],
  ]);
  assert.equal(d.release.halted, 'gates: alarms_max 5 > 3');
  assert.equal(d.audit[0]?.what, 'approved');
  const short = readRelease({ ...facts, rings: [{ name: 'first', tractors: ['T1'] }] });
  assert.deepEqual(short.rings[0]?.tractors, ['T1']);
});

test('a spray record', () => {
  const spray = readSpray({
    path: [[0, 0], [1, 'x'], [2, 0, 0.5]],
    windows: [[7, 1, 2, 3, 2], [1, 2], 'x'],
    sections: [{ nozzles: [0, 11], box: [0, 1, 2, 3] }, { box: [1, 2, 3] }, 7],
  });
  assert.deepEqual(spray, {
    path: [{ x: 0, y: 0 }, { x: 2, y: 0 }],
    windows: [{ x0: 1, y0: 2, x1: 3, y1: 2 }],
    boxes: [{ x0: 0, y0: 1, x1: 2, y1: 3 }],
  });
});
