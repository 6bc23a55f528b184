import { signal } from '@preact/signals';
import type { Participant } from '../../protocol/api.ts';
import { type Absent, Presence } from '../../protocol/presence.ts';
import type { ParticipantInfo, Quality } from '../../protocol/wire.ts';
import { isScreen } from './faces.ts';
import { still } from './media.tsx';

/** The others: how their lines are, who was here, who is expected. */
export class Company {
  /** Counts what has changed; whoever draws reads it. */
  readonly turn = signal(0);
  /** Who is booked, by the scheduler; empty without a booking. */
  readonly expected = signal<Participant[]>([]);
  readonly presence = new Presence();
  /** Pictures of those who are lost, taken at once: their tracks may end before they are given up. */
  private readonly stills = new Map<string, string>();
  private timer = 0;

  told(identity: string, word: Quality['word']): void {
    if (word !== 'LOST') this.stills.delete(identity);
    else if (!this.stills.has(identity)) this.stills.set(identity, still(identity));
    this.presence.told(identity, word, Date.now());
    this.changed();
  }

  gone(info: ParticipantInfo, reason: string): void {
    const shown = still(info.identity) || this.stills.get(info.identity) || '';
    this.stills.delete(info.identity);
    this.presence.gone(info, reason, shown, Date.now());
    this.changed();
  }

  came(identity: string): void {
    this.presence.came(identity, Date.now());
    this.changed();
  }

  stop(): void {
    window.clearTimeout(this.timer);
  }

  /** Whoever draws looks again now, and when the next of what is said is over or begins. */
  private changed(): void {
    this.turn.value += 1;
    const now = Date.now();
    const next = this.presence.changesMs(now);
    window.clearTimeout(this.timer);
    if (next !== null) this.timer = window.setTimeout(() => this.changed(), next - now);
  }

  /** Those whose line broke and who are not back; screens that watch have no picture to miss. */
  lost(): Absent[] {
    return this.missed().filter((one) => one.how === 'lost' && !isScreen(one.info));
  }

  missed(): Absent[] {
    void this.turn.value;
    return this.presence.missed(Date.now());
  }

  /** Those who are booked and were never here. */
  never(here: ParticipantInfo[], mine: string): Participant[] {
    void this.turn.value;
    const known = [mine, ...here.map((one) => one.identity), ...this.presence.absent.map((one) => one.info.identity)];
    return this.expected.value.filter((one) => !known.includes(one.personId));
  }
}
