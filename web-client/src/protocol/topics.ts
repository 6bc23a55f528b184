/** The payloads of the data topics: UTF-8 JSON, read with distrust. */
import { type Reception, readReception } from './mode.ts';
import { readSide, type Side } from './side.ts';
import { text } from './wire.ts';

export interface Chat {
  id: string;
  text: string;
  /** Milliseconds since 1970, the sender's clock. */
  at: number;
}

/** A message that was written before this page came. */
export interface Logged extends Chat {
  identity: string;
  name: string;
}

/** How much of a track comes to this page, by the gateway's word. */
export interface Streamed {
  track: string;
  state: 'whole' | 'smaller' | 'paused';
  /** Why: a thin line, what was chosen, or the data budget. */
  reason: 'line' | 'mode' | 'budget';
  /** Whose line or choice it is. */
  side: 'yours' | 'theirs';
}

export type Topic =
  | { topic: 'chat'; chat: Chat }
  /** Only the gateway says these. */
  | { topic: 'chat-log'; messages: Logged[] }
  | { topic: 'line'; streams: Streamed[] }
  | { topic: 'mode'; reception: Reception }
  | { topic: 'side'; side: Side };

/** Longest chat text, characters; the input field stops there and longer ones from others are cut. */
export const LONGEST_TEXT = 2000;

const letters = new TextDecoder();

/** Null for other topics and for payloads that do not fit theirs. */
export function readTopic(topic: string, payload: Uint8Array): Topic | null {
  let body: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(letters.decode(payload));
    if (parsed === null || typeof parsed !== 'object') return null;
    body = parsed as Record<string, unknown>;
  } catch {
    return null;
  }
  if (topic === 'chat') {
    const chat = readChat(body);
    return chat && { topic, chat };
  }
  if (topic === 'chat-log') return { topic, messages: logged(body) };
  if (topic === 'line') return { topic, streams: streams(body) };
  if (topic === 'side') return { topic, side: readSide(body) };
  if (topic === 'mode') {
    const reception = readReception(body);
    return reception ? { topic, reception } : null;
  }
  return null;
}

function readChat(body: Record<string, unknown>): Chat | null {
  const said = text(body['text']).slice(0, LONGEST_TEXT);
  const at = typeof body['at'] === 'number' && Number.isFinite(body['at']) ? body['at'] : 0;
  return said ? { id: text(body['id']).slice(0, 64), text: said, at } : null;
}

/** More messages than the gateway keeps are not read. */
const LOGGED_MOST = 200;

function logged(body: Record<string, unknown>): Logged[] {
  const list = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
  return list.slice(0, LOGGED_MOST).flatMap((entry) => {
    const said = (entry ?? {}) as Record<string, unknown>;
    const chat = readChat(said);
    return chat ? [{ ...chat, identity: text(said['identity']), name: text(said['name']).slice(0, 300) }] : [];
  });
}

/** More tracks than one page is sent are not read. */
const STREAMS_MOST = 256;
const one = <T extends string>(value: unknown, among: readonly T[], otherwise: T): T =>
  among.find((word) => word === value) ?? otherwise;

function streams(body: Record<string, unknown>): Streamed[] {
  const list = Array.isArray(body['streams']) ? (body['streams'] as unknown[]) : [];
  return list.slice(0, STREAMS_MOST).flatMap((entry) => {
    const said = (entry ?? {}) as Record<string, unknown>;
    const track = text(said['track']).slice(0, 64);
    const state = one(said['state'], ['whole', 'smaller', 'paused'] as const, 'whole');
    const reason = one(said['reason'], ['line', 'mode', 'budget'] as const, 'line');
    const side = one(said['side'], ['yours', 'theirs'] as const, 'yours');
    return track ? [{ track, state, reason, side }] : [];
  });
}

/** What is still withheld after this news: tracks that come whole are not in the list. */
export function withheld(before: readonly Streamed[], news: readonly Streamed[]): Streamed[] {
  const others = before.filter((old) => !news.some((fresh) => fresh.track === old.track));
  return [...others, ...news.filter((fresh) => fresh.state !== 'whole')];
}
