import { effect, signal } from '@preact/signals';
import { Problem, unique } from '../../protocol/api.ts';
import { announce, type FileToCome, type Kind, type Material, pathOf, sendFile, sha256, takeOut } from '../../protocol/materials.ts';
import { api, kept, loadMe, me, recall } from '../store.ts';
import { Again } from './again.ts';

/** A file that is to be sent. It is kept on the device until it is, also over a reload. */
export interface Waiting {
  id: string;
  /** Whose it is: nobody else sends or sees it. */
  owner: string;
  /** The case, or the request that is still written (`draft-…`). */
  of: string;
  kind: Kind;
  title: string;
  original: Blob;
  preview: Blob | null;
  sha256: { original: string; preview: string };
  addedMs: number;
  /** The material that it has become. */
  material?: string;
  /** Whether its small picture is there. */
  shown?: boolean;
}

/** What waits, the first one first. */
export const waiting = signal<Waiting[]>([]);
/** Bytes that are sent, by id. */
export const sent = signal<Record<string, number>>({});
/** Why one was refused, by id. */
export const refused = signal<Record<string, unknown>>({});
/** Grows when a file has come whole. */
export const arrived = signal(0);
/** Whether the line is away. */
export const away = signal(false);

const DAY = 86_400_000;
/** What stands with a request that is nowhere written any more is dropped after this; what goes to a case, after that. */
const [DRAFT_KEPT, CASE_KEPT] = [DAY, 30 * DAY];
/** A database of its own: two that shared one would have to know each other's stores. */
const [DATABASE, STORE] = ['shanqiao-files', 'files'];
/** Which requests of this tab have become which cases. */
const BECAME = 'materials.became';
const DRAFT = 'draft-';
const again = new Again(() => void run());
let running = false;
const stops = new Map<string, AbortController>();

const whose = (): string => me.value?.person.id ?? '';

/** A name for the files of a request that is begun. */
export const draftFiles = (): string => DRAFT + unique();

/** Whether these files stand with a request, and not with a case yet. */
export const isDraft = (of: string): boolean => of.startsWith(DRAFT);

/** What waits of who is here for one case or request. */
export const waitingOf = (of: string): Waiting[] => waiting.value.filter((it) => it.of === of && it.owner === whose());

let opened: Promise<IDBDatabase | null> | null = null;
/** Where the browser keeps nothing, files live as long as the page. */
const database = (): Promise<IDBDatabase | null> =>
  (opened ??= new Promise((done) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
      request.onsuccess = () => done(request.result);
      request.onerror = () => done(null);
    } catch {
      done(null);
    }
  }));

async function asked<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  const at = await database();
  if (!at) return null;
  return new Promise((done) => {
    try {
      const act = at.transaction(STORE, mode);
      const request = ask(act.objectStore(STORE));
      act.oncomplete = () => done(request.result);
      act.onabort = () => done(null);
    } catch {
      done(null);
    }
  });
}

const keep = (one: Waiting): Promise<unknown> => asked('readwrite', (store) => store.put(one));
const drop = (id: string): Promise<unknown> => asked('readwrite', (store) => store.delete(id));
const all = async (): Promise<Waiting[]> => (await asked('readonly', (store) => store.getAll() as IDBRequest<Waiting[]>)) ?? [];

function without(id: string): void {
  waiting.value = waiting.value.filter((it) => it.id !== id);
}

/** Writes down how far one is, unless it was taken out meanwhile. */
async function note(one: Waiting): Promise<void> {
  if (!waiting.value.some((it) => it.id === one.id)) return;
  waiting.value = waiting.value.map((it) => (it.id === one.id ? one : it));
  await keep(one);
}

const became = (of: string): string => recall<Record<string, string>>(BECAME)?.[of] ?? of;

/** Adds a file to a case, or to the request that is being written. Nothing is added of somebody who is not known. */
export async function put({ of, ...file }: Pick<Waiting, 'of' | 'kind' | 'title' | 'original' | 'preview'>): Promise<void> {
  if (!whose()) await loadMe();
  const { original, preview } = file;
  const hashes = { original: await sha256(original), preview: preview ? await sha256(preview) : '' };
  // The request may have gone while this was prepared.
  const added = { ...file, of: became(of), id: unique(), owner: whose(), sha256: hashes, addedMs: Date.now() };
  waiting.value = [...waiting.value, added];
  await keep(added);
  if (!isDraft(added.of)) void run();
}

/** Takes a file out, also what of it was sent. */
export async function leave({ id, of, material }: Waiting): Promise<void> {
  without(id);
  stops.get(id)?.abort();
  await drop(id);
  if (material) await takeOut(api(), of, material).catch(() => undefined);
}

/** What stood with a request goes to the case that it has become. */
export async function adopt(draft: string, id: string): Promise<void> {
  kept.write(BECAME, JSON.stringify({ ...recall<Record<string, string>>(BECAME), [draft]: id }));
  await recallWaiting();
}

