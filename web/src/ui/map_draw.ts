// SPDX-License-Identifier: Apache-2.0
// Draws a field and what works on it, in layers: outlines and swaths, sprayed pieces, machines.
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
}

const LABELS_MOST = 150; // beyond, names would only cover one another
const ARROWS_MOST = 600;
const ARROW: readonly [number, number][] = [
  [12, 0],
  [-8, 7],
  [-4, 0],
  [-8, -7],
];

interface Mark {
  machine: Machine;
  at: Point; // pixels
}

/** One path of them all: thousands cost a few strokes and fills. */
function drawArrows(c: Context, view: View, marks: readonly Mark[], tone: Tone, ink: Ink) {
  const aged = marks[0]?.machine.aged ?? false;
  c.globalAlpha = aged ? 0.6 : 1;
  c.setLineDash(aged ? [3, 3] : []);
  c.lineWidth = 2;
  c.beginPath();
  for (const { machine, at } of marks) {
    const boom = (machine.width * view.scale) / 2;
    const x = Math.sin(machine.heading) * boom;
    const y = Math.cos(machine.heading) * boom;
    c.moveTo(at.x - x, at.y - y);
    c.lineTo(at.x + x, at.y + y);
  }
  c.strokeStyle = ink.label;
  c.stroke();
  c.setLineDash([]);
  c.beginPath();
  for (const { machine, at } of marks) {
    const cos = Math.cos(machine.heading);
    const sin = Math.sin(machine.heading);
    ARROW.forEach(([ahead, side], corner) => {
      const x = at.x + ahead * cos - side * sin;
      const y = at.y - ahead * sin - side * cos;
      if (corner === 0) c.moveTo(x, y);
      else c.lineTo(x, y);
    });
    c.closePath();
  }
  c.fillStyle = aged ? ink.surface : ink.tone[tone];
  c.fill();
  c.strokeStyle = aged ? ink.tone[tone] : ink.surface;
  c.stroke();
  c.globalAlpha = 1;
}

/** So many that arrows would only cover one another: a dot each, hollow where it is aged. */
function drawDots(c: Context, marks: readonly Mark[], tone: Tone, ink: Ink) {
  c.fillStyle = ink.tone[tone];
  for (const { at } of marks) c.fillRect(at.x - 3, at.y - 3, 6, 6);
  if (!marks[0]?.machine.aged) return;
  c.fillStyle = ink.surface;
  for (const { at } of marks) c.fillRect(at.x - 1.5, at.y - 1.5, 3, 3);
}

function drawName(c: Context, { machine, at }: Mark, ink: Ink) {
  const text = machine.note ? `${machine.id} · ${machine.note}` : machine.id;
  c.globalAlpha = 0.85;
  c.fillStyle = ink.surface;
  c.fillRect(at.x + 16, at.y - 9, c.measureText(text).width + 8, 18);
  c.globalAlpha = 1;
  c.fillStyle = ink.label;
  c.fillText(text, at.x + 20, at.y);
}

export function drawMachines(
  c: Context,
  view: View,
  size: Size,
  machines: readonly Machine[],
  chosen: string | undefined,
  ink: Ink,
) {
  const groups = new Map<string, Mark[]>();
  let shown = 0;
  for (const machine of machines) {
    const at = toScreen(view, size, machine.at);
    if (at.x < -60 || at.y < -60 || at.x > size.width + 60 || at.y > size.height + 60) continue;
    const key = `${machine.tone} ${machine.aged}`;
    const group = groups.get(key);
    if (group) group.push({ machine, at });
    else groups.set(key, [{ machine, at }]);
    shown += 1;
  }
  for (const marks of groups.values()) {
    const { tone } = marks[0]!.machine;
    if (shown > ARROWS_MOST) drawDots(c, marks, tone, ink);
    else drawArrows(c, view, marks, tone, ink);
  }
  c.font = ink.font;
  c.textBaseline = 'middle';
  for (const mark of [...groups.values()].flat()) {
    const isChosen = mark.machine.id === chosen;
    if (isChosen) {
      c.beginPath();
      c.arc(mark.at.x, mark.at.y, 18, 0, 2 * Math.PI);
      c.strokeStyle = ink.label;
      c.lineWidth = 2.5;
      c.stroke();
    }
    if (isChosen || shown <= LABELS_MOST) drawName(c, mark, ink);
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
