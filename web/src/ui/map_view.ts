// SPDX-License-Identifier: Apache-2.0
// Where a point of the field lies on the canvas. Metres east and north in, pixels right and down
// out.
export interface Point {
  x: number;
  y: number;
}
export interface Box {
  left: number;
  bottom: number;
  right: number;
  top: number;
}
export interface View {
  centre: Point; // metres
  scale: number; // pixels per metre
}
export interface Size {
  width: number;
  height: number;
}

const SCALE_MIN = 0.002;
const SCALE_MAX = 400;
const clamp = (scale: number) => Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale));

export const toScreen = (view: View, size: Size, at: Point): Point => ({
  x: size.width / 2 + (at.x - view.centre.x) * view.scale,
  y: size.height / 2 - (at.y - view.centre.y) * view.scale,
});

export const toField = (view: View, size: Size, at: Point): Point => ({
  x: view.centre.x + (at.x - size.width / 2) / view.scale,
  y: view.centre.y - (at.y - size.height / 2) / view.scale,
});

export function boxOf(points: Iterable<Point>): Box | null {
  let box: Box | null = null;
  for (const { x, y } of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    box ??= { left: x, right: x, bottom: y, top: y };
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.bottom = Math.min(box.bottom, y);
    box.top = Math.max(box.top, y);
  }
  return box;
}

/** The view that shows a box whole with a margin; of nothing, a hectare around the origin. */
export function fit(box: Box | null, size: Size): View {
  const b = box ?? { left: -50, right: 50, bottom: -50, top: 50 };
  const width = Math.max(b.right - b.left, 10);
  const height = Math.max(b.top - b.bottom, 10);
  return {
    centre: { x: (b.left + b.right) / 2, y: (b.bottom + b.top) / 2 },
    scale: clamp(0.86 * Math.min(size.width / width, size.height / height)),
  };
}

/** Zooms by a factor so that what lies under `at` (pixels) stays there. */
export function zoom(view: View, size: Size, factor: number, at: Point): View {
  const held = toField(view, size, at);
  const next = { centre: view.centre, scale: clamp(view.scale * factor) };
  const moved = toField(next, size, at);
  return {
    scale: next.scale,
    centre: {
      x: view.centre.x + held.x - moved.x,
      y: view.centre.y + held.y - moved.y,
    },
  };
}

export const pan = (view: View, right: number, down: number): View => ({
  scale: view.scale,
  centre: { x: view.centre.x - right / view.scale, y: view.centre.y + down / view.scale },
});

/** A round length that is 60 to 150 pixels long at this scale, for the bar in the corner. */
export function scaleBar(view: View): { metres: number; pixels: number } {
  const most = 150 / view.scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((n) => n * power <= most) ?? 1;
  return { metres: step * power, pixels: step * power * view.scale };
}
