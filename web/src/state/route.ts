// SPDX-License-Identifier: Apache-2.0
// Where we are. The address is the whole of it: what a page shows can be sent to somebody else.
import { signal } from '@preact/signals';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const read = (): Place => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
});

export const place = signal<Place>(read());
window.addEventListener('popstate', () => {
  place.value = read();
});

export function go(address: string, replace = false): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  place.value = read();
}

/** Changes members of the query and leaves the others; null takes one out. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : ''), true);
}

/** Only a path of this server: a link from elsewhere must not lead away after the sign-in. */
export function safePath(path: string | null): string {
  return path && /^\/[A-Za-z0-9]/.test(path) ? path : '/fleet';
}
