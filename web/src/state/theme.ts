// SPDX-License-Identifier: Apache-2.0
import { effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'furrow.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const more = window.matchMedia('(prefers-contrast: more)');

function remembered(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** What the user chose. */
export const theme = signal<Theme>(remembered());
/** What that comes to here. */
export const shown = signal<Exclude<Theme, 'system'>>('light');

function settle(): void {
  const system = more.matches ? 'contrast' : dark.matches ? 'dark' : 'light';
  shown.value = theme.value === 'system' ? system : theme.value;
  document.documentElement.dataset['theme'] = shown.value;
}
dark.addEventListener('change', settle);
more.addEventListener('change', settle);
effect(() => {
  if (theme.value === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme.value);
  settle();
});
