// SPDX-License-Identifier: Apache-2.0
// Every pair of text and ground that the pages use, held to WCAG 2.2 AA in each theme.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const css = readFileSync(new URL('../src/ui/tokens.css', import.meta.url), 'utf8');
const TEXT = 4.5;
const SIGN = 3; // borders of controls, lines and marks of the map

const PAIRS: [string, string, number][] = [
  ...['ground', 'surface', 'surface-2'].flatMap(
    (ground): [string, string, number][] => [
      ['text', ground, TEXT],
      ['text-2', ground, TEXT],
      ['accent', ground, TEXT],
      ['line-strong', ground, SIGN],
      ['focus', ground, SIGN],
    ],
  ),
  ...['good', 'warn', 'bad', 'idle', 'info'].flatMap(
    (tone): [string, string, number][] => [
      [tone, `${tone}-ground`, TEXT],
      [tone, 'surface', TEXT],
    ],
  ),
  ['on-accent', 'accent', TEXT],
  ['on-accent', 'accent-2', TEXT],
  ['text', 'info-ground', TEXT],
  ['accent', 'info-ground', TEXT],
  ['text-2', 'info-ground', TEXT],
  ['map-label', 'map-ground', TEXT],
  ['map-label', 'map-field', TEXT],
  ['map-cell', 'map-swath', SIGN],
  ['map-cell', 'map-ground', SIGN],
  ['map-line', 'map-ground', SIGN],
];

function tokensOf(theme: string): Map<string, string> {
  const block = new RegExp(`\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css);
  assert.ok(block?.[1], `no theme ${theme}`);
  return new Map(
    [...block[1].matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]),
  );
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

for (const theme of ['light', 'dark', 'contrast']) {
  test(`contrast of the theme ${theme}`, () => {
    const tokens = tokensOf(theme);
    for (const [text, ground, least] of PAIRS) {
      const [a, b] = [tokens.get(text), tokens.get(ground)];
      assert.ok(a && b, `${theme} lacks ${text} or ${ground}`);
      const found = contrast(a, b);
      assert.ok(found >= least, `${theme}: ${text} on ${ground} is ${found.toFixed(2)} < ${least}`);
    }
  });
}

test('the themes have the same tokens', () => {
  const names = (theme: string) => [...tokensOf(theme).keys()].sort();
  assert.deepEqual(names('dark'), names('light'));
  assert.deepEqual(names('contrast'), names('light'));
});
