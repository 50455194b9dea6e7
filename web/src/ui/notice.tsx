// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';

/** A message above what it concerns. A bad one is read out at once. */
export function Notice(p: { tone: 'bad' | 'warn' | 'info'; children: ComponentChildren }) {
  return (
    <div class={`notice ${p.tone}`} role={p.tone === 'bad' ? 'alert' : 'status'}>
      {p.children}
    </div>
  );
}
