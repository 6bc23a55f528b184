import type { ComponentChildren } from 'preact';
import type { ParticipantInfo } from '../../protocol/wire.ts';
import { told } from '../../words/line.ts';
import { useTick } from '../parts.tsx';
import { nameOf } from './faces.ts';
import type { RoomModel } from './model.ts';

/** Whose line is weak and what was done about it, in one sentence. */
export function WeakSide({ model }: { model: RoomModel }) {
  const { side, who, done } = model.side.value;
  const one = model.others.value.find((other) => other.identity === who);
  if (side === 'none' || (side === 'theirs' && !one)) return null;
  const ours = side === 'down' || side === 'up' || side === 'both';
  const values = { name: one ? nameOf(one) : '', done: done.map((word) => told(`done.${word}`)).join('') };
  return (
    <div class="banner warn" role="status" data-testid="line-side" data-side={side} data-who={who} data-done={done.join(' ')}>
      {told(`weak.${side}`, values)} {ours ? <span class="block">{told('hint')}</span> : null}
    </div>
  );
}

/** An older still says nothing of somebody any more, milliseconds; of a camera that may be off, none that the next one is late for. */
const STALE = 75_000;
const STALE_OFF = 40_000;

/** The last still of somebody, with its age; `otherwise` without one. */
export function StillPicture({ model, one, otherwise }: { model: RoomModel; one: ParticipantInfo; otherwise: ComponentChildren }) {
  useTick(1000);
  const { identity } = one;
  const still = model.stills.shown.value[identity];
  const on = one.tracks.some((track) => track.source === 'CAMERA' && !track.muted);
  const age = still ? Math.max(0, Date.now() - still.atMs) : STALE;
  if (!still || age >= (on ? STALE : STALE_OFF)) return <>{otherwise}</>;
  return (
    <span class="still">
      <img src={still.url} alt="" data-testid="still-picture" data-identity={identity} data-at={still.atMs} />
      <span class="age" data-testid="still-age">
        {told('still.age', { n: Math.floor(age / 1000) })}
      </span>
    </span>
  );
}
