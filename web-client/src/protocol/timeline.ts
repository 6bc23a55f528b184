import type { SlideAt } from './library.ts';

/** Which slide is up at `ms`: its place in the list sorted by `atMs`; -1 before the first. */
export function slideAt(slides: readonly SlideAt[], ms: number): number {
  let found = -1;
  for (let i = 0; i < slides.length; i += 1) {
    if ((slides[i]?.atMs ?? Infinity) > ms) break;
    found = i;
  }
  return found;
}

/** A page that stayed so long is a chapter, milliseconds. */
const STAYED = 5000;
const CHAPTERS_MAX = 100;

/**
 * The slides that are worth a place in the table of contents: those that stayed, and of too many the ones that stayed
 * longest. `slides` is sorted by `atMs`.
 */
export function chapters(slides: readonly SlideAt[], durationMs: number): SlideAt[] {
  const stay = slides.map((slide, i) => ({ slide, ms: (slides[i + 1]?.atMs ?? durationMs) - slide.atMs }));
  const longest = stay.filter(({ ms }) => ms >= STAYED).sort((a, b) => b.ms - a.ms);
  const kept = longest.slice(0, CHAPTERS_MAX).map(({ slide }) => slide);
  return kept.sort((a, b) => a.atMs - b.atMs);
}

/** The lines of chat that were said by `ms`. */
export const said = <T extends { atMs: number }>(lines: readonly T[], ms: number): T[] =>
  lines.filter(({ atMs }) => atMs <= ms);

/** Megabytes (10^6 bytes) for a person: one decimal below ten. */
export function megabytes(bytes: number): string {
  const mb = bytes / 1e6;
  return mb < 10 ? Math.max(0.1, mb).toFixed(1) : String(Math.round(mb));
}

export const speeds: readonly number[] = [0.75, 1, 1.25, 1.5, 2];
