// SPDX-License-Identifier: Apache-2.0
// What the server sends is read with suspicion: whatever is missing or odd, a page still stands.
import assert from 'node:assert/strict';
import test from 'node:test';

import { readHeader } from '../src/api/bundle.ts';
import { readRelease, readSpray, readTractor } from '../src/api/fleet.ts';

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
    assert.deepEqual(readSpray(odd), { path: [], pieces: [] });
  }
  assert.equal(readTractor({ state: { position: { x_m: NaN, y_m: 1 } } }).position, undefined);
});

test('a release', () => {
  const r = readRelease({
    id: 'r1',
    name: 'autumn',
    status: 'rolling',
    bundle: { id: 'cd', name: 'weednet', version: 4, file: 'bundles/w-4.bundle', passed: true },
    rings: [
      { name: 'first', tractors: ['T1'], began: '2026-11-29T06:00:00+00:00' },
      { name: 'rest', tractors: ['T2', 'T3'], began: null },
    ],
    ring: 0,
    gates: { alarms_max: 3, watch_s: 60, disagreement_max: null },
    tractors: {
      T1: {
        ring: 0,
        stage: 'running',
        figures: [{ gate: 'alarms_max', figure: 5, limit: 3, broken: true }],
      },
    },
    halted: { at: 'x', by: 'gates', why: 'alarms_max 5 > 3' },
    audit: [{ at: '2026-11-29T06:00:00+00:00', who: 'jane', what: 'created', why: '' }],
  });
  assert.deepEqual(r.gates, { alarms_max: 3, watch_s: 60 });
  assert.deepEqual(r.rings.map((ring) => ring.began), [true, false]);
  assert.equal(r.members[0]?.figures[0]?.broken, true);
  assert.equal(r.halted, 'gates: alarms_max 5 > 3');
  assert.equal(r.audit[0]?.who, 'jane');
});

test('a spray record', () => {
  const spray = readSpray({
    path: [[0, 0, 0], [1, 'x', 0], [2, 0]],
    pieces: [[1, 2, 0, 2, 0.25], [1]],
  });
  assert.equal(spray.path.length, 2);
  assert.deepEqual(spray.pieces, [{ at: { x: 1, y: 2, heading: 0 }, along: 2, across: 0.25 }]);
});

test('the header of a bundle', () => {
  const bytes = new Uint8Array(32);
  bytes.set([...'FRWBNDL\0'].map((c) => c.charCodeAt(0)));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 1, true);
  view.setUint32(12, 1000, true);
  view.setUint32(16, 2, true);
  assert.deepEqual(readHeader(bytes), { manifest: 1000, contents: 32 + 1000 + 2 * 96 });
  view.setUint32(16, 17, true);
  assert.throws(() => readHeader(bytes));
  view.setUint32(16, 2, true);
  view.setUint32(8, 2, true);
  assert.throws(() => readHeader(bytes));
});
