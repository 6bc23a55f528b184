import { type Closing, type ClosingPhase, closingPhase } from '../../protocol/closing.ts';
import { moment } from '../../protocol/when.ts';
import { type Key, t } from '../../words/index.ts';
import { useTick } from '../parts.tsx';
import { serverNow } from '../store.ts';

const phases: Record<Exclude<ClosingPhase, 'far'>, Key> = {
  soon: 'room.closing.soon',
  over: 'room.closing.over',
  now: 'room.closing.now',
  cancelled: 'room.closing.cancelled',
  moved: 'room.closing.moved',
};

/** That the room closes, when, and why. */
export function ClosingBanner({ closing }: { closing: Closing | null }) {
  useTick(1000);
  if (!closing) return null;
  const { phase, seconds } = closingPhase(closing, serverNow());
  if (phase === 'far') return null;
  const times = { ends: moment(closing.endsMs).time, closes: moment(closing.closesMs).time, n: seconds };
  return (
    <div class="banner warn" role="status" data-testid="room-closing" data-phase={phase}>
      {t(phases[phase], times)}
    </div>
  );
}

const left: Record<Closing['why'], Key> = {
  ended: 'room.left.ended',
  cancelled: 'room.left.cancelled',
  moved: 'room.left.moved',
};

/** LiveKit's words for a room that is no more; null for other reasons to be out of it. */
export function closedWords(dismissal: string, closing: Closing | null): Key | null {
  if (dismissal !== 'ROOM_CLOSED' && dismissal !== 'ROOM_DELETED') return null;
  // Whoever led it has ended it before the booked time was over.
  if (!closing || (closing.why === 'ended' && (closing.closesMs <= closing.endsMs || serverNow() < closing.endsMs))) return 'room.left.closed';
  return left[closing.why];
}
