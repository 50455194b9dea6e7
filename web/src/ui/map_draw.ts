// SPDX-License-Identifier: Apache-2.0
// Draws a field and what works on it: a ground layer of outlines, swaths and sprayed pieces, which
// changes rarely, and the machines above it.
import type { Tone } from './badge.tsx';
import type { Cells } from './cells.ts';
import { type Point, type Size, type View, scaleBar, toScreen } from './map_view.ts';

export interface Machine {
  id: string;
  at: Point;
  heading: number; // radians, counter-clockwise from east
  tone: Tone;
  note: string; // beside the name: what makes its position old
  aged: boolean; // its position is not what it is now
  width: number; // metres of boom
}
export interface Swath {
  width: number; // metres
  points: readonly (Point | null)[]; // null: a gap
}
export interface Ground {
  fields: readonly (readonly Point[])[];
  swaths: readonly Swath[];
  cells: Cells;
}
export interface Ink {
  ground: string;
  field: string;
  line: string;
  swath: string;
  cell: string;
  label: string;
  surface: string;
  tone: Record<Tone, string>;
  font: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const ink = (name: string) => style.getPropertyValue(name).trim();
  return {
    ground: ink('--map-ground'),
    field: ink('--map-field'),
    line: ink('--map-line'),
    swath: ink('--map-swath'),
    cell: ink('--map-cell'),
    label: ink('--map-label'),
    surface: ink('--surface'),
    tone: {
      good: ink('--good'),
      warn: ink('--warn'),
      bad: ink('--bad'),
      idle: ink('--idle'),
      info: ink('--info'),
    },
    font: `600 12px ${style.fontFamily}`,
  };
}

type Context = CanvasRenderingContext2D;

function outline(c: Context, view: View, size: Size, points: readonly Point[], ink: Ink) {
  c.beginPath();
  points.forEach((point, at) => {
    const { x, y } = toScreen(view, size, point);
    if (at === 0) c.moveTo(x, y);
    else c.lineTo(x, y);
  });
  c.closePath();
  c.fillStyle = ink.field;
  c.fill();
  c.strokeStyle = ink.line;
  c.lineWidth = 1.5;
  c.stroke();
}

function swath(c: Context, view: View, size: Size, one: Swath, ink: Ink) {
  c.beginPath();
  let down = false;
  for (const point of one.points) {
    if (!point) {
      down = false;
      continue;
    }
    const { x, y } = toScreen(view, size, point);
    if (down) c.lineTo(x, y);
    else c.moveTo(x, y);
    down = true;
  }
  c.strokeStyle = ink.swath;
  c.lineWidth = Math.max(2, one.width * view.scale);
  c.lineJoin = 'round';
  c.stroke();
}

/** The newest `most` pieces; below a pixel and a half a piece is drawn as a dot of that size. */
export function drawCells(
  c: Context,
  view: View,
  size: Size,
  cells: Cells,
  ink: Ink,
  most?: number,
) {
  c.fillStyle = ink.cell;
  cells.each((q) => {
    const a = toScreen(view, size, { x: q[0]!, y: q[1]! });
    const b = toScreen(view, size, { x: q[2]!, y: q[3]! });
    const d = toScreen(view, size, { x: q[4]!, y: q[5]! });
    const e = toScreen(view, size, { x: q[6]!, y: q[7]! });
    const thin =
      Math.abs(a.x - d.x) + Math.abs(a.y - d.y) < 3 ||
      (Math.abs(a.x - b.x) < 1.5 && Math.abs(a.y - b.y) < 1.5);
    if (thin) {
      c.fillRect((a.x + d.x) / 2 - 0.75, (a.y + d.y) / 2 - 0.75, 1.5, 1.5);
      return;
    }
    c.beginPath();
    c.moveTo(a.x, a.y);
    c.lineTo(b.x, b.y);
    c.lineTo(d.x, d.y);
    c.lineTo(e.x, e.y);
    c.fill();
  }, most);
}

export function drawGround(c: Context, view: View, size: Size, ground: Ground, ink: Ink) {
  c.fillStyle = ink.ground;
  c.fillRect(0, 0, size.width, size.height);
  for (const field of ground.fields) outline(c, view, size, field, ink);
  for (const one of ground.swaths) swath(c, view, size, one, ink);
  drawCells(c, view, size, ground.cells, ink);
}

const LABELS_MOST = 150; // beyond, names would only cover one another

export function drawMachines(
  c: Context,
  view: View,
  size: Size,
  machines: readonly Machine[],
  chosen: string | undefined,
  ink: Ink,
) {
  c.font = ink.font;
  c.textBaseline = 'middle';
  const named = machines.length <= LABELS_MOST;
  for (const m of machines) {
    const at = toScreen(view, size, m.at);
    if (at.x < -60 || at.y < -60 || at.x > size.width + 60 || at.y > size.height + 60) continue;
    c.save();
    c.translate(at.x, at.y);
    c.rotate(-m.heading);
    c.globalAlpha = m.aged ? 0.6 : 1;
    const boom = (m.width * view.scale) / 2;
    c.strokeStyle = ink.label;
    c.lineWidth = 2;
    c.setLineDash(m.aged ? [3, 3] : []);
    c.beginPath();
    c.moveTo(0, -boom);
    c.lineTo(0, boom);
    c.stroke();
    c.beginPath();
    c.moveTo(12, 0);
    c.lineTo(-8, 7);
    c.lineTo(-4, 0);
    c.lineTo(-8, -7);
    c.closePath();
    c.fillStyle = m.aged ? ink.surface : ink.tone[m.tone];
    c.fill();
    c.strokeStyle = m.aged ? ink.tone[m.tone] : ink.surface;
    c.stroke();
    c.restore();
    if (m.id === chosen) {
      c.beginPath();
      c.arc(at.x, at.y, 18, 0, 2 * Math.PI);
      c.strokeStyle = ink.label;
      c.lineWidth = 2.5;
      c.stroke();
    }
    if (!named && m.id !== chosen) continue;
    const text = m.note ? `${m.id} · ${m.note}` : m.id;
    const width = c.measureText(text).width;
    c.fillStyle = ink.surface;
    c.globalAlpha = 0.85;
    c.fillRect(at.x + 16, at.y - 9, width + 8, 18);
    c.globalAlpha = 1;
    c.fillStyle = ink.label;
    c.fillText(text, at.x + 20, at.y);
  }
}

export function drawScale(c: Context, view: View, size: Size, ink: Ink) {
  const { metres, pixels } = scaleBar(view);
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  const x = size.width - pixels - 16;
  const y = size.height - 18;
  c.strokeStyle = ink.label;
  c.lineWidth = 2;
  c.beginPath();
  c.moveTo(x, y - 5);
  c.lineTo(x, y);
  c.lineTo(x + pixels, y);
  c.lineTo(x + pixels, y - 5);
  c.stroke();
  c.font = ink.font;
  c.fillStyle = ink.label;
  c.textBaseline = 'bottom';
  c.fillText(text, x + 4, y - 4);
}
