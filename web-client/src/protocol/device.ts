/** The device of a terminal, as its page uses the scheduler's interface: paired once by a code, then known by its key. */
import { call, Problem, send, type Ticket as Pass } from './api.ts';
import { DeviceKey } from './device_key.ts';
import type { Described } from './described.ts';

export type DeviceDay = Described['DeviceDay'];
export type DeviceSession = Described['DeviceSession'];

/** What somebody shows of a pairing code. */
export interface Code {
  once?: string;
  digits?: string;
}

/** No bearer: a device is known by a cookie that only these are sent. */
const NOBODY = '';

/** The reasons for which a device is to be paired anew. */
const UNPAIRED = ['device-unknown', 'device-revoked', 'no-key'];

/** Why this browser is no device of the county: `device-revoked`, `device-unknown` or `no-key`; null for any other trouble. */
export function unpaired(error: unknown): string | null {
  const reason = error instanceof Problem ? error.more.reason : undefined;
  return reason && UNPAIRED.includes(reason) ? reason : null;
}

async function signed(key: DeviceKey, wanted: 'pair' | 'login'): Promise<{ challenge: string; signature: string }> {
  const asked = { body: { key: await key.sha256(), for: wanted } };
  const { challenge } = await call(NOBODY, 'post', '/api/v1/device/challenge', asked);
  return { challenge, signature: await key.sign(challenge) };
}

/** Makes this browser a device of the terminal of a code, with a key of its own. */
export async function pair(code: Code): Promise<void> {
  const key = await DeviceKey.make();
  // Kept first: of an answer that is lost on a thin line nothing is lost, as the key comes in by itself.
  await key.keep();
  const body = { ...code, publicKey: key.point, ...(await signed(key, 'pair')) };
  await call(NOBODY, 'post', '/api/v1/device/pair', { body });
}

/** Comes back by the key that is kept here. */
async function comeBack(): Promise<void> {
  const key = await DeviceKey.own().catch(() => null);
  if (!key) throw new Problem(401, '', '/problems/token-refused', { reason: 'no-key' });
  await call(NOBODY, 'post', '/api/v1/device/login', { body: await signed(key, 'login') });
}

/** Asks, and where it is not known any more which device asks, shows the key and asks once more. */
async function asDevice<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch(async (error: unknown) => {
    const over = error instanceof Problem && error.status === 401 && !unpaired(error);
    if (!over) throw error;
    await comeBack();
    return ask();
  });
}

/** The longest that the server waits with an answer, seconds, and after how many more the line is taken to be dead. */
const WAIT_S = 25;
const DEAD_S = 15;

/** The day of the terminal; with the tag of the one before, as soon as something else is to be shown. */
export function deviceDay(seen: string, cut: AbortController): Promise<DeviceDay> {
  const query = seen ? `?wait=${WAIT_S}&seen=${encodeURIComponent(seen)}` : '';
  const dead = window.setTimeout(() => cut.abort(), (WAIT_S + DEAD_S) * 1_000);
  const ask = (): Promise<DeviceDay> => send<DeviceDay>(`/api/v1/device/day${query}`, NOBODY, { signal: cut.signal });
  return asDevice(ask).finally(() => window.clearTimeout(dead));
}

/** The way into a class of the terminal's room. */
export const deviceJoin = (session: string): Promise<Pass> =>
  asDevice(() => call(NOBODY, 'post', '/api/v1/device/sessions/{id}/join', { path: { id: session } }));
