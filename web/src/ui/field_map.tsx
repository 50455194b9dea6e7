// SPDX-License-Identifier: Apache-2.0
// The map without tiles. It redraws only when something changed, and the ground only when the view
// or the ground did. What it shows stands in the table beside it too, for whoever cannot see it.
import { useEffect, useMemo, useRef } from 'preact/hooks';

import { Button } from './button.tsx';
import {
  type Ground,
  type Ink,
  type Machine,
  drawCells,
  drawGround,
  drawMachines,
  drawScale,
  inkOf,
} from './map_draw.ts';
import {
  type Box,
  type Point,
  type Size,
  type View,
  fit,
  pan,
  toScreen,
  zoom,
} from './map_view.ts';

interface Props {
  label: string;
  machines: readonly Machine[];
  ground: Ground;
  extent: Box | null; // what there is to see
  chosen: string | undefined;
  onChoose: (id: string) => void;
  theme: string; // a change draws everything in new colours
}

class Painter {
  view: View | null = null; // null: whatever shows all
  props: Props;
  readonly #canvas: HTMLCanvasElement;
  // Two layers beneath: swaths grow with every position, sprayed pieces are many and only added to.
  readonly #ground = document.createElement('canvas');
  readonly #pieces = document.createElement('canvas');
  #drawn = { view: null as View | null, added: 0, ground: null as Ground | null };
  #ink: Ink | null = null;
  #size: Size = { width: 0, height: 0 };
  #asked = 0;

  constructor(canvas: HTMLCanvasElement, props: Props) {
    this.#canvas = canvas;
    this.props = props;
  }

  get size(): Size {
    return this.#size;
  }
  get now(): View {
    return this.view ?? fit(this.props.extent, this.#size);
  }

  repaint(all = false): void {
    if (all) {
      this.#ink = null;
      this.#drawn.view = null;
    }
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#paint();
    });
  }
  stop(): void {
    cancelAnimationFrame(this.#asked);
  }

  #resize(ratio: number): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const wide = Math.round(width * ratio);
    const high = Math.round(height * ratio);
    if (this.#canvas.width === wide && this.#canvas.height === high) return;
    for (const canvas of [this.#canvas, this.#ground, this.#pieces]) {
      canvas.width = wide;
      canvas.height = high;
    }
    this.#size = { width, height };
    this.#drawn.view = null;
  }

  #paint(): void {
    const ratio = window.devicePixelRatio || 1;
    this.#resize(ratio);
    const [front, back, over] = [this.#canvas, this.#ground, this.#pieces].map((c) =>
      c.getContext('2d'),
    );
    const size = this.#size;
    if (!front || !back || !over || size.width === 0) return;
    const ink = (this.#ink ??= inkOf(this.#canvas));
    const { ground, machines, chosen } = this.props;
    const view = this.now;
    const drawn = this.#drawn;
    const { cells } = ground;
    const same =
      drawn.view?.scale === view.scale &&
      drawn.view.centre.x === view.centre.x &&
      drawn.view.centre.y === view.centre.y;
    back.setTransform(ratio, 0, 0, ratio, 0, 0);
    over.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!same || drawn.ground !== ground) drawGround(back, view, size, ground, ink);
    if (!same || cells.added < drawn.added) {
      over.clearRect(0, 0, size.width, size.height);
      drawCells(over, view, size, cells, ink);
    } else if (cells.added > drawn.added) {
      drawCells(over, view, size, cells, ink, cells.added - drawn.added);
    }
    this.#drawn = { view, added: cells.added, ground };
    front.setTransform(1, 0, 0, 1, 0, 0);
    front.drawImage(this.#ground, 0, 0);
    front.drawImage(this.#pieces, 0, 0);
    front.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMachines(front, view, size, machines, chosen, ink);
    drawScale(front, view, size, ink);
  }

  nearest(at: Point): Machine | undefined {
    let best: Machine | undefined;
    let reach = 24 * 24;
    for (const machine of this.props.machines) {
      const p = toScreen(this.now, this.#size, machine.at);
      const far = (p.x - at.x) ** 2 + (p.y - at.y) ** 2;
      if (far < reach) [best, reach] = [machine, far];
    }
    return best;
  }
}

function listen(canvas: HTMLCanvasElement, painter: Painter): () => void {
  let from: Point | null = null;
  let moved = 0;
  const at = (event: MouseEvent): Point => ({ x: event.offsetX, y: event.offsetY });
  const down = (event: PointerEvent) => {
    from = at(event);
    moved = 0;
    canvas.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (!from) return;
    const to = at(event);
    moved += Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
    painter.view = pan(painter.now, to.x - from.x, to.y - from.y);
    from = to;
    painter.repaint();
  };
  const up = (event: PointerEvent) => {
    if (from && moved < 5) {
      const found = painter.nearest(at(event));
      if (found) painter.props.onChoose(found.id);
    }
    from = null;
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    painter.view = zoom(painter.now, painter.size, Math.exp(-event.deltaY / 400), at(event));
    painter.repaint();
  };
  canvas.addEventListener('pointerdown', down);
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('wheel', wheel, { passive: false });
  const watch = new ResizeObserver(() => painter.repaint());
  watch.observe(canvas);
  return () => {
    watch.disconnect();
    painter.stop();
    canvas.removeEventListener('pointerdown', down);
    canvas.removeEventListener('pointermove', move);
    canvas.removeEventListener('pointerup', up);
    canvas.removeEventListener('wheel', wheel);
  };
}

export function FieldMap(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>(null);
  useEffect(() => {
    if (!canvas.current) return;
    painter.current = new Painter(canvas.current, props);
    painter.current.repaint(true);
    return listen(canvas.current, painter.current);
  }, []);
  useEffect(() => painter.current?.repaint(true), [props.theme]);
  useEffect(() => {
    if (!painter.current) return;
    painter.current.props = props;
    painter.current.repaint();
  });
  const step = (factor: number) => {
    const p = painter.current;
    if (!p) return;
    p.view = zoom(p.now, p.size, factor, { x: p.size.width / 2, y: p.size.height / 2 });
    p.repaint();
  };
  const tools = useMemo(
    () => (
      <div class="tools">
        <Button kind="icon" label="Zoom in" onClick={() => step(1.5)}>
          +
        </Button>
        <Button kind="icon" label="Zoom out" onClick={() => step(1 / 1.5)}>
          −
        </Button>
        <Button
          kind="icon"
          label="Show all"
          onClick={() => {
            if (painter.current) painter.current.view = null;
            painter.current?.repaint();
          }}
        >
          ⤢
        </Button>
      </div>
    ),
    [],
  );
  return (
    <div class="map">
      <canvas ref={canvas} role="img" aria-label={props.label} />
      {tools}
      <div class="key">
        <span>
          <i class="field" />
          field
        </span>
        <span>
          <i class="swath" />
          driven
        </span>
        <span>
          <i class="cell" />
          sprayed
        </span>
      </div>
    </div>
  );
}
