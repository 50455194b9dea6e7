// SPDX-License-Identifier: Apache-2.0
// Few lines over the shares of 0 to 100 %, as an SVG: each with a dash of its own, so that they are
// told apart without colours. The figures stand in a table for whoever cannot see them.
import { number } from './format.ts';

interface Curve {
  name: string;
  values: readonly number[];
}
interface Props {
  label: string;
  curves: readonly Curve[];
  limit: number | undefined;
  limitName: string;
  unit: string;
}

const W = 640;
const H = 220;
const LEFT = 56;
const BOTTOM = 28;
const DASHES = ['', '7 4', '2 3'];
const INKS = ['var(--info)', 'var(--accent)', 'var(--warn)'];

export function Curves({ label, curves, limit, limitName, unit }: Props) {
  const all = curves.flatMap((one) => one.values);
  if (all.length === 0) return <p class="quiet">No figures.</p>;
  const top = 1.08 * Math.max(...all, limit ?? 0);
  const x = (share: number) => LEFT + share * (W - LEFT - 12);
  const y = (value: number) => 10 + (1 - value / top) * (H - BOTTOM - 10);
  const line = (values: readonly number[]) =>
    values.map((v, i) => `${x(i / Math.max(1, values.length - 1))},${y(v)}`).join(' ');
  return (
    <figure class="curves">
      <svg viewBox={`0 0 ${W} ${H}`} role="img" aria-label={label}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={LEFT} x2={W - 12} y1={y(share * top)} y2={y(share * top)} class="grid" />
            <text x={LEFT - 6} y={y(share * top) + 4} text-anchor="end">
              {number(share * top, top < 10 ? 2 : 0)}
            </text>
            <text x={x(share)} y={H - 8} text-anchor="middle">
              {number(share * 100)} %
            </text>
          </g>
        ))}
        {limit !== undefined && (
          <line x1={LEFT} x2={W - 12} y1={y(limit)} y2={y(limit)} class="limit" />
        )}
        {curves.map((one, i) => (
          <polyline
            key={one.name}
            points={line(one.values)}
            stroke={INKS[i % INKS.length]}
            stroke-dasharray={DASHES[i % DASHES.length]}
          />
        ))}
      </svg>
      <figcaption class="row">
        {curves.map((one, i) => (
          <span key={one.name} class="row">
            <svg viewBox="0 0 30 8" width="30" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="30"
                y1="4"
                y2="4"
                stroke={INKS[i % INKS.length]}
                stroke-dasharray={DASHES[i % DASHES.length]}
                stroke-width="3"
              />
            </svg>
            {one.name}
          </span>
        ))}
        {limit !== undefined && (
          <span class="quiet">
            {limitName}: {number(limit, 1)} {unit}
          </span>
        )}
      </figcaption>
    </figure>
  );
}