/** Nothing that somebody has chosen stays on the page for the next one, and nothing of a request that was not sent on the device. */
function forgetWaiting(): void {
  for (const one of waiting.value) stops.get(one.id)?.abort();
  for (const one of waiting.value) if (isDraft(one.of)) void drop(one.id);
  [waiting.value, sent.value, refused.value] = [[], {}, {}];
}

/** Reads what waits of who is here, and sends it. What another person has left of a request is thrown away. */
export async function recallWaiting(): Promise<void> {
  if (!whose()) await loadMe().catch(() => undefined);
  const owner = whose();
  if (!owner) return;
  const draft = recall<{ files?: string }>('draft.case')?.files;
  const isOver = (it: Waiting): boolean => {
    if (!isDraft(it.of)) return it.addedMs < Date.now() - CASE_KEPT;
    const written = it.of === draft || became(it.of) !== it.of;
    return it.owner !== owner || (!written && it.addedMs < Date.now() - DRAFT_KEPT);
  };
  const there = await all();
  await Promise.all(there.filter(isOver).map((it) => drop(it.id)));
  const own = there.filter((it) => it.owner === owner && !isOver(it));
  const here = waiting.value.filter((it) => it.owner === owner && !own.some(({ id }) => id === it.id));
  const every = [...own, ...here].map((it) => ({ ...it, of: became(it.of) }));
  waiting.value = every.sort((one, other) => one.addedMs - other.addedMs);
  await Promise.all(every.filter((it) => !own.some(({ id, of }) => id === it.id && of === it.of)).map(keep));
  await run();
}

/** One page of a browser sends at a time: two would send the same files. */
const alone = (work: () => Promise<void>): Promise<void> => {
  const { locks } = navigator as { locks?: LockManager };
  return locks ? locks.request(DATABASE, work) : work();
};

/** Sends what waits, the small pictures of all first; again when the line is back. */
export async function run(): Promise<void> {
  if (running) return;
  running = true;
  again.now();
  try {
    await alone(sendAll);
    away.value = false;
    again.afresh();
  } catch {
    away.value = true;
    again.later();
  } finally {
    running = false;
  }
}

async function sendAll(): Promise<void> {
  // Another page may have sent some meanwhile.
  const left = new Set((await all()).map(({ id }) => id));
  const isSent = (it: Waiting): boolean => left.size > 0 && it.material !== undefined && !left.has(it.id);
  waiting.value = waiting.value.filter((it) => !isSent(it));
  for (const owner = whose(); owner && whose() === owner; ) {
    const due = waiting.value.filter((it) => !isDraft(it.of) && it.owner === owner && !(it.id in refused.value));
    const one = due.find((it) => !it.shown) ?? due[0];
    if (!one) return;
    await step(one);
    again.afresh();
  }
}

/** Sends the next part of a file. A line that is cut is thrown. */
async function step(one: Waiting): Promise<void> {
  const stop = new AbortController();
  stops.set(one.id, stop);
  try {
    const told = await announced(one);
    const known = { ...one, material: told.id };
    await note(known);
    const path = (part: 'preview' | 'original'): string => pathOf(one.of, told.id, part);
    if (!one.shown) {
      const { preview } = told;
      // The same file with another small picture is there already: that one is as good.
      const own = one.preview && preview?.sha256 === one.sha256.preview;
      if (one.preview && own) await sendFile(api(), path('preview'), one.preview, preview.received, stop.signal, () => undefined);
      return await note({ ...known, shown: true });
    }
    await sendFile(api(), path('original'), one.original, told.original.received, stop.signal, (received) => {
      sent.value = { ...sent.value, [one.id]: received };
    });
    if (stop.signal.aborted) return;
    without(one.id);
    await drop(one.id);
    arrived.value += 1;
  } catch (error) {
    if (stop.signal.aborted) return;
    if (error instanceof Problem && error.passes) throw error;
    // Of a case that is not theirs any more nothing stays on the device.
    if (error instanceof Problem && (error.status === 403 || error.status === 404)) await drop(one.id);
    refused.value = { ...refused.value, [one.id]: error };
  } finally {
    stops.delete(one.id);
  }
}

async function announced({ of, kind, title, original, preview, sha256: hashes }: Waiting): Promise<Material> {
  const file = (it: Blob, hash: string): FileToCome => ({ mediaType: it.type as FileToCome['mediaType'], bytes: it.size, sha256: hash });
  const small = preview ? { preview: file(preview, hashes.preview) } : {};
  return announce(api(), of, { kind, title, original: file(original, hashes.original), ...small });
}

window.addEventListener('online', () => void run());
let before = '';
effect(() => {
  const now = whose();
  if (before && now !== before) forgetWaiting();
  before = now;
});
