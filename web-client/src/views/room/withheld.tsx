import type { Mode } from '../../protocol/mode.ts';
import type { Streamed } from '../../protocol/topics.ts';
import { t } from '../../words/index.ts';
import type { RoomModel } from './model.ts';

/** Why a picture does not come, or comes smaller, in a sentence; empty if it was not the line. */
function sentence({ state, reason, side }: Streamed, name: string, present: Mode): string {
  if (state === 'smaller') return reason === 'line' && side === 'yours' ? t('room.smaller') : '';
  if (present === 'stills') return t('room.paused.stills');
  if (reason === 'mode') return t('room.paused.mode');
  if (reason === 'budget') return t('room.paused.budget');
  return side === 'theirs' ? t('room.paused.theirs', { name }) : t('room.paused.yours');
}

/** Says over a picture that it is paused or smaller, and whose line it is. */
export function Withheld({ model, trackSid, name }: { model: RoomModel; trackSid: string; name: string }) {
  const found = model.withheld.value.find((one) => one.track === trackSid);
  const text = found ? sentence(found, name, model.modes.present.value) : '';
  if (!found || !text) return null;
  return (
    <span class={`withheld ${found.state}`} role="status" data-testid="picture-withheld" data-state={found.state}>
      {text}
    </span>
  );
}
