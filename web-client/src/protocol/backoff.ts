/**
 * Milliseconds before try number `attempt` (0 = the first): 0.1 s growing by half to 5 s, each moved by up to a half
 * of it both ways. A server that is back is found within a third of the time that it was away, and a thousand pages
 * that lost it at the same moment do not come at the same moment.
 */
export function backoff(attempt: number, random: number): number {
  const base = Math.min(100 * 1.5 ** Math.min(attempt, 20), 5000);
  return Math.round(base * (0.5 + random));
}
