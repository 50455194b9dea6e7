// SPDX-License-Identifier: Apache-2.0
// A state in a word, a colour and a sign, so that it needs no eye for colours.
export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'info';

const SIGN: Record<Tone, string> = { good: '●', warn: '▲', bad: '✖', idle: '○', info: '◆' };

export function Badge({ tone, text, title }: { tone: Tone; text: string; title?: string }) {
  return (
    <span class={`badge ${tone}`} {...(title ? { title } : {})}>
      <span aria-hidden="true">{SIGN[tone]}</span>
      {text}
    </span>
  );
}
