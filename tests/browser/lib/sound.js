// Is this recording that speech? Envelopes of loudness, compared.
import { execFileSync } from 'node:child_process';

const RATE = 8000;
/** One point of an envelope, milliseconds. */
export const STEP_MS = 50;

/** The samples of any file that ffmpeg reads, one channel, 8 kHz. */
export function samples(path, headers = []) {
  const flags = ['-v', 'error', ...headers, '-i', path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 's16le', '-'];
  const raw = execFileSync('ffmpeg', flags, { maxBuffer: 512 << 20 });
  return new Int16Array(raw.buffer, raw.byteOffset, raw.length >> 1);
}

/** Loudness of each step, as the root of its energy: near to how loud it seems. */
export function envelope(sound) {
  const length = (RATE * STEP_MS) / 1000;
  const steps = Math.floor(sound.length / length);
  return Float64Array.from({ length: steps }, (_, step) => {
    let energy = 0;
    for (let i = 0; i < length; i += 1) energy += sound[step * length + i] ** 2;
    return Math.sqrt(Math.sqrt(energy / length));
  });
}

/** Pearson's correlation of `a` with the part of looped `b` that begins at `lag`. */
function correlation(a, b, lag) {
  const n = a.length;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [a[i], b[(i + lag) % b.length]];
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const spread = Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return spread > 0 ? (sab - (sa * sb) / n) / spread : 0;
}

/** How alike `recorded` is to `spoken`, which plays in a loop from an unknown place: the best { value, lagMs }. */
export function likeness(recorded, spoken) {
  const [a, b] = [envelope(recorded), envelope(spoken)];
  let best = { value: -1, lagMs: 0 };
  for (let lag = 0; lag < b.length; lag += 1) {
    const value = correlation(a, b, lag);
    if (value > best.value) best = { value, lagMs: lag * STEP_MS };
  }
  return best;
}

/** Seconds of `sound`. */
export const seconds = (sound) => sound.length / RATE;
