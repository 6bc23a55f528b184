// What the publisher sends: a moving picture under noise, so that the encoder uses all its bits, and a voice with marks.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { made } from '../../browser/lib/places.js';

/** A mark is a short tone; they come one after the other, so that one that is heard late is not taken for the next. */
export const TONES = [3000, 3500, 4000, 4500, 5000, 5500, 6000, 6500];
/** From mark to mark, milliseconds. */
export const MARK_EVERY = 500;
const RATE = 48_000;
const MARK_MS = 40;
const LOUD = 0.2;
const HEADER = 44;

/** Makes both in `folder` once; gives the flags for Chromium. */
export function material(folder) {
  const [camera, microphone] = [`${folder}/camera.y4m`, `${folder}/microphone.wav`];
  if (!existsSync(camera)) {
    const source = 'testsrc2=size=640x360:rate=20,noise=alls=30:allf=t+u';
    const flags = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-t', '12', '-pix_fmt', 'yuv420p', camera];
    execFileSync('ffmpeg', flags);
  }
  writeFileSync(microphone, marked(readFileSync(`${made}/teacher.wav`)));
  return [`--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${microphone}`];
}

/** A file of one channel at 48 kHz with a mark every half second, whole rounds of tones, for it is played in a loop. */
function marked(file) {
  const round = (TONES.length * MARK_EVERY * RATE) / 1000;
  const length = Math.floor((file.length - HEADER) / 2 / round) * round;
  const voice = Buffer.from(file.subarray(0, HEADER + length * 2));
  voice.writeUInt32LE(voice.length - 8, 4);
  voice.writeUInt32LE(length * 2, HEADER - 4);
  const mark = (MARK_MS * RATE) / 1000;
  for (let n = 0; n < length; n += 1) {
    const into = n % ((MARK_EVERY * RATE) / 1000);
    if (into >= mark) continue;
    const tone = TONES[Math.floor(n / ((MARK_EVERY * RATE) / 1000)) % TONES.length];
    const swell = Math.min(1, into / 240, (mark - into) / 240);
    const sample = voice.readInt16LE(HEADER + n * 2) * 0.5 + 32_767 * LOUD * swell * Math.sin((2 * Math.PI * tone * into) / RATE);
    voice.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample))), HEADER + n * 2);
  }
  return voice;
}
