// SPDX-License-Identifier: Apache-2.0
#include "edge/record/sprayed_page_text.h"

namespace furrow::edge {

const std::string_view kPageTop = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Sprayed</title>
<style>
:root { color-scheme: light dark; --ground: #f6f4ee; --text: #22261f; --quiet: #6b7066;
  --line: #cfd2c8; --band: #e7e8dc; --spray: #1a7fb4; --odd: #c77700; --miss: #c22f3a;
  --card: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #171a16; --text: #e6e9e1; --quiet: #9aa194; --line: #3c423a; --band: #22271f;
    --spray: #5ab7e8; --odd: #f0ab3c; --miss: #ff7a80; --card: #20241e; }
}
* { box-sizing: border-box; }
html, body { margin: 0; height: 100%; }
body { display: flex; flex-direction: column; background: var(--ground); color: var(--text);
  font: 15px/1.4 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .3em 1.4em; align-items: baseline;
  padding: .6em 1em; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1em; margin: 0; overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: .2em 1.2em; margin: 0; }
dl div { display: flex; gap: .4em; }
dt { color: var(--quiet); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
main { position: relative; flex: 1; min-height: 0; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none;
  cursor: grab; }
canvas:active { cursor: grabbing; }
canvas:focus-visible { outline: 2px solid var(--spray); outline-offset: -2px; }
.card { position: absolute; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .5em .7em; box-shadow: 0 1px 4px #0003; }
#keys { right: .8em; top: .8em; display: flex; gap: .3em; padding: .3em; }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line);
  border-radius: 4px; min-width: 2.2em; height: 2.2em; cursor: pointer; }
button:hover { border-color: var(--quiet); }
#legend { left: .8em; bottom: .8em; list-style: none; margin: 0; font-size: .9em; }
#legend li { display: flex; align-items: center; gap: .5em; }
#legend i { width: 1.1em; height: .8em; display: inline-block; border-radius: 2px; }
#hint { pointer-events: none; white-space: pre-line; font-size: .9em; max-width: 22em;
  font-variant-numeric: tabular-nums; }
[hidden] { display: none !important; }
</style>
</head>
<body>
<header><h1 id="title"></h1><dl id="sums"></dl></header>
<main>
<canvas id="map" tabindex="0" role="img"
 aria-label="Map of sprayed ground; arrow keys move it, plus and minus change its scale, 0
 shows all"></canvas>
<div id="keys" class="card"><button id="in" aria-label="Larger">+</button><button id="out"
 aria-label="Smaller">&minus;</button><button id="all">All</button></div>
<ul id="legend" class="card">
<li><i style="background:var(--spray)"></i>sprayed</li>
<li id="odd-key" hidden><i style="background:var(--odd)"></i>sprayed, pose in doubt</li>
<li id="miss-key" hidden><i style="background:var(--miss);border-radius:50%;width:.8em"></i>missed
weed</li>
<li><i style="background:var(--band)"></i>passed over by the boom</li>
<li id="scale"></li>
</ul>
<div id="hint" class="card" role="status" hidden></div>
</main>
<noscript>The map is drawn by a script in this page, which this browser does not run.</noscript>
<script>
"use strict";
)html";

const std::string_view kPageScript = R"html(
// Coordinates are millimetres: x ahead at the beginning, y to the left. Shown with x to the right
// and y upwards.
const canvas = document.getElementById("map"), pen = canvas.getContext("2d");
const hint = document.getElementById("hint"), byId = (id) => document.getElementById(id);

const patches = data.patches.map((p) => {
  const ring = p[8];
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    if (i > 0) { ring[i] += ring[i - 2]; ring[i + 1] += ring[i - 1]; }
    left = Math.min(left, ring[i]); right = Math.max(right, ring[i]);
    low = Math.min(low, ring[i + 1]); high = Math.max(high, ring[i + 1]);
  }
  return {p, ring, left, right, low, high};
});

const tip = (name, value) => {
  const row = document.createElement("div");
  for (const [tag, text] of [["dt", name], ["dd", value]]) {
    row.append(Object.assign(document.createElement(tag), {textContent: text}));
  }
  byId("sums").append(row);
};
const number = (value, digits) => value.toLocaleString("en", {maximumFractionDigits: digits,
  minimumFractionDigits: digits});
