import { signal } from '@preact/signals';
import { type Hand, readSlides, type RoomState, samePage, type Slides, type Write } from '../../protocol/state.ts';
import { parse } from '../../protocol/wire.ts';

/** Pages that are turned quicker than this go together, milliseconds: a key that is held down turns thirty a second. */
const TURNS_EVERY = 200;
/** Who is called while the microphone is open reads the call for so long, milliseconds. */
const CALL = 10_000;

type Kept = 'slides' | 'called' | 'hand';

/** What the table needs of its page. */
export interface Desk {
  /** Who we are; empty before we are in. */
  identity(): string;
  /** Whether our microphone is open. */
  speaks(): boolean;
  /** Writes to the room; false when that has to wait. */
  send(write: Write): boolean;
  /** What this page keeps over a reload; null without. */
  read(name: Kept): string | null;
  keep(name: Kept, value: string): void;
}

/** What we wrote and the gateway has not answered. */
interface Asked<T> {
  request: number;
  value: T;
  sent: boolean;
}

/**
 * The state of the room as this page shows it: what the gateway told, and before that what we ask for. The room keeps it:
 * after a restart of the gateway, which forgets it, the pages bring back what was theirs.
 */
export class Table {
  readonly slides = signal<Slides | null>(null);
  readonly hands = signal<Hand[]>([]);
  readonly myHand = signal(false);
  /** Who leads wants to hear us. */
  readonly called = signal(false);
  private state: RoomState = { slides: null, hands: [], called: null };
  private turning: Asked<Slides> | null = null;
  private raising: Asked<boolean> | null = null;
  private requests = 0;
  private timer = 0;
  private reading = 0;

  constructor(private readonly desk: Desk) {
    this.slides.value = readSlides(parse(desk.read('slides') ?? ''));
    // A line may be so thin that the room has given us up before the page is there again.
    this.myHand.value = desk.read('hand') === 'up';
  }

  /** We leave: a hand goes down with who raised it. */
  stop(): void {
    this.desk.keep('hand', '');
    window.clearTimeout(this.timer);
    window.clearTimeout(this.reading);
  }

  // -- what the person does

  turn(to: Slides): void {
    this.show(to);
    this.turning = { request: this.next(), value: to, sent: false };
    if (!this.timer) this.flushTurn();
  }

  raise(raised: boolean): void {
    this.up(raised);
    this.raising = { request: this.next(), value: raised, sent: false };
    this.flush();
  }

  /** Calls on somebody: the hand that we see goes down. */
  call(hand: Hand): void {
    this.desk.send({ request: this.next(), call: hand.of, seen: hand.version });
  }

  /** We speak: the call is answered, also for this page after a reload. */
  answer(): void {
    if (!this.called.value) return;
    this.desk.keep('called', String(this.state.called?.at));
    this.called.value = false;
  }

  // -- what the gateway tells

  told(state: RoomState): void {
    const mine = this.desk.identity();
    this.state = state;
    this.hands.value = state.hands;
    if (!this.turning) this.show(state.slides);
    if (!this.raising) this.up(state.hands.some((one) => one.of === mine));
    const { called } = state;
    const calls = called?.of === mine && this.desk.read('called') !== String(called.at);
    if (calls === this.called.value) return;
    this.called.value = calls;
    window.clearTimeout(this.reading);
    if (calls && this.desk.speaks()) this.reading = window.setTimeout(() => this.answer(), CALL);
  }

  /** We have come in anew: what was ours and the room does not know is written again. */
  joined(state: RoomState, leads: boolean): void {
    const [slides, raised] = [this.slides.value, this.myHand.value];
    this.told(state);
    if (leads && slides && !state.slides && !this.turning) this.turn(slides);
    const known = this.myHand.value || state.called?.of === this.desk.identity();
    if (raised && !known && !this.raising) this.raise(true);
  }

  /** The way is open, perhaps another one: what was not answered may not have arrived. */
  ready(): void {
    if (this.turning) this.turning.sent = false;
    if (this.raising) this.raising.sent = false;
    this.flush();
  }

  /** What the gateway made of a write of ours. */
  answered(request: number, done: boolean): void {
    if (this.turning?.request === request) this.turning = null;
    else if (this.raising?.request === request) this.raising = null;
    else return;
    // What is told from here on has it; what was refused is shown as it is.
    if (!done) this.told(this.state);
  }

  // -- inside

  private up(raised: boolean): void {
    // The room tells of everybody's hands: what is kept is written when it changes.
    if (raised === this.myHand.value) return;
    this.myHand.value = raised;
    this.desk.keep('hand', raised ? 'up' : '');
  }

  private next(): number {
    return (this.requests += 1);
  }

  /** A room that knows no page shows what this page remembers. */
  private show(slides: Slides | null): void {
    if (!slides || (samePage(slides, this.slides.value) && slides.title === this.slides.value?.title)) return;
    this.slides.value = slides;
    this.desk.keep('slides', JSON.stringify(slides));
  }

  private flushTurn(): void {
    this.timer = 0;
    if (!this.turning || this.turning.sent) return;
    this.flush();
    this.timer = window.setTimeout(() => this.flushTurn(), TURNS_EVERY);
  }

  private flush(): void {
    const [turning, raising] = [this.turning, this.raising];
    if (turning && !turning.sent) turning.sent = this.desk.send({ request: turning.request, slides: turning.value });
    if (raising && !raising.sent) raising.sent = this.desk.send({ request: raising.request, hand: raising.value });
  }
}
