import type { Kind, Members, NewSession, Person, Role, Session } from './api.ts';
import type { Mode } from './mode.ts';
import type { Repeats } from './series.ts';
import { instant, moment } from './when.ts';

/** A person of a booking, and as what. An empty `personId` is a line that nobody was chosen for yet. */
export interface Part {
  personId: string;
  role: Role;
  /** Between which languages somebody interprets in it, such as `bo-zh`; absent if that is not said. */
  interprets?: string;
}

/** A part as a form has it. */
const partOf = ({ personId, role, interprets }: Part): Part => ({ personId, role, ...(interprets ? { interprets } : {}) });

/** A booking while it is being written: what the form shows. */
export interface Draft {
  kind: Kind;
  title: string;
  people: Part[];
  roomIds: string[];
  /** Absent from what was kept before terminals could be chosen. */
  terminalIds?: string[];
  /** YYYY-MM-DD and HH:MM in the county. */
  day: string;
  time: string;
  minutes: number;
  recording: boolean;
  /** By organization: how much its people are to be sent, where that is not the most that they may have. */
  modes?: Record<string, Mode>;
  /** It is to be a series. */
  repeats?: Repeats | undefined;
}

export const kinds: readonly Kind[] = ['consultation', 'class', 'training', 'broadcast'];
export const roles: readonly Role[] = ['specialist', 'village_doctor', 'lead_teacher', 'classroom', 'interpreter', 'observer'];
export const lengths: readonly number[] = [15, 20, 30, 40, 45, 60, 90, 120];

/** Who usually takes part. */
export function usual(kind: Kind): Draft['people'] {
  const of: Record<Kind, Role[]> = {
    consultation: ['specialist', 'village_doctor'],
    class: ['lead_teacher', 'classroom', 'classroom'],
    training: ['lead_teacher', 'classroom'],
    broadcast: ['lead_teacher', 'observer'],
  };
  return of[kind].map((role) => ({ personId: '', role }));
}

/** People who have this role, and everybody where nobody has; nobody interprets without being known to, of `pair` if one is named. */
export function fitting(people: readonly Person[], role: Role, pair?: string): Person[] {
  const fit = people.filter((person) => person.roles?.includes(role) && (!pair || person.interprets.includes(pair)));
  return fit.length > 0 || role === 'interpreter' ? fit : [...people];
}

/** What a form still needs, by the field where it is said; `line` is the person's line, from 0. */
export type Need = { field: 'title' | 'startsAt'; what: 'title' | 'time' | 'past' } | { field: 'participants'; what: 'person'; line: number };

/** How long ago a session may begin when it is booked, milliseconds: the server's own bound. */
const BEGUN = 5 * 60_000;

/** What is still missing of all but the time. */
function needsOf(draft: Draft): Need[] {
  const needs: Need[] = [];
  if (!draft.title.trim()) needs.push({ field: 'title', what: 'title' });
  draft.people.forEach(({ personId }, line) => {
    // A line that nobody was chosen for is asked about: dropping it would book a class without its classroom.
    if (personId === '') needs.push({ field: 'participants', what: 'person', line });
  });
  return needs;
}

/** What is still missing, or what to send; `now` in milliseconds. */
export function finish(draft: Draft, now: number): { needs: Need[] } | { session: NewSession } {
  const startsAt = instant(draft.day, draft.time);
  const endsAt = instant(draft.day, draft.time, draft.minutes);
  const needs = needsOf(draft);
  if (!startsAt || !endsAt) needs.push({ field: 'startsAt', what: 'time' });
  else if (Date.parse(startsAt) < now - BEGUN) needs.push({ field: 'startsAt', what: 'past' });
  if (needs.length > 0 || !startsAt || !endsAt) return { needs };
  const { kind, roomIds, terminalIds = [], people: participants, recording } = draft;
  return { session: { kind, title: draft.title.trim(), startsAt, endsAt, roomIds, terminalIds, participants, recording } };
}

/** The form of a session that is there. */
export function draftOf(session: Session): Draft {
  const [start, end] = [Date.parse(session.startsAt), Date.parse(session.endsAt)];
  const { day, time } = moment(start);
  return {
    kind: session.kind,
    title: session.title,
    people: session.participants.map(partOf),
    roomIds: session.rooms.map(({ id }) => id),
    terminalIds: session.terminals.map(({ id }) => id),
    day,
    time,
    minutes: Math.max(1, Math.round((end - start) / 60_000)),
    recording: session.recording,
  };
}

/**
 * What is still missing of a changed session, or the members to send: only those that differ from what the form began with,
 * so that nothing is overwritten that was not touched.
 */
export function finishChange(session: Session, draft: Draft, now: number): { needs: Need[] } | { change: Members } {
  const before = draftOf(session);
  const needs = needsOf(draft);
  const moves = draft.day !== before.day || draft.time !== before.time;
  const startsAt = moves ? instant(draft.day, draft.time) : session.startsAt;
  if (!startsAt) needs.push({ field: 'startsAt', what: 'time' });
  else if (moves && Date.parse(startsAt) < now - BEGUN) needs.push({ field: 'startsAt', what: 'past' });
  if (needs.length > 0 || !startsAt) return { needs };
  const change: Members = {};
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  if (draft.title.trim() !== before.title) change.title = draft.title.trim();
  if (moves) change.startsAt = startsAt;
  if (moves || draft.minutes !== before.minutes) {
    change.endsAt = new Date(Date.parse(startsAt) + draft.minutes * 60_000).toISOString();
  }
  const differ = (one: string[] = [], other: string[] = []): boolean => !same([...one].sort(), [...other].sort());
  if (differ(draft.roomIds, before.roomIds)) change.roomIds = draft.roomIds;
  if (differ(draft.terminalIds, before.terminalIds)) change.terminalIds = draft.terminalIds ?? [];
  if (!same(draft.people, before.people)) change.participants = draft.people;
  if (draft.recording !== before.recording) change.recording = draft.recording;
  return { change };
}

/** What was written over `was`, written over `now` instead: what was not touched is as it is now. */
export function rebased(draft: Draft, was: Session, now: Session): Draft {
  const [before, after] = [draftOf(was), draftOf(now)];
  const touched = (names: (keyof Draft)[]): Partial<Draft> =>
    names.some((name) => JSON.stringify(draft[name]) !== JSON.stringify(before[name]))
      ? Object.fromEntries(names.map((name) => [name, draft[name]]))
      : {};
  const parts: (keyof Draft)[][] = [['title'], ['people'], ['roomIds'], ['terminalIds'], ['recording'], ['day', 'time', 'minutes']];
  return Object.assign({ ...after }, ...parts.map(touched)) as Draft;
}

/** The draft at another start, e.g. the next free time (RFC 3339), which the form can only show in whole minutes. */
export function moved(draft: Draft, to: string): Draft {
  const ms = Math.ceil(Date.parse(to) / 60_000) * 60_000;
  if (Number.isNaN(ms)) return draft;
  const { day, time } = moment(ms);
  return { ...draft, day, time };
}
