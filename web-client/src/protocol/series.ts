/** Series of sessions, as the scheduler keeps them. */
import type { Api, Kind, Named, NewSession } from './api.ts';
import type { Part } from './draft.ts';
import type { Cause } from './slots.ts';
import { moment } from './when.ts';

export type State = 'booked' | 'moved' | 'skipped' | 'cancelled' | 'made-up' | 'waived';
export type Member = 'title' | 'time' | 'rooms' | 'terminals' | 'participants' | 'recording';
export type Result = 'booked' | 'moved' | 'changed' | 'unchanged' | 'skipped' | 'cancelled';

/** Why somebody or something was not open. */
export type Closed = Exclude<Cause, 'taken' | 'full' | 'shared'>;

/** Who or what was in the way. */
export interface BlockedBy extends Named {
  kind: string;
  cause: 'taken' | 'full' | Closed;
  /** Of the overlay or the holiday. */
  what: string | null;
  /** RFC 3339; null for a line. */
  takenUntil: string | null;
  /** When everybody and everything is to be free, RFC 3339. */
  nextFree: string | null;
}

export interface Occurrence {
  number: number;
  /** When the series has it, RFC 3339. */
  startsAt: string;
  endsAt: string;
  state: State;
  owed: boolean;
  session: { id: string; startsAt: string; endsAt: string } | null;
  blockedBy: BlockedBy | null;
  reason: string | null;
  /** In what its session was changed alone. */
  own: Member[];
}

export interface Series {
  id: string;
  kind: Kind;
  title: string;
  rule: string;
  timeZone: string;
  booked: number;
  owed: number;
  version: number;
  roomIds: string[];
  terminalIds: string[];
  participants: Part[];
  recording: boolean;
  occurrences: Occurrence[];
}

/** What is to be changed of a series; what is absent stays. */
export interface SeriesChange {
  from?: number;
  title?: string;
  /** HH:MM in the zone of the series. */
  startTime?: string;
  minutes?: number;
  rule?: string;
  ifOutOfRule?: 'refuse' | 'snap';
  roomIds?: string[];
  terminalIds?: string[];
  participants?: Part[];
  recording?: boolean;
  changedAlone?: 'keep' | 'replace';
  reason?: string;
}

/** What a change did to one occurrence. */
export interface PartResult {
  number: number;
  result: Result;
  kept: Member[];
  lost: Member[];
  why: string | null;
  blockedBy: BlockedBy | null;
}

/** How often something is to be, as the form asks for it. */
export interface Repeats {
  every: Every;
  /** 0 = Sunday; of weeks only. */
  days: number[];
  times: number;
}

export type Every = 'week' | 'fortnight' | 'workday' | 'month';
export const everies: readonly Every[] = ['week', 'fortnight', 'workday', 'month'];

/** The server's bound. */
export const TIMES_MAX = 200;

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** The weekday of a day (YYYY-MM-DD), 0 = Sunday; Monday of what is none. */
export function weekday(day: string): number {
  const noon = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(noon) ? 1 : new Date(noon).getUTCDay();
}

/** What the form begins with, for a first session on this day. */
export const usually = (day: string): Repeats => ({ every: 'week', days: [weekday(day)], times: 10 });

/** The rule of RFC 5545 for it; `day` is that of the first session. */
export function ruleOf({ every, days, times }: Repeats, day: string): string {
  const count = `COUNT=${times}`;
  const chosen = (days.length > 0 ? [...days] : [weekday(day)]).sort((one, other) => ((one + 6) % 7) - ((other + 6) % 7));
  const by = chosen.map((one) => DAYS[one]).join(',');
  if (every === 'workday') return `FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;${count}`;
  if (every === 'month') {
    const week = Math.ceil(Number(day.slice(8, 10)) / 7) || 1;
    // A month need not have a fifth of a weekday; it always has a last.
    return `FREQ=MONTHLY;BYDAY=${week > 4 ? -1 : week}${DAYS[weekday(day)]};${count}`;
  }
  return `FREQ=WEEKLY;${every === 'fortnight' ? 'INTERVAL=2;' : ''}BYDAY=${by};${count}`;
}

/**
 * A rule taken apart again, as far as this page shows such rules: how often, and on which days. `first` is the day of its start: a
 * rule of weeks that names no days has the weekday of that (RFC 5545, section 3.3.10).
 */
export function read(rule: string, first: string): { every: Every; days: number[]; week: number } | null {
  const parts = new Map(rule.split(';').map((part) => part.split('=') as [string, string]));
  const by = (parts.get('BYDAY') ?? '').split(',').filter(Boolean);
  const known = ['FREQ', 'INTERVAL', 'BYDAY', 'COUNT', 'UNTIL'];
  if ([...parts.keys()].some((name) => !known.includes(name))) return null;
  const named = by.map((one) => DAYS.indexOf(one.slice(-2)));
  const days = named.length > 0 ? named : [weekday(first)];
  const interval = parts.get('INTERVAL') ?? '1';
  if (parts.get('FREQ') === 'MONTHLY' && interval === '1' && by.length === 1) {
    return { every: 'month', days, week: Number((by[0] ?? '').slice(0, -2)) };
  }
  if (parts.get('FREQ') !== 'WEEKLY' || by.some((one) => one.length !== 2)) return null;
  if (interval === '1' && by.join() === 'MO,TU,WE,TH,FR') return { every: 'workday', days, week: 0 };
  if (interval === '1' || interval === '2') return { every: interval === '2' ? 'fortnight' : 'week', days, week: 0 };
  return null;
}

