import type { ParticipantInfo, Quality } from './wire.ts';

/** What there is to say of somebody: their line is weak, silent, back again, or they went away. */
export type How = 'poor' | 'lost' | 'back' | 'left';

export interface Standing {
  how: How;
  /** Milliseconds since 1970, our clock. */
  sinceMs: number;
}

/** Somebody who was here. */
export interface Absent extends Standing {
  info: ParticipantInfo;
  /** Before this it is not told: a page that loads again is away for a moment. */
  shownMs: number;
  /** The last picture, as a data URL; empty without one. */
  still: string;
}

/** The server tells of a silent line so long after it fell silent, milliseconds. */
const TOLD_AFTER = 2500;
/** That somebody is back is said for so long, milliseconds. */
const BACK = 6000;
/** A page that loads again, or follows the server's restart, is back within this, milliseconds. */
const RELOAD = 3000;
/** People who were here kept at most; the oldest go first. */
const MOST = 300;

const byWish = ['CLIENT_INITIATED', 'PARTICIPANT_REMOVED'];

/** How the others' lines are, and who was here before. It is told the time. */
export class Presence {
  absent: Absent[] = [];
  private readonly lines = new Map<string, Standing & { poor: boolean }>();

  /** The server's word for somebody's line. */
  told(identity: string, word: Quality['word'], nowMs: number): void {
    const before = this.lines.get(identity);
    const poor = word === 'POOR';
    if (word === 'LOST') {
      if (before?.how !== 'lost') this.lines.set(identity, { how: 'lost', sinceMs: nowMs - TOLD_AFTER, poor: false });
    } else if (before?.how === 'lost') this.lines.set(identity, { how: 'back', sinceMs: nowMs, poor });
    else if (before?.how === 'back' && nowMs - before.sinceMs < BACK) before.poor = poor;
    else if (!poor) this.lines.delete(identity);
    else if (before?.how !== 'poor') this.lines.set(identity, { how: 'poor', sinceMs: nowMs, poor });
  }

  /** Somebody is not here any more; `reason` is the server's, or empty when we only miss them. */
  gone(info: ParticipantInfo, reason: string, still: string, nowMs: number): void {
    if (this.absent.some((one) => one.info.identity === info.identity)) return;
    const line = this.lines.get(info.identity);
    this.lines.delete(info.identity);
    const how: How = byWish.includes(reason) ? 'left' : 'lost';
    const sinceMs = line?.how === 'lost' ? line.sinceMs : nowMs;
    const moves = reason === 'DUPLICATE_IDENTITY' || reason === 'SERVER_SHUTDOWN' || reason === '';
    const shownMs = moves ? nowMs + RELOAD : nowMs;
    this.absent = [...this.absent, { info, how, sinceMs, shownMs, still }].slice(-MOST);
  }

  /** Somebody is here, perhaps again. */
  came(identity: string, nowMs: number): void {
    const before = this.absent.find((one) => one.info.identity === identity);
    if (!before) return;
    this.absent = this.absent.filter((one) => one !== before);
    if (nowMs >= before.shownMs) this.lines.set(identity, { how: 'back', sinceMs: nowMs, poor: false });
  }

  /** What there is to say of somebody who is here; null when all is well. */
  of(identity: string, nowMs: number): Standing | null {
    const line = this.lines.get(identity);
    if (line?.how !== 'back' || nowMs - line.sinceMs < BACK) return line ?? null;
    return line.poor ? { how: 'poor', sinceMs: line.sinceMs } : null;
  }

  /** When the next thing that is said of somebody is over, or begins to be said; null without one. */
  changesMs(nowMs: number): number | null {
    const over = [...this.lines.values()].filter((line) => line.how === 'back').map((line) => line.sinceMs + BACK);
    const begins = this.absent.map((one) => one.shownMs);
    const next = Math.min(...[...over, ...begins].filter((ms) => ms > nowMs));
    return Number.isFinite(next) ? next : null;
  }

  /** Those who were here and of whom it is time to tell. */
  missed(nowMs: number): Absent[] {
    return this.absent.filter((one) => nowMs >= one.shownMs);
  }
}
