// SPDX-License-Identifier: Apache-2.0
// Figures and times as people read them.

/** How long ago, in the two words that fit a table: "4 s", "12 min", "3 h", "5 d". */
export function ago(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/** A number with `digits` after the point, or a dash where there is none. */
export function number(value: number | undefined, digits = 0): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export const percent = (share: number | undefined, digits = 1): string =>
  share === undefined || !Number.isFinite(share) ? '–' : `${number(share * 100, digits)} %`;

export function bytes(count: number | undefined): string {
  if (count === undefined || !Number.isFinite(count)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** Local date and time to the second. */
export function moment(seconds: number): string {
  const d = new Date(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

const collator = new Intl.Collator('en', { numeric: true });
/** Orders texts as people do: "T2" before "T10". */
export const byText = (a: string, b: string): number => collator.compare(a, b);
