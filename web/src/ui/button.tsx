// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';

interface Props {
  children: ComponentChildren;
  kind?: 'plain' | 'primary' | 'danger' | 'icon' | 'link';
  type?: 'button' | 'submit';
  label?: string; // where the content is a sign and no word
  busy?: boolean;
  disabled?: boolean;
  onClick?: () => void;
}

export function Button(p: Props) {
  return (
    <button
      type={p.type ?? 'button'}
      class={p.kind === 'plain' ? '' : (p.kind ?? '')}
      disabled={Boolean(p.disabled) || Boolean(p.busy)}
      {...(p.label === undefined ? {} : { 'aria-label': p.label, title: p.label })}
      {...(p.busy ? { 'aria-busy': 'true' as const } : {})}
      {...(p.onClick ? { onClick: p.onClick } : {})}
    >
      {p.children}
    </button>
  );
}