document.title = byId("title").textContent = data.title;
tip("sprayed", number(data.sprayed, 2) + " m²");
tip("passed", number(data.passed, 0) + " m²");
if (data.passed > 0) tip("saved", number(100 * (1 - data.sprayed / data.passed), 1) + " %");
tip("volume", number(data.litres, 3) + " l");
tip("way", number(data.way, 1) + " m");
tip("patches", number(data.count, 0) +
  (data.count > patches.length ? " (the first " + number(patches.length, 0) + " are drawn)" : ""));
if (data.missed.length) tip("missed weeds", number(data.missed.length, 0));
byId("miss-key").hidden = !data.missed.length;
byId("odd-key").hidden = !patches.some((one) => one.p[7]);

// The edges of the boom, at every point of its path.
const line = data.nozzles.filter((n) => n[0] === data.nozzles[0][0]);
const edgeLeft = Math.max(...line.map((n) => n[1] + n[2] / 2));
const edgeRight = Math.min(...line.map((n) => n[1] - n[2] / 2));
const beside = (point, y) => [point[0] - y * Math.sin(point[2]), point[1] + y * Math.cos(point[2])];

// One millimetre is `zoom` pixels; (ox, oy) is where the origin is shown.
let zoom = 0.1, ox = 0, oy = 0, width = 0, height = 0, waiting = false;
const toX = (x) => ox + x * zoom, toY = (y) => oy - y * zoom;

function all() {
  let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
  const take = (x, y) => {
    left = Math.min(left, x); right = Math.max(right, x);
    low = Math.min(low, y); high = Math.max(high, y);
  };
  for (const point of data.path) {
    for (const y of [edgeLeft, edgeRight]) take(...beside(point, y));
  }
  for (const one of patches) { take(one.left, one.low); take(one.right, one.high); }
  for (const weed of data.missed) take(weed[0], weed[1]);
  if (left > right) take(0, 0);
  zoom = Math.min(width / (right - left + 1000), height / (high - low + 1000)) * 0.95;
  ox = width / 2 - (left + right) / 2 * zoom;
  oy = height / 2 + (low + high) / 2 * zoom;
  redraw();
}

function outline(points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(toX(x), toY(y));
}

