/** The state of a room, as the gateway tells it in the room's metadata; read with distrust. */
import { object, parse, text } from './wire.ts';

export interface Slides {
  deck: string;
  /** From 1. */
  page: number;
  pages: number;
  title: string;
}

/** A raised hand. */
export interface Hand {
  of: string;
  version: number;
}

/** Who was called on by whoever leads. */
export interface Call {
  of: string;
  /** When, milliseconds since 1970: tells calls apart, also those before a restart of the gateway. */
  at: number;
}

export interface RoomState {
  slides: Slides | null;
  /** First raised, first in the list. */
  hands: Hand[];
  called: Call | null;
}

/** What a page writes: one thing at a time, under a number of its own. */
export type Write = { request: number } & ({ slides: Slides } | { hand: boolean } | { call: string; seen: number });

/** The topic of writes. */
export const ROOM_STATE = 'room-state';
/** More hands than the gateway tells are not read. */
const HANDS_MOST = 300;

const whole = (value: unknown): number => (typeof value === 'number' && Number.isInteger(value) ? value : 0);

/** Null for what names no page of a deck. */
export function readSlides(value: unknown): Slides | null {
  const said = object(value);
  const found = {
    deck: text(said['deck']),
    page: whole(said['page']),
    pages: whole(said['pages']),
    title: text(said['title']).slice(0, 300),
  };
  const fits = /^[\w-]{1,128}$/.test(found.deck) && found.page >= 1 && found.page <= found.pages && found.pages <= 1000;
  return fits ? found : null;
}

function readHand(value: unknown): Hand | null {
  const said = object(value);
  const of = text(said['of']);
  return of ? { of, version: whole(said['version']) } : null;
}

function readCall(value: unknown): Call | null {
  const said = object(value);
  const of = text(said['of']);
  return of ? { of, at: whole(said['at']) } : null;
}

/** What a room's metadata say of its state; nothing yet where they say nothing. */
export function readState(metadata: string): RoomState {
  const said = object(object(parse(metadata))['state']);
  const hands = Array.isArray(said['hands']) ? (said['hands'] as unknown[]) : [];
  return {
    slides: readSlides(said['slides']),
    hands: hands.slice(0, HANDS_MOST).flatMap((one) => readHand(one) ?? []),
    called: readCall(said['called']),
  };
}

/** Whether two name the same page. */
export const samePage = (one: Slides | null, other: Slides | null): boolean =>
  one?.deck === other?.deck && one?.page === other?.page;
