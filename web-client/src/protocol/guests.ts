/** Guests and their tickets, as the pages use the scheduler's interface. */
import { type Api, type Kind, type Names, send, type Ticket as Pass } from './api.ts';

export type GuestRole = 'patient' | 'pupil';

export interface Guest {
  id: string;
  name: string;
  role: GuestRole;
  state: 'waiting' | 'in' | 'revoked';
  /** RFC 3339. */
  usedAt: string | null;
}

/** What is told once: the link's secret and six digits. */
export interface GuestTicket {
  guest: Guest;
  once: string;
  digits: string;
  /** From when and until when it lets in, RFC 3339. */
  opensAt: string;
  endsAt: string;
}

/** What a guest has: one of the two, or neither where this browser came in before. */
export interface Shown {
  once?: string;
  digits?: string;
  sessionId?: string;
}

/** What a ticket is for. */
export interface GuestView {
  sessionId: string;
  name: string;
  role: GuestRole;
  kind: Kind;
  siteNames: Names;
  recording: boolean;
  startsAt: string;
  endsAt: string;
  opensAt: string;
  state: 'early' | 'open' | 'over' | 'cancelled';
  /** The server's clock, RFC 3339. */
  now: string;
  timeZone: string;
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** No bearer: a guest is known by a cookie that only these two are sent. */
export const look = async (shown: Shown): Promise<GuestView | null> =>
  (await send<{ ticket: GuestView | null }>('/api/v1/guest/look', '', json(shown))).ticket;

export const comeIn = (shown: Shown): Promise<Pass> => send('/api/v1/guest/join', '', json(shown));

/** The way back into a session for the guest who came in in this browser. */
export const comeBack = (sessionId: string): Promise<Pass> => comeIn({ sessionId });

const guestsOf = (session: string): string => `/api/v1/sessions/${encodeURIComponent(session)}/guests`;

export const guests = async (by: Api, session: string): Promise<Guest[]> =>
  (await by.ask<{ guests: Guest[] }>(guestsOf(session), {})).guests;

export const ask = (by: Api, session: string, name: string, role: GuestRole): Promise<GuestTicket> =>
  by.ask(guestsOf(session), json({ name, role }));

export const revoke = async (by: Api, session: string, guest: string): Promise<Guest[]> =>
  (await by.ask<{ guests: Guest[] }>(`${guestsOf(session)}/${encodeURIComponent(guest)}`, { method: 'DELETE' })).guests;

/** What guests of a session are; null where it has none. */
export const roleOf = (kind: Kind): GuestRole | null =>
  kind === 'consultation' ? 'patient' : kind === 'class' ? 'pupil' : null;
