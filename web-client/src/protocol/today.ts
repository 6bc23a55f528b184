import type { Session } from './api.ts';

/** Whether the person is one of its participants; a scheduler sees the sessions of others as well. */
export const takesPart = (session: Session, person: string): boolean =>
  session.participants.some(({ personId }) => personId === person);

/** Who leads a session, and may see who received it. */
export const leads = (session: Session, person: string): boolean =>
  session.participants.some(({ personId, role }) => personId === person && (role === 'specialist' || role === 'lead_teacher'));

/** Where a session stands at `now` (milliseconds): minutes to its start or to its end, rounded up; what was ended is over. */
export function countdown(session: Session, now: number): { phase: 'before' | 'on' | 'over'; minutes: number } {
  const start = Date.parse(session.startsAt);
  const end = session.endedAt ? start : Date.parse(session.endsAt);
  if (now < start) return { phase: 'before', minutes: Math.ceil((start - now) / 60_000) };
  if (now < end) return { phase: 'on', minutes: Math.ceil((end - now) / 60_000) };
  return { phase: 'over', minutes: 0 };
}

/** How long the session lasts for who comes in at `now` (milliseconds), in minutes, at least 1. */
export function minutesLeft(session: Session, now: number): number {
  const from = Math.max(now, Date.parse(session.startsAt));
  return Math.max(1, Math.ceil((Date.parse(session.endsAt) - from) / 60_000));
}

/**
 * The one session of the big button: what is on now and can be entered, else what comes first, else one whose end
 * has passed and whose door is still open. A session that this person only oversees has no door for them.
 */
export function pickNext(today: readonly Session[], now: number, person: string): Session | undefined {
  const order = (session: Session): number => {
    const { phase } = countdown(session, now);
    if (phase === 'on') return 0;
    return phase === 'before' ? 1 : 2;
  };
  return today
    .filter((session) => takesPart(session, person))
    .filter((session) => session.state === 'scheduled' && (order(session) < 2 || session.joinable))
    .sort((a, b) => order(a) - order(b) || Date.parse(a.startsAt) - Date.parse(b.startsAt))[0];
}