function draw() {
  waiting = false;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const shown = {left: -ox / zoom, right: (width - ox) / zoom, low: (oy - height) / zoom,
    high: oy / zoom};
  const reach = edgeLeft - edgeRight;
  // The path in view, with a neighbour at each end; a long one in steps that can be told apart.
  const step = Math.max(1, Math.floor(2 / (500 * zoom)));
  pen.fillStyle = colour("band");
  pen.strokeStyle = colour("line");
  for (let i = 0; i + 1 < data.path.length; i += step) {
    const a = data.path[i], b = data.path[Math.min(i + step, data.path.length - 1)];
    if (Math.max(a[0], b[0]) + reach < shown.left || Math.min(a[0], b[0]) - reach > shown.right ||
        Math.max(a[1], b[1]) + reach < shown.low || Math.min(a[1], b[1]) - reach > shown.high) {
      continue;
    }
    outline([beside(a, edgeRight), beside(b, edgeRight), beside(b, edgeLeft), beside(a, edgeLeft)]);
    pen.fill();
    if (line[0][2] * zoom < 8) continue;
    pen.lineWidth = 1;
    for (const n of line) {
      for (const y of [n[1] + n[2] / 2, n[1] - n[2] / 2]) {
        outline([beside(a, y), beside(b, y)]);
        pen.stroke();
      }
    }
  }
  for (const odd of [false, true]) {
    pen.fillStyle = pen.strokeStyle = colour(odd ? "odd" : "spray");
    pen.globalAlpha = 0.85;
    for (const one of patches) {
      if (!!one.p[7] !== odd || one.right < shown.left || one.left > shown.right ||
          one.high < shown.low || one.low > shown.high) {
        continue;
      }
      if ((one.right - one.left) * zoom < 2 && (one.high - one.low) * zoom < 2) {
        pen.fillRect(toX(one.left), toY(one.high), 1.5, 1.5);
        continue;
      }
      pen.beginPath();
      for (let i = 0; i < one.ring.length; i += 2) {
        pen.lineTo(toX(one.ring[i]), toY(one.ring[i + 1]));
      }
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = colour("miss");
  pen.lineWidth = 2;
  for (const [x, y, radius] of data.missed) {
    pen.beginPath();
    pen.arc(toX(x), toY(y), Math.max(3, radius * zoom), 0, 7);
    pen.stroke();
  }
  scale();
}

function scale() {
  const wanted = 90 / zoom, ten = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].map((k) => k * ten).find((k) => k <= wanted);
  const bar = document.createElement("i");
  bar.style.cssText = "height:3px;border-radius:0;background:var(--text);width:" +
    (length * zoom) + "px";
  byId("scale").replaceChildren(bar, length >= 1000 ? length / 1000 + " m" :
    length >= 10 ? length / 10 + " cm" : length + " mm");
}

function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

function zoomAt(x, y, factor) {
  const next = Math.min(20, Math.max(1e-5, zoom * factor));
  ox = x - (x - ox) * next / zoom;
  oy = y - (y - oy) * next / zoom;
  zoom = next;
  redraw();
}

function inside(ring, x, y) {
  let odd = false;
  for (let i = 0, k = ring.length - 2; i < ring.length; k = i, i += 2) {
    if ((ring[i + 1] > y) !== (ring[k + 1] > y) &&
        x < (ring[k] - ring[i]) * (y - ring[i + 1]) / (ring[k + 1] - ring[i + 1]) + ring[i]) {
      odd = !odd;
    }
  }
  return odd;
}

function describe(x, y) {
  const near = 5 / zoom;
  const weed = data.missed.find((w) => Math.hypot(w[0] - x, w[1] - y) <= Math.max(near, w[2]));
  if (weed) return "missed weed\nx " + weed[0] / 1000 + " m, y " + weed[1] / 1000 + " m" +
    (weed[3] ? "\n" + weed[3] : "");
  const one = patches.find((o) => x >= o.left - near && x <= o.right + near &&
    y >= o.low - near && y <= o.high + near &&
    (inside(o.ring, x, y) || (o.right - o.left) * zoom < 10));
  if (!one) return "";
  const [first, last, open, close, litres, area, speed, flags] = one.p;
  return (first === last ? "nozzle " + first : "nozzles " + first + " to " + last) +
    "\nopen from " + number(open, 3) + " s, for " + number((close - open) * 1000, 1) + " ms\n" +
    number(litres * 1000, 2) + " ml on " + number(area, 3) + " m² at " + number(speed, 2) +
    " m/s" + (flags ? "\npose flags " + flags : "");
}

function point(x, y) {
  const text = describe((x - ox) / zoom, (oy - y) / zoom);
  hint.hidden = !text;
  if (!text) return;
  hint.textContent = text;
  hint.style.left = Math.max(0, Math.min(x + 14, width - hint.offsetWidth - 8)) + "px";
  hint.style.top = Math.max(0, Math.min(y + 14, height - hint.offsetHeight - 8)) + "px";
}

const held = new Map();
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  held.set(event.pointerId, [event.offsetX, event.offsetY]);
});
for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => held.delete(event.pointerId));
}
canvas.addEventListener("pointermove", (event) => {
  const before = held.get(event.pointerId);
  const x = event.offsetX, y = event.offsetY;
  if (!before) { point(x, y); return; }
  hint.hidden = true;
  const other = [...held].find(([id]) => id !== event.pointerId);
  if (other) {
    // Two fingers: the one that rests stays where it is.
    const [px, py] = other[1];
    zoomAt(px, py, Math.hypot(x - px, y - py) / Math.max(1, Math.hypot(before[0] - px,
      before[1] - py)));
  } else {
    ox += x - before[0];
    oy += y - before[1];
    redraw();
  }
  held.set(event.pointerId, [x, y]);
});
canvas.addEventListener("pointerleave", () => { hint.hidden = true; });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 30 : 1;
  zoomAt(event.offsetX, event.offsetY, 2 ** (-event.deltaY * lines / 300));
}, {passive: false});
canvas.addEventListener("keydown", (event) => {
  const moves = {ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60]};
  const move = moves[event.key];
  if (move) { ox += move[0]; oy += move[1]; redraw(); }
  else if (event.key === "+") zoomAt(width / 2, height / 2, 1.5);
  else if (event.key === "-") zoomAt(width / 2, height / 2, 1 / 1.5);
  else if (event.key === "0") all();
  else return;
  event.preventDefault();
});
byId("in").addEventListener("click", () => zoomAt(width / 2, height / 2, 1.5));
byId("out").addEventListener("click", () => zoomAt(width / 2, height / 2, 1 / 1.5));
byId("all").addEventListener("click", all);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

function resize() {
  const first = width === 0;
  width = canvas.clientWidth;
  height = canvas.clientHeight;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  if (first) all(); else redraw();
}
new ResizeObserver(resize).observe(canvas);
</script>
</body>
</html>
)html";

}  // namespace furrow::edge
