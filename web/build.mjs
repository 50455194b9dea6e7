// SPDX-License-Identifier: Apache-2.0
// Builds the web pages into one C++ source: the table of everything that the web port serves of
// them. File names carry a hash of their content, so a browser may keep them for ever.
//
//   node web/build.mjs --out build/release/src/webui/pages.cc [--folder DIR]
//
// With --folder the files are written there too, for a look at what is served.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

import * as esbuild from 'esbuild';

import { ROUTES } from './routes.mjs';

const WEB = dirname(fileURLToPath(import.meta.url));
const TYPES = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};

async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: WEB,
    entryPoints: { app: 'src/app.tsx', style: 'src/style.css' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none', // NOTICE names what is inside
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    outdir: 'assets',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = new Map();
  for (const file of result.outputFiles) {
    files.set('/assets/' + relative(join(WEB, 'assets'), file.path), Buffer.from(file.contents));
  }
  const outputs = new Map();
  for (const [path, about] of Object.entries(result.metafile.outputs)) {
    outputs.set('/' + path, about);
  }
  return { files, outputs };
}

const ofEntry = (outputs, source) =>
  [...outputs].find(([, about]) => about.entryPoint === source)?.[0];

/** What a page needs before it can draw: its own chunk, the app, and what both import. */
function needed(outputs, page) {
  const all = new Set();
  const add = (path) => {
    if (all.has(path)) return;
    all.add(path);
    for (const next of outputs.get(path).imports) {
      if (next.kind === 'import-statement') add('/' + next.path);
    }
  };
  add(ofEntry(outputs, 'src/app.tsx'));
  const own = ofEntry(outputs, page); // none: it comes with the app
  if (own) add(own);
  return [...all];
}

function shell(outputs, route, icon) {
  const app = ofEntry(outputs, 'src/app.tsx');
  const preload = needed(outputs, route.page)
    .filter((path) => path !== app)
    .map((path) => `<link rel="modulepreload" href="${path}">`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${route.title} · Furrow</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${ofEntry(outputs, 'src/style.css')}">
${preload.join('\n')}
<script type="module" src="${app}"></script>
</head><body><div id="app"></div>
<noscript>This page needs JavaScript. Everything on it is also at the command line: furrow fleet,
furrow release.</noscript></body></html>
`;
}

/** A C++ string literal. Octal escapes end after three digits, whatever follows. */
function literal(bytes) {
  let out = '';
  for (let at = 0; at < bytes.length; at += 64) {
    let line = '';
    for (const byte of bytes.subarray(at, at + 64)) {
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += plain ? String.fromCharCode(byte) : '\\' + byte.toString(8).padStart(3, '0');
    }
    out += `\n    "${line}"`;
  }
  return out || '""';
}

function source(pages) {
  const rows = [];
  let blobs = '';
  pages.forEach(({ path, bytes, kept }, index) => {
    const packed = gzipSync(bytes, { level: 9 });
    blobs += `constexpr char kPlain${index}[] =${literal(bytes)};\n`;
    blobs += `constexpr char kGzip${index}[] =${literal(packed)};\n`;
    const type = TYPES[path.match(/\.[a-z]+$/)?.[0] ?? '.html'];
    const tag = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
    rows.push(
      `    {"${path}", "${type}", "\\"${tag}\\"", ${kept},\n` +
        `     {kPlain${index}, ${bytes.length}}, {kGzip${index}, ${packed.length}}},`,
    );
  });
  return (
    '// Made by web/build.mjs; do not edit.\n#include "webui/pages.h"\n\n' +
    `namespace furrow::webui {\nnamespace {\n\n${blobs}\n` +
    `constexpr Page kPages[] = {\n${rows.join('\n')}\n};\n\n}  // namespace\n\n` +
    'std::span<const Page> Pages() { return kPages; }\n\n}  // namespace furrow::webui\n'
  );
}

function fail(message) {
  console.error(`web/build.mjs: ${message}`);
  process.exit(1);
}

const { values } = parseArgs({ options: { out: { type: 'string' }, folder: { type: 'string' } } });
if (!values.out) fail('say --out FILE.cc');
const { files, outputs } = await bundle();
const drawing = readFileSync(join(WEB, 'src/icon.svg'));
const icon = `/assets/icon-${createHash('sha256').update(drawing).digest('hex').slice(0, 8)}.svg`;
files.set(icon, drawing);
const pages = [...files].map(([path, bytes]) => ({ path, bytes, kept: true }));
for (const route of ROUTES) {
  pages.push({ path: route.path, bytes: Buffer.from(shell(outputs, route, icon)), kept: false });
}
pages.sort((a, b) => (a.path < b.path ? -1 : 1));
mkdirSync(dirname(resolve(values.out)), { recursive: true });
writeFileSync(values.out, source(pages));
if (values.folder) {
  for (const { path, bytes } of pages) {
    const name = join(values.folder, path.endsWith('/') ? path + 'index' : path);
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, bytes);
  }
}
