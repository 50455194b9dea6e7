// SPDX-License-Identifier: Apache-2.0
// The server's time, so that "last seen" is right beside a wrong clock.
import { signal } from '@preact/signals';

let ahead = 0; // seconds that the server's clock is ahead of ours

/** Seconds since 1970 by the server's clock, renewed every second. */
export const now = signal(Date.now() / 1000);

export function setServerTime(seconds: number): void {
  if (!Number.isFinite(seconds) || seconds <= 0) return;
  ahead = seconds - Date.now() / 1000;
  now.value = seconds;
}

setInterval(() => {
  now.value = Date.now() / 1000 + ahead;
}, 1000);
