import { useEffect, useState } from 'preact/hooks';
import { type NewSession, Problem, unique } from '../../protocol/api.ts';
import type { Answer } from '../../protocol/described.ts';
import { moment } from '../../protocol/when.ts';
import { told } from '../../words/holding.ts';
import { Icon } from '../icon.tsx';
import { useTick } from '../parts.tsx';
import { api, serverNow } from '../store.ts';

type Held = Answer<'/api/v1/holds', 'post'>;

/** Is told what will be held, and '' when nothing is any more: the id of the hold, or '' if it was refused. */
type Put = (id: Promise<string> | '') => void;

/** The page may be going: the request outlives it. */
const giveBack = (id: string): void =>
  void api().ask(`/api/v1/holds/${id}`, { method: 'DELETE', keepalive: true }).catch(() => undefined);

/** Holds the time of `wish` as long as this is shown: what is held, or why nothing is. */
function useHold(wish: NewSession, put: Put) {
  const [held, setHeld] = useState<Held | null>(null);
  const [lost, setLost] = useState<'lost' | 'unheld' | null>(null);
  useEffect(() => {
    let [gone, id] = [false, ''];
    const leave = (): void => {
      gone = true;
      if (id) giveBack(id);
      id = '';
      put('');
    };
    const { kind, startsAt, endsAt, roomIds, terminalIds, participants, sites } = wish;
    const body = { kind, startsAt, endsAt, participants, ...(roomIds ? { roomIds } : {}), ...(terminalIds ? { terminalIds } : {}), ...(sites ? { sites } : {}) };
    const once = unique();
    const asked = api().call('post', '/api/v1/holds', { body, headers: { 'Idempotency-Key': once } });
    // Who books before the answer is there waits for it: their own hold would be in their way.
    put(asked.then((found) => found.id, () => ''));
    asked.then(
      (found) => {
        // Left before the answer was there.
        if (gone) return giveBack(found.id);
        id = found.id;
        setHeld(found);
      },
      (error: unknown) => setLost(error instanceof Problem && error.status === 409 ? 'lost' : 'unheld'),
    );
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
  const longer = async (): Promise<void> => {
    if (held) setHeld(await api().call('post', '/api/v1/holds/{id}/extend', { path: { id: held.id }, body: {} }));
  };
  return { held, lost, longer };
}

/** That the chosen time is held for whoever fills the form in, until when, and one press to hold it longer. */
export function Holding({ wish, put }: { wish: NewSession; put: Put }) {
  const { held, lost, longer } = useHold(wish, put);
  useTick(1_000);
  const until = held ? Date.parse(held.expiresAt) : 0;
  const over = held !== null && until <= serverNow();
  useEffect(() => {
    if (over) put('');
  }, [over]);
  if (!held && !lost) return null;
  if (lost || over) {
    return (
      <p class={lost === 'unheld' ? 'quiet' : 'sentence bad'} role="status" data-testid="book-unheld">
        {lost === 'unheld' ? null : <Icon name="alert" />} <span>{told(lost ?? 'over')}</span>
      </p>
    );
  }
  const most = held ? Date.parse(held.expiresLatest) : 0;
  return (
    <div data-testid="book-held">
      <p class="sentence good" role="status">
        <Icon name="check" /> <span>{told('held', { time: moment(until).time })}</span>
      </p>
      {until < most ? (
        <button type="button" class="button small" onClick={() => void longer().catch(() => undefined)} data-testid="book-hold-longer">
          {told('longer')}
        </button>
      ) : null}
    </div>
  );
}
