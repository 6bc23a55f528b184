/** The search for times at which everybody, every room and every terminal of a draft is open and free. */
import type { Api, Directory, Named } from './api.ts';
import { type Draft, fitting } from './draft.ts';
import { instant, moment } from './when.ts';

interface ResourceId {
  kind: 'person' | 'room' | 'terminal' | 'interpreter';
  id: string;
}

/** What a session takes of the line of a site. */
export interface LineNeed {
  organizationId: string;
  downKbps: number;
  upKbps: number;
}

export interface SlotSearch {
  /** One of these, or whoever interprets a pair of languages. */
  needs: ({ anyOf: ResourceId[] } | { interpreterOf: string })[];
  lines?: LineNeed[];
  minutes: number;
  stepMinutes: number;
  most: number;
  from: string;
  until: string;
  startsAt?: string;
  butSession?: string;
}

export interface Bookable extends Named {
  kind: 'person' | 'room' | 'terminal' | 'interpreter' | 'organization' | 'line';
}

/** A time at which everything is free, and for each need who serves it. */
export interface Slot {
  startsAt: string;
  endsAt: string;
  servedBy: Bookable[];
}

export type Cause = 'hours' | 'exception' | 'holiday' | 'overlay' | 'taken' | 'travel' | 'full' | 'shared';

/** What is in the way of a time. */
export interface Blocker {
  need: number;
  resource: Bookable;
  cause: Cause;
  /** Of the overlay or the holiday. */
  name: string | null;
  /** The nearest fix, RFC 3339. */
  nearest: string | null;
  /** If it is taken and only held for another booking: until when, RFC 3339. */
  heldUntil: string | null;
}

export interface Found {
  slots: Slot[];
  wished: Slot | null;
  blocking: Blocker[];
  notPublished: number[];
}

/** Over how many days it is looked, from the day of the draft on; the server takes no more than 31. */
export const spans = [1, 7, 30] as const;

/** Times in one answer, and people of whom one is looked for: the server takes no more. */
const SLOTS_MAX = 50;
const CHOICES_MAX = 64;

/**
 * What is asked for a draft: everybody who was chosen, anybody of the role or of the pair of languages where nobody was, every room and terminal. Null while there is
 * nothing to look for. `now` in milliseconds; `moves` is the session that is to be moved.
 */
export function searchFor(draft: Draft, directory: Directory, days: number, now: number, moves?: string): SlotSearch | null {
  const from = instant(draft.day, '00:00');
  const until = instant(draft.day, '00:00', days * 1440);
  const start = instant(draft.day, draft.time);
  if (!from || !until || !start || Date.parse(until) <= now) return null;
  const people = draft.people.map(({ personId, role, interprets }) => {
    if (personId === '' && interprets) return { interpreterOf: interprets };
    const ids = personId === '' ? fitting(directory.people, role).map(({ id }) => id) : [personId];
    const kind = role === 'interpreter' ? ('interpreter' as const) : ('person' as const);
    return { anyOf: ids.slice(0, CHOICES_MAX).map((id) => ({ kind, id })) };
  });
  const rooms = draft.roomIds.map((id) => ({ anyOf: [{ kind: 'room' as const, id }] }));
  const terminals = (draft.terminalIds ?? []).map((id) => ({ anyOf: [{ kind: 'terminal' as const, id }] }));
  const needs = [...people, ...rooms, ...terminals].filter((need) => !('anyOf' in need) || need.anyOf.length > 0);
  if (needs.length === 0) return null;
  const search: SlotSearch = { needs, minutes: draft.minutes, stepMinutes: 30, most: SLOTS_MAX, from, until };
  const inside = Date.parse(start) >= now && Date.parse(start) + draft.minutes * 60_000 <= Date.parse(until);
  if (inside) search.startsAt = start;
  if (moves) search.butSession = moves;
  return search;
}

/** The people of a draft with those who serve a slot where nobody was chosen; people come first among the needs. */
export function servedBy(people: Draft['people'], slot: Slot): Draft['people'] {
  return people.map((line, at) => (line.personId === '' ? { ...line, personId: slot.servedBy[at]?.id ?? '' } : line));
}

export const searchSlots = (api: Api, search: SlotSearch): Promise<Found> =>
  api.ask('/api/v1/slots:search', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(search),
  });

/** Slots by the county's day, in order. */
export function byDay(slots: Slot[]): [string, Slot[]][] {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const { day } = moment(Date.parse(slot.startsAt));
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return [...days];
}

/** What blocks each person or room, one line each: its first cause. */
export function blockedOnce(blocking: Blocker[]): Blocker[] {
  const seen = new Set<string>();
  return blocking.filter(({ resource: { kind, id } }) => {
    const known = seen.has(`${kind} ${id}`);
    seen.add(`${kind} ${id}`);
    return !known;
  });
}
