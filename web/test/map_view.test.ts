// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import test from 'node:test';

import { boxOf, fit, pan, scaleBar, toField, toScreen, zoom } from '../src/ui/map_view.ts';

const SIZE = { width: 800, height: 400 };
const VIEW = { centre: { x: 10, y: -5 }, scale: 4 };
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('north is up and east is right', () => {
  const middle = toScreen(VIEW, SIZE, VIEW.centre);
  assert.deepEqual(middle, { x: 400, y: 200 });
  const there = toScreen(VIEW, SIZE, { x: 11, y: -4 });
  assert.deepEqual(there, { x: 404, y: 196 });
});

test('a point comes back from the screen', () => {
  const back = toField(VIEW, SIZE, toScreen(VIEW, SIZE, { x: 3.25, y: 77 }));
  near(back.x, 3.25);
  near(back.y, 77);
});

test('what fits is in sight with a margin', () => {
  const box = boxOf([{ x: 0, y: 0 }, { x: 100, y: 20 }, { x: NaN, y: 3 }]);
  assert.deepEqual(box, { left: 0, right: 100, bottom: 0, top: 20 });
  const view = fit(box, SIZE);
  const corner = toScreen(view, SIZE, { x: 100, y: 0 });
  assert.ok(corner.x < 800 && corner.x > 600 && corner.y < 400);
  assert.equal(boxOf([]), null);
  assert.ok(fit(null, SIZE).scale > 0);
});

test('a zoom holds the point beneath the pointer', () => {
  const at = { x: 700, y: 30 };
  const held = toField(VIEW, SIZE, at);
  const closer = zoom(VIEW, SIZE, 2.5, at);
  const after = toField(closer, SIZE, at);
  near(after.x, held.x);
  near(after.y, held.y);
  near(closer.scale, 10);
  assert.ok(zoom(VIEW, SIZE, 1e9, at).scale <= 400);
});

test('a pan moves what is shown with the hand', () => {
  const moved = pan(VIEW, 40, 20);
  const at = toScreen(moved, SIZE, VIEW.centre);
  near(at.x, 440);
  near(at.y, 220);
});

test('the scale bar is round and fits', () => {
  for (const scale of [0.003, 0.07, 1, 3.3, 47, 399]) {
    const { metres, pixels } = scaleBar({ centre: { x: 0, y: 0 }, scale });
    assert.ok(pixels > 55 && pixels <= 150, `${scale}: ${pixels}`);
    assert.match(metres.toExponential(), /^[125]e/);
  }
});
