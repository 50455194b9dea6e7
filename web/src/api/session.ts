// SPDX-License-Identifier: Apache-2.0
import { call } from './client.ts';

export interface Me {
  id: string;
  name: string;
  role: string;
}

/** Who is signed in; a CallError with status 401 when nobody is. */
export async function whoAmI(): Promise<Me> {
  const { user } = await call<{ user: Me }>('users.get_current_user');
  return { id: user.id, name: user.name, role: user.role };
}

/** The answer sets the cookie. The token that it also holds, for programs, is not looked at. */
export async function signIn(name: string, password: string): Promise<void> {
  const text = new TextEncoder().encode(`${name}:${password}`);
  const basic = btoa(String.fromCharCode(...text));
  await call<unknown>('auth.login', {}, { Authorization: `Basic ${basic}` });
}

export const signOut = (): Promise<unknown> => call('login.logout');
