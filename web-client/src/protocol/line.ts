/** The line check before joining: a round trip, a small download, a small upload. */

export interface Line {
  /** Median HTTP round trip, milliseconds; null when the server did not answer. */
  rttMs: number | null;
  /** Kilobits per second; null when it could not be measured. */
  downKbps: number | null;
  upKbps: number | null;
}

export type Verdict = 'good' | 'thin' | 'sound' | 'bad' | 'none';

/** Bytes of the small probe and of the large one, which only a line that made short work of the small one gets. */
const DOWN = [8 * 1024, 64 * 1024] as const;
const UP = [4 * 1024, 32 * 1024] as const;
const FILES = ['./line-check-small.bin', './line-check.bin'] as const;
/** A small probe that took this long says enough, milliseconds. */
const TELLING = 250;
/** A probe ends after this, milliseconds: what came until then is the measure. */
const LONGEST = 2000;
/** Round trips that are measured; fewer once one of them was as slow as this, milliseconds. */
const TRIPS = 3;
const SLOW_TRIP = 600;

const now = (): number => performance.now();
const fresh = (path: string): string => `${path}?${Math.random().toString(36).slice(2)}`;

async function roundTrip(): Promise<number | null> {
  const times: number[] = [];
  for (let i = 0; i < TRIPS && !times.some((time) => time > SLOW_TRIP); i += 1) {
    const start = now();
    const answer = await fetch(fresh('/healthz'), { cache: 'no-store' }).catch(() => null);
    if (!answer?.ok) continue;
    await answer.text().catch(() => '');
    times.push(now() - start);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor((times.length - 1) / 2)] ?? null;
}

/** Kilobits per second of `bytes` in `ms`; at most 100,000, as a clock of 1 ms says nothing about more. */
export const rate = (bytes: number, ms: number): number => Math.min(100_000, Math.round((bytes * 8) / Math.max(1, ms)));

/** What one probe found: bytes that went through, and in what time. */
interface Probe {
  bytes: number;
  ms: number;
}

/** Takes the large probe where the small one was over too soon to tell; null when neither went through. */
export async function twoSteps(probe: (large: boolean) => Promise<Probe | null>): Promise<number | null> {
  const small = await probe(false);
  if (!small || small.bytes <= 0) return null;
  const large = small.ms < TELLING ? await probe(true) : null;
  const { bytes, ms } = large && large.bytes > 0 ? large : small;
  return rate(bytes, ms);
}

async function download(large: boolean): Promise<Probe | null> {
  const stop = new AbortController();
  const answer = await fetch(fresh(FILES[large ? 1 : 0]), { cache: 'no-store', signal: stop.signal }).catch(() => null);
  if (!answer?.ok || !answer.body) return null;
  const reader = answer.body.getReader();
  const start = now();
  const timer = window.setTimeout(() => stop.abort(), LONGEST);
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
    }
  } catch {
    // Cut off by the timer: the bytes so far are the measure.
  }
  window.clearTimeout(timer);
  return { bytes: Math.min(bytes, DOWN[large ? 1 : 0]), ms: now() - start };
}

function upload(large: boolean, rttMs: number): Promise<Probe | null> {
  const size = UP[large ? 1 : 0];
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const start = now();
    let sent = 0;
    request.upload.onprogress = (event) => {
      sent = event.loaded;
    };
    request.onload = () => {
      // A server without this address answers before it has read the body: that measures nothing.
      const good = request.status >= 200 && request.status < 300;
      done(good ? { bytes: size, ms: Math.max(1, now() - start - rttMs) } : null);
    };
    request.onerror = () => done(null);
    request.ontimeout = () => done(sent > 0 ? { bytes: sent, ms: LONGEST } : null);
    request.timeout = LONGEST;
    request.open('POST', fresh('/line-check'));
    request.send(new Uint8Array(size));
  });
}

/** Runs the probes one after another: about 110 kB on a fast line, 13 kB and some 4 s on one of 64 kbit/s. */
export async function checkLine(): Promise<Line> {
  const rttMs = await roundTrip();
  if (rttMs === null) return { rttMs, downKbps: null, upKbps: null };
  const downKbps = await twoSteps(download);
  return { rttMs, downKbps, upKbps: await twoSteps((large) => upload(large, rttMs)) };
}

/** What the numbers mean for a call: picture and sound, a small picture, sound only, hardly that, nothing. */
export function verdict({ rttMs, downKbps, upKbps }: Line): Verdict {
  if (rttMs === null) return 'none';
  const known = [downKbps, upKbps].filter((n): n is number => n !== null);
  const least = known.length > 0 ? Math.min(...known) : 1000;
  if (least < 60 || rttMs > 2500) return 'bad';
  if (least < 250 || rttMs > 1200) return 'sound';
  return least < 900 || rttMs > 500 ? 'thin' : 'good';
}
