// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import test from 'node:test';

import { Cells } from '../src/ui/cells.ts';
import { ago, bytes, number, percent } from '../src/ui/format.ts';
import { windowOf } from '../src/ui/window.ts';

test('figures as people read them', () => {
  assert.deepEqual([0, 59.9, 61, 7300, 200_000].map(ago), ['0 s', '59 s', '1 min', '2 h', '2 d']);
  assert.equal(ago(-5), '0 s');
  assert.equal(number(undefined), '–');
  assert.equal(number(NaN, 2), '–');
  assert.equal(number(1234.5678, 2), '1,234.57');
  assert.equal(percent(0.98765), '98.8 %');
  assert.deepEqual([0, 999, 1500, 2_500_000, undefined].map(bytes), [
    '0 B',
    '999 B',
    '1.5 kB',
    '2.5 MB',
    '–',
  ]);
});

test('a window holds what is in sight and little more', () => {
  assert.deepEqual(windowOf(10_000, 40, 0, 400), { first: 0, last: 18 });
  const { first, last } = windowOf(10_000, 40, 200_000, 400);
  assert.ok(first <= 5000 && last >= 5010 && last - first < 30);
  assert.deepEqual(windowOf(3, 40, 0, 400), { first: 0, last: 3 });
  assert.deepEqual(windowOf(3, 40, 9999, 400), { first: 3, last: 3 });
});

test('pieces are kept up to a bound, the newest longest', () => {
  const cells = new Cells(5000);
  for (let i = 0; i < 12_000; i += 1) cells.add({ x: i, y: 0 }, 0, 2, 1);
  assert.equal(cells.count, 5000);
  assert.equal(cells.added, 12_000);
  assert.equal(cells.dropped, 7000);
  const seen: number[] = [];
  cells.each((q) => seen.push((q[0]! + q[4]!) / 2));
  assert.equal(seen[0], 7000);
  assert.equal(seen[4999], 11_999);
  const fresh: number[] = [];
  cells.each((q) => fresh.push(q[0]! + 1), 2);
  assert.deepEqual(fresh, [11_998, 11_999]);
});

test('a piece lies along its heading', () => {
  const cells = new Cells();
  cells.add({ x: 10, y: 20 }, Math.PI / 2, 4, 1); // northward
  cells.each((q) => {
    const xs = [q[0]!, q[2]!, q[4]!, q[6]!];
    const ys = [q[1]!, q[3]!, q[5]!, q[7]!];
    assert.ok(Math.abs(Math.max(...ys) - 22) < 1e-4 && Math.abs(Math.min(...ys) - 18) < 1e-4);
    assert.ok(Math.abs(Math.max(...xs) - 10.5) < 1e-4 && Math.abs(Math.min(...xs) - 9.5) < 1e-4);
  });
});
