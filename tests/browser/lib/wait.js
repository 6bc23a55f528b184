// Waiting for something to be true, never for time to pass.

/** A busy machine is slow and not wrong: only what never comes fails. */
export const PATIENCE = 60_000;

/** Calls `look` until it gives something truthy; what it gave last is told when time is up. */
export async function until(what, look, { within = PATIENCE, every = 100 } = {}) {
  const end = Date.now() + within;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}; last: ${shown(last)}`);
    await pause(every);
  }
}

/** Waits until so many seconds have gone by since `began` (Date.now): however quick the machine, there is enough to judge. */
export const lasted = (began, seconds) => pause(Math.max(0, began + seconds * 1000 - Date.now()));

/** Lets `ms` of media pass, for measuring what happens in it. */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const shown = (value) => (value instanceof Error ? value.message : JSON.stringify(value));

/**
 * Says how long something took since `began` (Date.now), beside what is promised. A busy machine takes its part of it, so that
 * only ten times the promise fails.
 */
export function took(what, began, promisedMs) {
  const ms = Date.now() - began;
  console.log(`${what} after ${ms} ms (promised: ${promisedMs})`);
  if (ms > promisedMs * 10) throw new Error(`${what} after ${ms} ms, where ${promisedMs} are promised`);
}
