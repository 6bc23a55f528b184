import { useState } from 'preact/hooks';
import { told } from '../../words/ending.ts';
import { Icon } from '../icon.tsx';
import type { RoomModel } from './model.ts';

/** Whoever leads ends the session for all, after a question: it cannot be taken back. */
export function End({ model }: { model: RoomModel }) {
  const [asks, ask] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const end = async (): Promise<void> => {
    setBusy(true);
    setFailed(false);
    // What it does is seen by the room: it closes.
    await model.end().catch(() => setFailed(true));
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="control leave" onClick={() => ask(!asks)} aria-expanded={asks} data-testid="room-end">
        <Icon name="people" />
        <span>{told('end')}</span>
      </button>
      {asks ? (
        <div class="banner warn" role="alertdialog" aria-label={told('ask')} style="position:fixed;left:8px;right:8px;bottom:8rem;max-width:30rem;margin:auto;z-index:9" data-testid="room-end-ask">
          <p>{failed ? told('failed') : told('ask')}</p>
          <button type="button" class="button small" onClick={() => ask(false)} disabled={busy} data-testid="room-end-no">
            {told('no')}
          </button>{' '}
          <button type="button" class="button small" onClick={() => void end()} disabled={busy} data-testid="room-end-yes">
            {told('yes')}
          </button>
        </div>
      ) : null}
    </>
  );
}
