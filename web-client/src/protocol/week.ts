/** What a person, a room or a site has in some days. */
import type { Api, Directory, Session } from './api.ts';
import { dayAfter, moment } from './when.ts';

/** Whose days: `personId:dr-wang`, `roomId:..` or `organizationId:..`. */
export type Whose = string;

const KINDS = ['personId', 'roomId', 'organizationId'];

/** Most pages that are read: what is more is said to be more. */
const PAGES_MAX = 5;

interface Page {
  sessions: Session[];
  next: string | null;
}

/** The sessions of `days` days from this one on, and whether there are more than were read. */
export async function readWeek(api: Api, whose: Whose, day: string, days: number): Promise<{ sessions: Session[]; more: boolean }> {
  const [kind = '', ...id] = whose.split(':');
  const query = new URLSearchParams({ [kind]: id.join(':'), day, days: String(days) });
  const sessions: Session[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await api.ask<Page>(`/api/v1/schedule?${query}`, {});
    sessions.push(...found.sessions);
    if (!found.next) return { sessions, more: false };
    query.set('after', found.next);
  }
  return { sessions, more: true };
}

/** Whether it names somebody or something that the directory has. */
export function isKnown(whose: Whose, { people, rooms, organizations }: Directory): boolean {
  const [kind = '', ...rest] = whose.split(':');
  const lists = [people, rooms, organizations];
  return (lists[KINDS.indexOf(kind)] ?? []).some(({ id }) => id === rest.join(':'));
}

/** The Monday of the week of a day (YYYY-MM-DD). */
export function monday(day: string): string {
  const noon = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(noon) ? day : dayAfter(day, -((new Date(noon).getUTCDay() + 6) % 7));
}

/** The days from this one on, and what of `sessions` goes on in each. */
export function byDay(sessions: readonly Session[], first: string, days: number): { day: string; sessions: Session[] }[] {
  return Array.from({ length: days }, (_, n) => {
    const day = dayAfter(first, n);
    const goesOn = ({ startsAt, endsAt }: Session): boolean =>
      moment(Date.parse(startsAt)).day <= day && moment(Date.parse(endsAt) - 1).day >= day;
    return { day, sessions: sessions.filter(goesOn) };
  });
}
