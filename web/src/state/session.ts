// SPDX-License-Identifier: Apache-2.0
import { computed, signal } from '@preact/signals';

import { CallError } from '../api/client.ts';
import { type Me, signIn, signOut, whoAmI } from '../api/session.ts';
import { go, place } from './route.ts';

/** undefined: not yet known; null: nobody. */
export const me = signal<Me | null | undefined>(undefined);

/** Whether buttons that change things are worth showing; the server decides for itself. */
export const mayEdit = computed(() => {
  const role = me.value?.role;
  return role !== undefined && role !== 'guest' && role !== 'annotator' && role !== 'device';
});

export async function findOut(): Promise<void> {
  try {
    me.value = await whoAmI();
  } catch (error) {
    if (error instanceof CallError && error.status === 401) leave();
    else if (me.value === undefined) setTimeout(() => void findOut(), 2000);
  }
}

/** The session is over: to the sign-in, and back here afterwards. */
export function leave(): void {
  me.value = null;
  if (place.value.path === '/login') return;
  go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, true);
}

export async function enter(name: string, password: string): Promise<void> {
  await signIn(name, password);
  me.value = await whoAmI();
}

export async function exit(): Promise<void> {
  await signOut();
  me.value = null;
  go('/login', true);
}
