/** Materials of cases over the scheduler's HTTP interface: sent and fetched in pieces, so that a cut line costs one piece. */
import { type Api, answer, Problem } from './api.ts';
import type { Described } from './described.ts';

export type Material = Described['Material'];
export type Kind = Material['kind'];
export type Part = 'preview' | 'original';
export type FileToCome = Described['FileToCome'];
export type FileTold = Described['FileTold'];

export const kinds: readonly Kind[] = ['photo', 'ecg', 'image', 'document'];
/** The server's bounds: materials of a case, bytes of a file and of a preview. */
export const MATERIALS_MAX = 24;
export const FILE_MAX = 16 << 20;
export const PREVIEW_MAX = 60 << 10;

const ALL = '/api/v1/cases/{id}/materials';
/** Bytes of the first piece, of the smallest and of the largest one. */
const FIRST = 32 << 10;
const SMALLEST = 8 << 10;
const LARGEST = 256 << 10;
/** A piece is to be on its way so long, milliseconds: long enough to be worth its headers, short enough to be lost. */
const SHORT = 1_000;
const LONG = 5_000;
/** A file that came damaged is sent so often. */
const TRIES = 3;

export const materials = async (by: Api, id: string): Promise<Material[]> => (await by.call('get', ALL, { path: { id } })).materials;

export const announce = (by: Api, id: string, body: Described['NewMaterial']): Promise<Material> => by.call('post', ALL, { path: { id }, body });

export const takeOut = (by: Api, id: string, material: string): Promise<unknown> =>
  by.call('delete', `${ALL}/{material}`, { path: { id, material } });

export const pathOf = (id: string, material: string, part: Part): string =>
  `/api/v1/cases/${encodeURIComponent(id)}/materials/${encodeURIComponent(material)}/${part}`;

/** The size of the next piece after one of `size` bytes took `ms`. */
export function nextSize(size: number, ms: number): number {
  const next = ms < SHORT ? size * 2 : ms > LONG ? size / 2 : size;
  return Math.max(SMALLEST, Math.min(LARGEST, Math.round(next)));
}

/** How long a piece may be on its way, milliseconds: a little more than the server waits for it. */
const PATIENCE = 70_000;

const offline = (): Problem => new Problem(0, '', 'offline');

/** What came is not what was announced, however often it was fetched. */
export class Damaged extends Error {}

/** `ask` with a signal that ends it after a while, or with `stop`. */
async function bounded<T>(stop: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const cut = (): void => end.abort();
  const timer = setTimeout(cut, PATIENCE);
  stop.addEventListener('abort', cut);
  try {
    return await ask(end.signal);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', cut);
  }
}

/** Sends what the server does not have yet of a file, from `received` on, until `stop`; `told` hears how much is there. */
export async function sendFile(by: Api, path: string, file: Blob, received: number, stop: AbortSignal, told: (received: number) => void): Promise<void> {
  let [at, size, tries] = [received, FIRST, TRIES];
  told(at);
  while (at < file.size && !stop.aborted) {
    const began = Date.now();
    const piece = { method: 'PATCH', headers: { 'Upload-Offset': String(at), 'Content-Type': 'application/octet-stream' }, body: file.slice(at, at + size) };
    try {
      at = (await bounded(stop, (signal) => by.ask<{ received: number }>(path, { ...piece, signal }))).received;
    } catch (error) {
      const expected = error instanceof Problem ? error.more.expectedOffset : undefined;
      if (expected === undefined) throw error;
      // Where another page was faster it is further on; where the file came damaged it begins anew.
      if (expected <= at && (tries -= 1) < 0) throw error;
      at = expected;
    }
    size = nextSize(size, Date.now() - began);
    told(at);
  }
}

/** A file as it is fetched: its pieces, how much is here, its type. */
interface Coming {
  parts: BlobPart[];
  at: number;
  type: string;
}

async function more(response: Response, coming: Coming, told: (received: number) => void): Promise<void> {
  // Who answers with the whole file was not asked for the rest of it on its way.
  if (coming.at > 0 && response.status !== 206) [coming.parts, coming.at] = [[], 0];
  coming.type = response.headers.get('Content-Type') ?? '';
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    coming.parts.push(piece.value);
    told((coming.at += piece.value.byteLength));
  }
}

/** Fetches a file until `stop`, and goes on where it was cut; `told` hears how much is here. */
export async function fetchFile(by: Api, path: string, file: FileTold, stop: AbortSignal, told: (received: number) => void = () => undefined): Promise<Blob> {
  const coming: Coming = { parts: [], at: 0, type: '' };
  for (let tries = TRIES; coming.at < file.bytes; ) {
    const before = coming.at;
    try {
      const range = before > 0 ? { Range: `bytes=${before}-` } : {};
      await more(await answer(path, by.key, { headers: range, signal: stop }), coming, told);
      if (coming.at < file.bytes) throw offline();
    } catch (error) {
      // What was refused would be again; a line that was cut is tried as long as something comes.
      if (stop.aborted || (error instanceof Problem && !error.passes)) throw error;
      tries = coming.at > before ? TRIES : tries - 1;
      if (tries < 0) throw offline();
      await new Promise((done) => setTimeout(done, 1_000 * (TRIES - tries + 1)));
    }
  }
  const found = new Blob(coming.parts, { type: coming.type });
  if (window.crypto?.subtle && (await sha256(found)) !== file.sha256) throw new Damaged();
  return found;
}

/** SHA-256 of a file, hexadecimal. */
export async function sha256(file: Blob): Promise<string> {
  // Of a Response: `Blob.arrayBuffer` came with Chromium 76.
  const hash = await crypto.subtle.digest('SHA-256', await new Response(file).arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
