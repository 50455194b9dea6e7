// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';

import { go, place, safePath } from '../state/route.ts';
import { enter } from '../state/session.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

export default function Login() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  useEffect(() => document.querySelector<HTMLInputElement>('input[name=user]')?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure('');
    try {
      await enter(name, password);
      go(safePath(place.value.query.get('next')), true);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <section class="card login" aria-labelledby="login-title">
      <form class="body stack" onSubmit={submit}>
        <h1 id="login-title">Sign in</h1>
        <label class="field">
          User
          <input
            name="user"
            autocomplete="username"
            required
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {failure && <Notice tone="bad">{failure}</Notice>}
        <Button type="submit" kind="primary" busy={busy}>
          Sign in
        </Button>
        <p class="quiet">An administrator makes users with <code>furrow user add</code>.</p>
      </form>
    </section>
  );
}
