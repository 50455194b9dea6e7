// SPDX-License-Identifier: Apache-2.0
// A table that sorts by any column and holds only the rows in sight, however many there are.
import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import { byText } from './format.ts';
import { windowOf } from './window.ts';

export interface Column<T> {
  key: string;
  title: string;
  hint?: string;
  right?: boolean;
  cell: (row: T) => ComponentChildren;
  order?: (row: T) => number | string;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  id: (row: T) => string;
  chosen?: string | undefined;
  empty: string;
}

const ROW = 44; // pixels, as in table.css
const ALL_BELOW = 60; // so many rows are simply all there

interface Sort {
  key: string;
  down: boolean;
}

function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort | null) {
  const order = columns.find((c) => c.key === sort?.key)?.order;
  if (!sort || !order) return rows;
  const sign = sort.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = order(a);
    const y = order(b);
    if (x === y) return 0;
    if (typeof x === 'string' && typeof y === 'string') {
      return sign * byText(x, y);
    }
    return x < y ? -sign : sign;
  });
}

export function Table<T>(p: Props<T>) {
  const [sort, setSort] = useState<Sort | null>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => sorted(p.rows, p.columns, sort), [p.rows, p.columns, sort]);
  const { first, last } =
    rows.length <= ALL_BELOW
      ? { first: 0, last: rows.length }
      : windowOf(rows.length, ROW, scroll.top, scroll.height);
  const turn = (key: string) =>
    setSort(sort?.key !== key ? { key, down: false } : sort.down ? null : { key, down: true });
  return (
    <div
      class="table-box windowed"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={p.caption}
      onScroll={(event) =>
        setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })
      }
    >
      <table aria-rowcount={rows.length + 1}>
        <caption class="hidden">{p.caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {p.columns.map((c) => (
              <th
                key={c.key}
                scope="col"
                class={c.right ? 'right' : ''}
                aria-sort={
                  sort?.key !== c.key ? 'none' : sort.down ? 'descending' : 'ascending'
                }
                {...(c.hint ? { title: c.hint } : {})}
              >
                {c.order ? (
                  <button type="button" onClick={() => turn(c.key)}>
                    {c.title}
                    <span aria-hidden="true">
                      {sort?.key !== c.key ? '' : sort.down ? '▼' : '▲'}
                    </span>
                  </button>
                ) : (
                  c.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Spacer columns={p.columns.length} rows={first} />}
          {rows.slice(first, last).map((row, at) => (
            <tr
              key={p.id(row)}
              aria-rowindex={first + at + 2}
              class={p.chosen === p.id(row) ? 'chosen' : ''}
            >
              {p.columns.map((c) => (
                <td key={c.key} class={c.right ? 'right' : ''}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {last < rows.length && <Spacer columns={p.columns.length} rows={rows.length - last} />}
          {rows.length === 0 && (
            <tr>
              <td colSpan={p.columns.length} class="quiet">
                {p.empty}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ columns, rows }: { columns: number; rows: number }) {
  return (
    <tr class="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}
