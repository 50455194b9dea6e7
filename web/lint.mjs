// SPDX-License-Identifier: Apache-2.0
// The house rules of the pages that the compiler does not know: who may import whom, and what no
// source may hold. Prints one line per violation and exits with 1 when there is any.
//
//   node web/lint.mjs [--root FOLDER]      (of the sources; default: web/src)
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const WEB = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { root: { type: 'string' } } });
const ROOT = resolve(values.root ?? join(WEB, 'src'));

// What a file of a layer may import. A page is its folder (or file) below pages/, and may import
// itself besides.
const LAYERS = {
  ui: ['ui'],
  api: ['api'],
  state: ['api', 'state', 'ui'],
  pages: ['api', 'state', 'ui'],
  app: ['api', 'state', 'ui', 'pages'],
};
const PACKAGES = ['preact', 'preact/hooks', '@preact/signals'];

// Rows: expression, files it is allowed in, why.
const FORBIDDEN = [
  [/\bfetch\(|\bEventSource\b|\bXMLHttpRequest\b|\bWebSocket\b|\bsendBeacon\b/, /^api\//,
    'only api/ speaks to the server'],
  [/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/, /^$/,
    'text is never made into elements or code'],
  [/https?:\/\/(?!www\.w3\.org\/)/, /^$/, 'nothing is asked of another host'],
  [/#[0-9a-fA-F]{3,8}\b(?![^<]*>)|\brgba?\(/, /^ui\/(tokens\.css|logo\.tsx)$|\.svg$/,
    'colours are tokens (ui/tokens.css)'],
  [/\bsessionStorage\b|document\.cookie/, /^$/, 'a page keeps no secrets'],
  [/\blocalStorage\b/, /^state\/theme\.ts$/, 'a page keeps no secrets'],
];
const COLUMNS = 100;

const problems = [];
const report = (file, line, message) => problems.push(`web/src/${file}:${line}: ${message}`);

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const layerOf = (file) => (file.includes('/') ? file.split('/')[0] : 'app');
/** "pages/fleet" of pages/fleet/page.tsx, "pages/login" of pages/login.tsx. */
const pageOf = (file) => file.replace(/\.[a-z]+$/, '').split('/').slice(0, 2).join('/');

function checkImport(file, line, name) {
  const layer = layerOf(file);
  if (!name.startsWith('.')) {
    if (!PACKAGES.includes(name)) report(file, line, `imports the package ${name}`);
    return;
  }
  const target = relative(ROOT, resolve(dirname(join(ROOT, file)), name));
  const other = layerOf(target);
  if (layer === 'pages' && other === 'pages') {
    if (pageOf(file) !== pageOf(target)) report(file, line, 'pages do not import one another');
  } else if (!LAYERS[layer]?.includes(other)) {
    report(file, line, `${layer}/ may not import ${target}`);
  }
}

for (const path of files(ROOT)) {
  const file = relative(ROOT, path);
  const script = /\.tsx?$/.test(file);
  if (script && !(layerOf(file) in LAYERS)) report(file, 1, 'is in no known layer');
  readFileSync(path, 'utf8')
    .split('\n')
    .forEach((text, index) => {
      const line = index + 1;
      if (script) {
        const found = /(?:from|import)\s*\(?\s*'([^']+)'/.exec(text);
        if (found) checkImport(file, line, found[1]);
      }
      if (text.length > COLUMNS) report(file, line, `has ${text.length} columns`);
      for (const [expression, allowed, why] of FORBIDDEN) {
        if (expression.test(text) && !allowed.test(file)) {
          report(file, line, `holds ${expression.exec(text)[0]}: ${why}`);
        }
      }
    });
}
for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
