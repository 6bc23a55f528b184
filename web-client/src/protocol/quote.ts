/** What a session would take of the lines of its sites, as the scheduler tells it. */
import type { Api, NewSession, Person } from './api.ts';
import { instant } from './when.ts';
import type { Draft } from './draft.ts';
import type { Mode } from './mode.ts';

/** Why a mode does not fit. */
export interface Misfit {
  reason: 'line' | 'month';
  /** RFC 3339; null for a month. */
  from: string | null;
  until: string | null;
  overDownKbps: number;
  overUpKbps: number;
}

/** What the people of a site take in one mode, together. */
export interface ModeQuote {
  mode: Mode;
  downKbps: number;
  upKbps: number;
  /** The most that they may use (10^6 bytes), both ways. */
  megabytes: number;
  /** Null where no price is known. */
  fen: number | null;
  /** Null where it fits. */
  misfit: Misfit | null;
}

export interface SiteQuote {
  organizationId: string;
  name: string;
  nameEn: string;
  people: number;
  monthMb: number | null;
  monthLeftMb: number | null;
  /** The mode that would be booked. */
  mode: Mode;
  /** All that its people may have, the most first. */
  modes: ModeQuote[];
}

export interface Quote {
  sites: SiteQuote[];
  /** When everything fits, RFC 3339. */
  nextFit: string | null;
}

/** The modes that were chosen for sites which take part; a choice for a site that does not is kept, and not sent. */
export function chosen(draft: Draft, people: readonly Person[]): { organizationId: string; mode: Mode }[] {
  const here = new Set(draft.people.map(({ personId }) => people.find((one) => one.id === personId)?.organizationId));
  const modes = Object.entries(draft.modes ?? {});
  return modes.filter(([id]) => here.has(id)).map(([organizationId, mode]) => ({ organizationId, mode }));
}

/** What to ask a quote for: a draft as far as that decides what lines carry; null while that is not there. */
export function asked(draft: Draft, people: readonly Person[]): NewSession | null {
  const startsAt = instant(draft.day, draft.time);
  const endsAt = instant(draft.day, draft.time, draft.minutes);
  if (!startsAt || !endsAt || draft.people.length === 0 || draft.people.some((one) => one.personId === '')) return null;
  const { kind, roomIds, people: participants } = draft;
  return { kind, title: '', startsAt, endsAt, roomIds, participants, recording: false, sites: chosen(draft, people) };
}

/** Asks for a quote; nothing is booked. */
export function askQuote(api: Api, wish: NewSession): Promise<Quote> {
  const headers = { 'Content-Type': 'application/json' };
  return api.ask('/api/v1/sessions/quote', { method: 'POST', headers, body: JSON.stringify(wish) });
}

/** Yuan with two digits, of fen. */
export const yuan = (fen: number): string => (fen / 100).toFixed(2);

/** The mode that a site is booked in, and the greatest one that fits. */
export const wanted = (site: SiteQuote): ModeQuote | undefined => site.modes.find((it) => it.mode === site.mode);
export const fitting = (site: SiteQuote): ModeQuote | undefined => site.modes.find((it) => it.misfit === null);
