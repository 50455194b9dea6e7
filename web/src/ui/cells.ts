// SPDX-License-Identifier: Apache-2.0
import type { Point } from './map_view.ts';

/** The pieces of ground that were sprayed, newest kept when there are too many. */
export class Cells {
  readonly most: number;
  #corners: Float32Array;
  #next = 0;
  #count = 0;
  added = 0; // pieces since the last clear: who draws compares it
  dropped = 0; // pieces that made room

  constructor(most = 200_000) {
    this.most = most;
    this.#corners = new Float32Array(4096 * 8);
  }

  get count(): number {
    return this.#count;
  }

  /** A rectangle `along` metres in the direction `heading` and `across` metres to its sides. */
  add(centre: Point, heading: number, along: number, across: number): void {
    if (this.#count < this.most && (this.#count + 1) * 8 > this.#corners.length) {
      const more = new Float32Array(Math.min(this.most * 8, this.#corners.length * 2));
      more.set(this.#corners);
      this.#corners = more;
    }
    const ax = (Math.cos(heading) * along) / 2;
    const ay = (Math.sin(heading) * along) / 2;
    const bx = (-Math.sin(heading) * across) / 2;
    const by = (Math.cos(heading) * across) / 2;
    const { x, y } = centre;
    const corners = [
      x - ax - bx,
      y - ay - by,
      x + ax - bx,
      y + ay - by,
      x + ax + bx,
      y + ay + by,
      x - ax + bx,
      y - ay + by,
    ];
    this.#corners.set(corners, this.#next * 8);
    this.#next = (this.#next + 1) % this.most;
    if (this.#count < this.most) this.#count += 1;
    else this.dropped += 1;
    this.added += 1;
  }

  /** Calls with the eight numbers of each of the newest `most` pieces, oldest first. */
  each(draw: (corners: Float32Array) => void, most = this.#count): void {
    const begin = this.#count < this.most ? 0 : this.#next;
    for (let i = Math.max(0, this.#count - most); i < this.#count; i += 1) {
      const at = ((begin + i) % this.most) * 8;
      draw(this.#corners.subarray(at, at + 8));
    }
  }

  clear(): void {
    this.#next = 0;
    this.#count = 0;
    this.added = 0;
  }
}
