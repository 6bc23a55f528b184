import { computed, signal } from '@preact/signals';
import { hasPictures, lesser, type Mode, modeNamed, type Reception } from '../../protocol/mode.ts';
import { device } from '../store.ts';

/** The gateway's word from before a choice may come so long after it, milliseconds. */
const ANSWERED = 3000;

/** In which mode this page takes part: what the person chose, and what the gateway leaves of it. */
export class Modes {
  readonly chosen = signal<Mode>(modeNamed(device.read('mode')) ?? 'full');
  /** What the gateway said last. */
  readonly told = signal<Reception | null>(null);
  /** What comes: less than was chosen while the data budget is short. */
  readonly present = computed(() => lesser(this.chosen.value, this.told.value?.mode ?? 'full'));
  /** People's pictures come. */
  readonly pictures = computed(() => hasPictures(this.present.value));
  private chosenAt = 0;

  constructor(private readonly say: (mode: Mode) => void) {}

  /** The person chooses, here and for the next time on this device. */
  choose(mode: Mode): void {
    device.write('mode', mode);
    this.chosen.value = mode;
    // What is not chosen any more does not hold back what is.
    const told = this.told.value;
    if (told && told.reason === null) this.told.value = { ...told, mode };
    this.chosenAt = Date.now();
    this.say(mode);
  }

  /** We have come in anew: a choice of this device goes before the site's. */
  joined(): void {
    this.told.value = null;
    const kept = modeNamed(device.read('mode'));
    if (kept) this.say(kept);
  }

  heard(reception: Reception): void {
    const late = reception.chosen !== this.chosen.value && Date.now() - this.chosenAt < ANSWERED;
    if (late) return;
    this.told.value = reception;
    this.chosen.value = reception.chosen;
  }
}
