// Waiting for something to be true, never for time to pass.

/** Calls `look` until it gives something truthy; what it gave last is told when time is up. */
export async function until(what, look, { within = 15_000, every = 100 } = {}) {
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

/** Lets `ms` of media pass, for measuring what happens in it. */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const shown = (value) => (value instanceof Error ? value.message : JSON.stringify(value));
