/** When a booked room closes, as its metadata tell it; times in milliseconds since 1970. */
export interface Closing {
  endsMs: number;
  closesMs: number;
  why: 'ended' | 'cancelled' | 'moved';
}

/** What there is to say of it now: nothing yet, that it comes, that the booked time is over, or that seconds are left. */
export type ClosingPhase = 'far' | 'soon' | 'over' | 'now' | 'cancelled' | 'moved';

/** The booked end is told this long before it, milliseconds. */
const SOON = 5 * 60_000;
/** The last of the time is told in seconds from here on, milliseconds. */
const NOW = 60_000;

/** Null for a room that no booking has made, and for metadata of another form. */
export function readClosing(metadata: string): Closing | null {
  try {
    const about = JSON.parse(metadata || '{}') as Record<string, unknown> | null;
    const { ends, closes, why } = about ?? {};
    if (typeof ends !== 'number' || typeof closes !== 'number') return null;
    return { endsMs: ends * 1000, closesMs: closes * 1000, why: why === 'cancelled' || why === 'moved' ? why : 'ended' };
  } catch {
    return null;
  }
}

/**
 * Where a room stands at `now` (milliseconds), and the seconds left: in steps of ten, for a count that changes less is easier to
 * read and to hear, and never more than there are.
 */
export function closingPhase(closing: Closing, now: number): { phase: ClosingPhase; seconds: number } {
  const left = Math.max(0, closing.closesMs - now);
  const seconds = left < 10_000 ? Math.ceil(left / 1000) : Math.floor(left / 10_000) * 10;
  if (closing.why !== 'ended') return { phase: closing.why, seconds };
  if (left <= NOW) return { phase: 'now', seconds };
  if (now >= closing.endsMs) return { phase: 'over', seconds };
  return { phase: now >= closing.endsMs - SOON ? 'soon' : 'far', seconds };
}
