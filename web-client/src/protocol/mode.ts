/** How much of a session this page is sent and sends, and what that costs. */
import type { Want } from './camera.ts';

/** Each is less than the one before it. */
export const MODES = ['full', 'small', 'slides', 'voice', 'stills'] as const;
export type Mode = (typeof MODES)[number];

/** A mode by its name; null for every other text. */
export const modeNamed = (word: unknown): Mode | null => MODES.find((mode) => mode === word) ?? null;

/** The lesser of two, of a list in which each is less than the one before it. */
const lesserOf = <Word>(list: readonly Word[]) => (one: Word, other: Word): Word => (list.indexOf(one) < list.indexOf(other) ? other : one);

/** The lesser of two modes. */
export const lesser = lesserOf<Mode>(MODES);

/** Pictures of people come and go in these. */
export const hasPictures = (mode: Mode): boolean => mode === 'full' || mode === 'small';

/** The most that a page in this mode sends. */
export const sends = (mode: Mode): Want => (hasPictures(mode) ? 'full' : mode === 'stills' ? 'watch' : 'sound');

export const lesserWant = lesserOf<Want>(['full', 'sound', 'watch']);

/** How the gateway says that this page is served. */
export interface Reception {
  /** What comes now, and what was chosen: less comes where the data budget is short. */
  mode: Mode;
  chosen: Mode;
  /** The most that may be chosen. */
  most: Mode;
  /** Why less comes than was chosen. */
  reason: 'mode' | 'budget' | null;
  usedBytes: number;
  /** Null without a budget. */
  budgetBytes: number | null;
}

const amount = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0);

/** Null for what is no word of the gateway about modes. */
export function readReception(body: Record<string, unknown>): Reception | null {
  const [mode, chosen, most] = [modeNamed(body['mode']), modeNamed(body['chosen']), modeNamed(body['most'])];
  if (!mode || !chosen || !most) return null;
  const reason = body['reason'] === 'budget' || body['reason'] === 'mode' ? body['reason'] : null;
  const budgetBytes = typeof body['budgetBytes'] === 'number' ? amount(body['budgetBytes']) : null;
  return { mode, chosen, most, reason, usedBytes: amount(body['usedBytes']), budgetBytes };
}

/**
 * Kilobits a second on the wire, headers of IP and UDP, repair and reports included, as measured on a line that loses 5 %
 * (deploy/decisions/0039): what a connection takes whatever comes, one voice, one small picture, one in full size, which goes
 * up with the small one beside it.
 */
const ALWAYS = 6;
const VOICE = 30;
const SMALL_PICTURE = 150;
const PICTURE_UP = 620;
const PICTURE_DOWN = 500;
/** Pages of slides and text, kilobits a second over a session: some thirty pages of 60 kB in 40 minutes. */
const PAGES = 6;
/** One still of 7 kB in 10 s. */
const STILLS = 7;

/** Kilobits a second both ways of a session with `others` other people. */
function kbps(mode: Mode, others: number): number {
  const voices = VOICE * (1 + others) + ALWAYS + PAGES;
  if (mode === 'full') return voices + PICTURE_UP + PICTURE_DOWN * others;
  // However many there are, one picture comes.
  if (mode === 'small') return voices + 2 * SMALL_PICTURE;
  return mode === 'stills' ? ALWAYS + PAGES + STILLS : voices;
}

/** Megabytes (10^6 bytes) of a session of `minutes` with `others` other people, both ways. */
export const forecast = (mode: Mode, minutes: number, others: number): number =>
  Math.max(1, Math.round((kbps(mode, others) * 1000 * minutes * 60) / 8 / 1e6));
