// Is this recording that speech? Loudness over time in eight bands, compared at every shift.
import { execFileSync } from 'node:child_process';

const RATE = 8000;
/** One point of time in a print, milliseconds. */
export const STEP_MS = 40;
const STEP = (RATE * STEP_MS) / 1000;
const BANDS = 8;
const TONES_PER_BAND = 3;

/** The samples of any file that ffmpeg reads, one channel, 8 kHz. */
export function samples(path) {
  const flags = ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 's16le', '-'];
  const raw = execFileSync('ffmpeg', flags, { maxBuffer: 512 << 20 });
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
}

/** Tones from 150 Hz to 3.6 kHz, evenly spaced as the ear has it, as cosine and sine over one step. */
const tones = Array.from({ length: BANDS * TONES_PER_BAND }, (_, i) => {
  const hertz = 150 * (3600 / 150) ** (i / (BANDS * TONES_PER_BAND - 1));
  const angle = (n) => (2 * Math.PI * hertz * n) / RATE;
  return [Float64Array.from({ length: STEP }, (_, n) => Math.cos(angle(n))), Float64Array.from({ length: STEP }, (_, n) => Math.sin(angle(n)))];
});

/** Loudness of each band in each step, in decades above the quietest that counts; steps follow each other. */
function print(sound) {
  const steps = Math.floor(sound.length / STEP);
  const found = new Float64Array(steps * BANDS);
  for (let step = 0; step < steps; step += 1) {
    const part = sound.subarray(step * STEP, (step + 1) * STEP);
    for (let band = 0; band < BANDS; band += 1) {
      let energy = 0;
      for (let i = 0; i < TONES_PER_BAND; i += 1) energy += tone(part, tones[band * TONES_PER_BAND + i]);
      found[step * BANDS + band] = Math.log10(1 + energy / (STEP * 400));
    }
  }
  return found;
}

function tone(part, [cosine, sine]) {
  let [a, b] = [0, 0];
  for (let n = 0; n < STEP; n += 1) {
    a += part[n] * cosine[n];
    b += part[n] * sine[n];
  }
  return (a * a + b * b) / STEP;
}

/** Pearson's correlation of `a` with the part of looped `b` that begins at `shift`. */
function correlation(a, b, shift) {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i], b[(i + shift) % b.length]];
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const n = a.length;
  const spread = Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return spread > 0 ? (sab - (sa * sb) / n) / spread : 0;
}

const prints = new WeakMap();

/** The print of a speech, made once: it is compared with many recordings. */
function printOf(spoken) {
  if (!prints.has(spoken)) prints.set(spoken, print(spoken));
  return prints.get(spoken);
}

/** How alike `recorded` is to `spoken`, which plays in a loop from an unknown place: the best { value, lagMs }. */
export function likeness(recorded, spoken) {
  const [a, b] = [print(recorded), printOf(spoken)];
  let best = { value: -1, lagMs: 0 };
  for (let step = 0; step * BANDS < b.length; step += 1) {
    const value = correlation(a, b, step * BANDS);
    if (value > best.value) best = { value, lagMs: step * STEP_MS };
  }
  return best;
}

/** How much of the power of `sound` is a tone of `hertz`, from 0 to 1: the mean over whole seconds. */
export function share(sound, hertz) {
  let [sum, windows] = [0, 0];
  for (let from = 0; from + RATE <= sound.length; from += RATE) {
    let [a, b, power] = [0, 0, 1];
    for (let n = 0; n < RATE; n += 1) {
      const sample = sound[from + n];
      const angle = (2 * Math.PI * hertz * n) / RATE;
      a += sample * Math.cos(angle);
      b += sample * Math.sin(angle);
      power += sample * sample;
    }
    sum += (2 * (a * a + b * b)) / RATE / power;
    windows += 1;
  }
  return windows ? sum / windows : 0;
}

/** Seconds of `sound`. */
export const seconds = (sound) => sound.length / RATE;
