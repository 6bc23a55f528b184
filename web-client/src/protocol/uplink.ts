/**
 * What the way up carries, by what the browser counts of it: whether the voice goes with copies of itself, and whether
 * a picture goes beside it.
 */

/** Sums since a connection began, and what the browser takes the way up to carry, bits per second; null where it does not tell. */
export interface Sample {
  atMs: number;
  /** Packets of sound. */
  sent: number;
  lost: number;
  available: number | null;
  /** The browser sends less of the picture than it is asked for, because the line carries no more. */
  limited: boolean;
}

/** Losses count for so long, milliseconds, once there are so many, from this share on. */
const LOSES_MS = 6000;
const LOSES_LEAST = 2;
const LOSES = 0.02;
/** Copies end when for so long less than this share was lost. */
const WHOLE_MS = 60_000;
const WHOLE = 0.005;
/** Less than this for so long carries the voice and no picture, bits per second and milliseconds. */
const VOICE_ALONE = 56_000;
const THIN_MS = 6000;
/** A picture is tried again after so long, and after twice as long each time that it was in vain, milliseconds. */
const TRIED_MS = 20_000;
const TRIED_MOST_MS = 160_000;
/** One that stayed for so long was not in vain. */
const STAYED_MS = 60_000;

/** The picture is smaller for the line once the browser has said so for so long, milliseconds. */
const LIMITED_MS = 6000;

/** How our page tells the gateway what it does about the way up. */
const written = (picture: 'whole' | 'smaller' | 'paused', copies: boolean): string =>
  JSON.stringify({ picture, voice: copies ? 'protected' : 'plain' });
export const UPLINK_WHOLE = written('whole', false);

/** Follows the way up of one person. */
export class Uplink {
  copies = false;
  picture = true;
  /** Sums of the last minute, the oldest first. */
  private samples: Sample[] = [];
  private thinSince: number | null = null;
  private turnedMs = 0;
  private inVain = 0;
  /** Since when the browser has said all the same of the picture, and what the gateway is told of that. */
  private limited = { now: false, sinceMs: 0, told: false };

  /** Takes what was counted; to be told every second or two. */
  note(sample: Sample): void {
    const last = this.samples.at(-1);
    // Another connection counts anew.
    if (last && sample.sent < last.sent) this.samples = [];
    this.samples = this.samples.filter((it) => sample.atMs - it.atMs <= WHOLE_MS + LOSES_MS);
    this.samples.push(sample);
    this.judgeLosses(sample);
    this.judgeRate(sample);
    if (sample.limited !== this.limited.now) this.limited = { ...this.limited, now: sample.limited, sinceMs: sample.atMs };
    if (sample.atMs - this.limited.sinceMs >= LIMITED_MS) this.limited.told = sample.limited;
  }

  /** What is done about it, as the gateway is told, with the camera on or off. */
  word(camera: boolean): string {
    const picture = !camera ? 'whole' : !this.picture ? 'paused' : this.limited.told ? 'smaller' : 'whole';
    return written(picture, this.copies);
  }

  private judgeLosses(now: Sample): void {
    const lately = this.lost(now, LOSES_MS);
    if (lately && lately.lost >= LOSES_LEAST && lately.lost >= LOSES * lately.sent) this.copies = true;
    else if (this.copies) {
      const long = this.lost(now, WHOLE_MS);
      if (long?.whole && long.lost < WHOLE * long.sent) this.copies = false;
    }
  }

  private judgeRate(now: Sample): void {
    if (now.available === null) return;
    if (!this.picture) {
      const after = Math.min(TRIED_MS * 2 ** (this.inVain - 1), TRIED_MOST_MS);
      if (now.atMs - this.turnedMs >= after) this.turn(now.atMs, true);
      return;
    }
    if (this.inVain > 0 && now.atMs - this.turnedMs >= STAYED_MS) this.inVain = 0;
    if (now.available >= VOICE_ALONE) this.thinSince = null;
    else if (now.atMs - (this.thinSince ??= now.atMs) >= THIN_MS) {
      this.inVain += 1;
      this.turn(now.atMs, false);
    }
  }

  private turn(atMs: number, picture: boolean): void {
    this.picture = picture;
    this.turnedMs = atMs;
    this.thinSince = null;
  }

  /** Packets sent and lost in the last `ms`, and whether so long is known. */
  private lost(now: Sample, ms: number): { sent: number; lost: number; whole: boolean } | null {
    const first = this.samples.find((it) => now.atMs - it.atMs <= ms);
    if (!first || first === now) return null;
    const whole = this.samples[0] !== first || now.atMs - first.atMs >= ms;
    return { sent: now.sent - first.sent, lost: now.lost - first.lost, whole };
  }
}

/** Reads a connection's counters; null where the browser does not tell. */
export async function sampled(pc: RTCPeerConnection): Promise<Sample | null> {
  const report = await pc.getStats().catch(() => null);
  if (!report) return null;
  const sample: Sample = { atMs: performance.now(), sent: 0, lost: 0, available: null, limited: false };
  report.forEach((entry: Record<string, unknown>) => {
    const count = (name: string): number => (typeof entry[name] === 'number' ? (entry[name] as number) : 0);
    if (entry['kind'] === 'audio' && entry['type'] === 'outbound-rtp') sample.sent += count('packetsSent');
    if (entry['kind'] === 'audio' && entry['type'] === 'remote-inbound-rtp') sample.lost += count('packetsLost');
    if (entry['qualityLimitationReason'] === 'bandwidth' && entry['active'] !== false) sample.limited = true;
    const rate = entry['type'] === 'candidate-pair' && entry['nominated'] === true ? count('availableOutgoingBitrate') : 0;
    if (rate > 0) sample.available = rate;
  });
  return sample;
}
