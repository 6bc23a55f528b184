import type { Kind, NewSession, Person, Role } from './api.ts';
import { instant, moment } from './when.ts';

/** A booking while it is being written: what the form shows. */
export interface Draft {
  kind: Kind;
  title: string;
  /** An empty `personId` is a line that nobody was chosen for yet. */
  people: { personId: string; role: Role }[];
  roomIds: string[];
  /** YYYY-MM-DD and HH:MM in China. */
  day: string;
  time: string;
  minutes: number;
  recording: boolean;
}

export const kinds: readonly Kind[] = ['consultation', 'class', 'training', 'broadcast'];
export const roles: readonly Role[] = ['specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer'];
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

/** People who have this role, and everybody where nobody has. */
export function fitting(people: readonly Person[], role: Role): Person[] {
  const fit = people.filter((person) => person.roles?.includes(role));
  return fit.length > 0 ? fit : [...people];
}

/** What is still missing, or what to send. */
export function finish(draft: Draft): { need: 'title' | 'people' | 'time' } | { session: NewSession } {
  const participants = draft.people.filter((one) => one.personId !== '');
  const startsAt = instant(draft.day, draft.time);
  const endsAt = instant(draft.day, draft.time, draft.minutes);
  if (!draft.title.trim()) return { need: 'title' };
  if (participants.length < 2) return { need: 'people' };
  if (!startsAt || !endsAt) return { need: 'time' };
  const { kind, roomIds, recording } = draft;
  return { session: { kind, title: draft.title.trim(), startsAt, endsAt, roomIds, participants, recording } };
}

/** The draft at another start, e.g. the next free time (RFC 3339), which the form can only show in whole minutes. */
export function moved(draft: Draft, to: string): Draft {
  const ms = Math.ceil(Date.parse(to) / 60_000) * 60_000;
  if (Number.isNaN(ms)) return draft;
  const { day, time } = moment(ms);
  return { ...draft, day, time };
}
