/** The day of a site, in answers of at most 4 kB. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type SiteDay = Described['SiteDay'];
export type DaySession = Described['DaySession'];

/** Most answers that are read: more sessions than those have no site in a day. */
const PAGES_MAX = 25;

/** All of the day of a site (YYYY-MM-DD), with English names for `en`. */
export async function readDay(api: Api, site: string, day: string, language: string): Promise<SiteDay> {
  const ask = (after: string): Promise<SiteDay> =>
    api.call('get', '/api/v1/organizations/{id}/day', { path: { id: site }, query: { language, day, ...(after ? { after } : {}) } });
  const all = await ask('');
  for (let page = 1; page < PAGES_MAX && all.next; page += 1) {
    const more = await ask(all.next);
    all.sessions.push(...more.sessions);
    all.next = more.next;
  }
  return all;
}

/** A room or a terminal, and what it has; the name is empty for what takes neither. */
export interface PlaceOfDay {
  kind: 'room' | 'terminal' | 'none';
  name: string;
  sessions: DaySession[];
}

/** The sessions by what they take: rooms, then terminals, each by name, then those that take nothing here. */
export function byPlace(sessions: readonly DaySession[]): PlaceOfDay[] {
  const places: PlaceOfDay[] = [];
  const put = (kind: PlaceOfDay['kind'], name: string, session: DaySession): void => {
    const known = places.find((one) => one.kind === kind && one.name === name);
    if (known) known.sessions.push(session);
    else places.push({ kind, name, sessions: [session] });
  };
  for (const session of sessions) {
    const terminals = session.terminals ?? [];
    for (const name of session.rooms) put('room', name, session);
    for (const name of terminals) put('terminal', name, session);
    if (session.rooms.length + terminals.length === 0) put('none', '', session);
  }
  const order = ['room', 'terminal', 'none'];
  return places.sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind) || one.name.localeCompare(other.name));
}

/** When a session of a day begins and ends, RFC 3339 in UTC. */
export function timesOf({ fromS, lengthS }: DaySession, beginsAt: string): { from: string; to: string } {
  const at = (seconds: number): string => new Date(Date.parse(beginsAt) + seconds * 1000).toISOString();
  return { from: at(fromS), to: at(fromS + lengthS) };
}
