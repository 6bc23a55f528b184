/** Milliseconds before try number `attempt` (0 = the first): 0.3 s doubling to 5 s, each moved by up to a quarter. */
export function backoff(attempt: number, random: number): number {
  const base = Math.min(300 * 2 ** Math.min(attempt, 10), 5000);
  return Math.round(base * (0.875 + random * 0.25));
}
