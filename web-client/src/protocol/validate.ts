/** Why the gateway refuses, where a socket tells nothing. */
import { answer, type Problem } from './api.ts';

/** Asks the gateway why it refused a room token: null = it does not. */
export async function validate(token: string): Promise<Problem | null> {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), 4000);
  const refused = answer('/rtc/validate', token, { signal: stop.signal }).then(
    () => null,
    (why: Problem) => why,
  );
  return refused.then((why) => (window.clearTimeout(timer), why));
}