const at = (id: string, what = ''): string => `/api/v1/series/${encodeURIComponent(id)}${what}`;
const json = (body: unknown, headers: Record<string, string> = {}) => ({
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Books a session again and again; `once` makes a repeated press of the button harmless. */
export const bookSeries = (api: Api, booking: NewSession, rule: string, once: string): Promise<Series> =>
  api.ask('/api/v1/series', {
    method: 'POST',
    ...json({ booking, rule, ifOutOfRule: 'snap' }, { 'Idempotency-Key': once }),
  });

export const readSeries = (api: Api, id: string): Promise<Series> => api.ask(at(id), {});

/** Changes the series if it is still of this version. */
export const changeSeries = (api: Api, { id, version }: Series, change: SeriesChange): Promise<{ series: Series; results: PartResult[] }> =>
  api.ask(at(id), { method: 'PATCH', ...json(change, { 'If-Match': `"${version}"` }) });

/** Cancels all that is to come, or an occurrence and all that follow it. */
export const cancelSeries = (api: Api, { id, version }: Series, from: number | null, reason: string): Promise<Series> =>
  api.ask(at(id, '/cancel'), {
    method: 'POST',
    ...json({ ...(from === null ? {} : { from }), ...(reason ? { reason } : {}) }, { 'If-Match': `"${version}"` }),
  });

/** Books what is owed; with a reason also where somebody or something is not open. */
export const makeUp = (api: Api, id: string, number: number, startsAt: string, overrideReason?: string): Promise<Series> =>
  api.ask(at(id, `/occurrences/${number}/make-up`), { method: 'POST', ...json({ startsAt, overrideReason }) });

export const waive = (api: Api, id: string, number: number, reason: string): Promise<Series> =>
  api.ask(at(id, `/occurrences/${number}/waive`), { method: 'POST', ...json({ reason }) });

/** Occurrences that a change can begin with: they are to come at `now` (milliseconds), and the series still has them. */
export const toCome = (series: Series, now: number): Occurrence[] =>
  series.occurrences.filter(
    (it) => (it.session !== null || it.owed) && Date.parse(it.session?.startsAt ?? it.startsAt) > now,
  );

/** A change while it is being written. */
export interface ChangeDraft {
  /** The number of the first that is changed; all to come if null. */
  from: number | null;
  title: string;
  time: string;
  minutes: number;
  people: Part[];
  roomIds: string[];
  terminalIds: string[];
  recording: boolean;
  /** Other days; null if they stay. */
  repeats: Repeats | null;
  replace: boolean;
  reason: string;
}

/** The form of a series as it is, for a change of all that is to come. */
export function changeDraft(series: Series, now: number): ChangeDraft {
  const [first] = toCome(series, now);
  const shown = first ?? series.occurrences[series.occurrences.length - 1];
  const [start, end] = [Date.parse(shown?.startsAt ?? ''), Date.parse(shown?.endsAt ?? '')];
  return {
    from: null,
    title: series.title,
    time: Number.isNaN(start) ? '' : moment(start).time,
    minutes: Math.max(1, Math.round((end - start) / 60_000)) || 30,
    people: series.participants,
    roomIds: series.roomIds,
    terminalIds: series.terminalIds,
    recording: series.recording,
    repeats: null,
    replace: false,
    reason: '',
  };
}

/** What is different from the form that it began with, to be sent. */
export function finishSeriesChange(before: ChangeDraft, draft: ChangeDraft, day: string): SeriesChange {
  const change: SeriesChange = {};
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  if (draft.title.trim() !== before.title) change.title = draft.title.trim();
  if (draft.time !== before.time) change.startTime = draft.time;
  if (draft.minutes !== before.minutes) change.minutes = draft.minutes;
  if (!same(draft.people, before.people)) change.participants = draft.people;
  if (!same([...draft.roomIds].sort(), [...before.roomIds].sort())) change.roomIds = draft.roomIds;
  if (!same([...draft.terminalIds].sort(), [...before.terminalIds].sort())) change.terminalIds = draft.terminalIds;
  if (draft.recording !== before.recording) change.recording = draft.recording;
  if (draft.repeats) Object.assign(change, { rule: ruleOf(draft.repeats, day), ifOutOfRule: 'snap' });
  if (Object.keys(change).length === 0) return change;
  if (draft.from !== null) change.from = draft.from;
  if (draft.replace) change.changedAlone = 'replace';
  if (draft.reason.trim()) change.reason = draft.reason.trim();
  return change;
}
