/** Waits before another try, milliseconds: the last one from then on. */
const AGAIN = [2_000, 4_000, 8_000, 15_000, 30_000];

/** Tries again what the line did not take. */
export class Again {
  private tries = 0;
  private timer = 0;

  constructor(private readonly act: () => void) {}

  /** In a while, and each time later. */
  later(): void {
    this.timer = window.setTimeout(this.act, AGAIN[Math.min(this.tries, AGAIN.length - 1)]);
    this.tries += 1;
  }

  /** It is tried now: not by the clock as well. */
  now(): void {
    window.clearTimeout(this.timer);
  }

  /** The line took something: the next wait is a short one. */
  afresh(): void {
    this.tries = 0;
  }
}
