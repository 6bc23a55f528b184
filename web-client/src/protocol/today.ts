import type { Session } from './api.ts';

/** Where a session stands at `now` (milliseconds): minutes to its start or to its end, rounded up. */
export function countdown(session: Session, now: number): { phase: 'before' | 'on' | 'over'; minutes: number } {
  const start = Date.parse(session.startsAt);
  const end = Date.parse(session.endsAt);
  if (now < start) return { phase: 'before', minutes: Math.ceil((start - now) / 60_000) };
  if (now < end) return { phase: 'on', minutes: Math.ceil((end - now) / 60_000) };
  return { phase: 'over', minutes: 0 };
}

/**
 * The one session of the big button: what is on now and can be entered, else what comes first, else one whose end
 * has passed and whose door is still open.
 */
export function pickNext(today: readonly Session[], now: number): Session | undefined {
  const order = (session: Session): number => {
    const { phase } = countdown(session, now);
    if (phase === 'on') return 0;
    return phase === 'before' ? 1 : 2;
  };
  return today
    .filter((session) => session.state === 'scheduled' && (order(session) < 2 || session.joinable))
    .sort((a, b) => order(a) - order(b) || Date.parse(a.startsAt) - Date.parse(b.startsAt))[0];
}
