// SPDX-License-Identifier: Apache-2.0
const AROUND = 8; // rows made beyond what is in sight, so that scrolling shows no gap

/** Which of `count` rows of one height are in sight: from `first` up to, not including, `last`. */
export function windowOf(count: number, row: number, top: number, height: number) {
  const first = Math.max(0, Math.min(count, Math.floor(top / row) - AROUND));
  const last = Math.min(count, Math.ceil((top + height) / row) + AROUND);
  return { first, last: Math.max(first, last) };
}
