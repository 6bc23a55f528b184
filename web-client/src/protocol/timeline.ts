import type { SlideAt } from './api.ts';

/** Which slide is up at `ms`: its place in the list sorted by `atMs`; -1 before the first. */
export function slideAt(slides: readonly SlideAt[], ms: number): number {
  let found = -1;
  for (let i = 0; i < slides.length; i += 1) {
    if ((slides[i]?.atMs ?? Infinity) > ms) break;
    found = i;
  }
  return found;
}

/** Megabytes (10^6 bytes) for a person: one decimal below ten. */
export function megabytes(bytes: number): string {
  const mb = bytes / 1e6;
  return mb < 10 ? Math.max(0.1, mb).toFixed(1) : String(Math.round(mb));
}

export const speeds: readonly number[] = [0.75, 1, 1.25, 1.5, 2];
