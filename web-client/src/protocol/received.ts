import type { Received, Spans } from './api.ts';

/** How a voice was: by the estimated opinion (MOS), as G.107 divides users into satisfied, some not, and nearly all not. */
export function voiceWord(opinion: number | null): 'clear' | 'broken' | 'bad' | 'none' {
  if (opinion === null) return 'none';
  if (opinion >= 4) return 'clear';
  return opinion >= 3.1 ? 'broken' : 'bad';
}

/** Seconds in which nothing could be received because whoever would have sent it was cut off. */
export const away = ({ sound, picture, screen }: Received): number =>
  Math.max(...[sound, picture, screen].map((it) => it.awayS));

/** Seconds that did not arrive or of which nothing is known, of whatever was missed the longest. */
export const hole = ({ sound, picture, screen }: Received): number =>
  Math.max(...[sound, picture, screen].map(({ missedS, unknownS }: Spans) => missedS + unknownS));
