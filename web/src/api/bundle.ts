// SPDX-License-Identifier: Apache-2.0
// Reads one file out of a signed bundle on the file server (docs/formats/bundle.md) by byte ranges,
// so that a page shows the report that the signature covers and not a copy of it.
import { CallError } from './client.ts';

const HEADER_BYTES = 32;
const SIGNATURE_BYTES = 96;
const SIGNATURES_MOST = 16;
const MANIFEST_BYTES_MOST = 1024 * 1024;
const FILE_BYTES_MOST = 8 * 1024 * 1024;
const MAGIC = 'FRWBNDL\0';

interface Manifest {
  name: string;
  version: number;
  report: { file: string; passed: boolean; waiver: { why: string; by: string } | null };
  files: { name: string; bytes: number; sha256: string }[];
}

async function range(path: string, from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const address = '/files/' + path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
  let answer: Response;
  try {
    answer = await fetch(address, {
      credentials: 'same-origin',
      headers: { Range: `bytes=${from}-${from + length - 1}` },
    });
  } catch {
    throw new CallError(0, 0, 'The server cannot be reached.');
  }
  if (answer.status !== 206) {
    throw new CallError(answer.status, 0, `The bundle cannot be read (${answer.status}).`);
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes.length !== length) throw new CallError(500, 0, 'The bundle is shorter than it says.');
  return bytes;
}

export function readHeader(bytes: Uint8Array<ArrayBuffer>) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic !== MAGIC || view.getUint32(8, true) !== 1) throw new Error('This is no bundle.');
  const manifest = view.getUint32(12, true);
  const signatures = view.getUint32(16, true);
  if (manifest > MANIFEST_BYTES_MOST || signatures > SIGNATURES_MOST) {
    throw new Error('The bundle’s header is wrong.');
  }
  return { manifest, contents: HEADER_BYTES + manifest + signatures * SIGNATURE_BYTES };
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export interface FoundReport {
  manifest: Manifest;
  report: unknown;
  /** The bytes have the hash that the manifest names; null where the browser cannot tell. */
  sound: boolean | null;
}

/** The conversion report inside the bundle at that path of the file server. */
export async function readReport(path: string): Promise<FoundReport> {
  const head = readHeader(await range(path, 0, HEADER_BYTES));
  const text = new TextDecoder();
  const raw = await range(path, HEADER_BYTES, head.manifest);
  const manifest = JSON.parse(text.decode(raw)) as Manifest;
  let at = head.contents;
  for (const file of manifest.files) {
    if (file.name === manifest.report.file) {
      if (file.bytes > FILE_BYTES_MOST) throw new Error('The report is too large to show.');
      const bytes = await range(path, at, file.bytes);
      // Browsers hash only on https and on this machine itself.
      const sound = globalThis.isSecureContext ? (await sha256(bytes)) === file.sha256 : null;
      return { manifest, report: JSON.parse(text.decode(bytes)), sound };
    }
    at += file.bytes;
  }
  throw new Error('The bundle holds no report.');
}
