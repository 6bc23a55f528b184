/** What a session would take of the lines of its sites, as the scheduler tells it. */
import type { Api, NewSession, Person } from './api.ts';
import type { Described } from './described.ts';
import { instant } from './when.ts';
import type { Draft } from './draft.ts';
import type { Mode } from './mode.ts';

export type Misfit = Described['LineMisfit'];
export type ModeQuote = Described['ModeQuote'];
export type SiteQuote = Described['SiteQuote'];
export type Quote = Described['Quote'];

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
  const { kind, roomIds, terminalIds = [], people: participants } = draft;
  return { kind, title: '', startsAt, endsAt, roomIds, terminalIds, participants, recording: false, sites: chosen(draft, people) };
}

/** Asks for a quote; nothing is booked. */
export function askQuote(api: Api, wish: NewSession): Promise<Quote> {
  return api.call('post', '/api/v1/sessions/quote', { body: wish });
}

/** Yuan with two digits, of fen. */
export const yuan = (fen: number): string => (fen / 100).toFixed(2);

/** The mode that a site is booked in, and the greatest one that fits. */
export const wanted = (site: SiteQuote): ModeQuote | undefined => site.modes.find((it) => it.mode === site.mode);
export const fitting = (site: SiteQuote): ModeQuote | undefined => site.modes.find((it) => it.misfit === null);
