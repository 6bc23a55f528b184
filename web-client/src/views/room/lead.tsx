import { useEffect, useState } from 'preact/hooks';
import type { Answer } from '../../protocol/described.ts';
import { told } from '../../words/lead.ts';
import { named } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { roleName } from '../parts.tsx';
import { explain } from '../store.ts';
import type { RoomModel } from './model.ts';

type Candidates = Answer<'/api/v1/sessions/{id}/candidates', 'get'>;

/** Who types is waited for, milliseconds. */
const TYPED = 300;
/** Above the row of buttons, on a phone as well. */
const ABOVE = 'position:fixed;left:8px;right:8px;bottom:8rem;max-width:30rem;max-height:60vh;overflow:auto;margin:auto;z-index:9;color:#12211d';

/** What only whoever leads can do: ask a third person in, and end the session for all. */
export function Lead({ model }: { model: RoomModel }) {
  const [opened, open] = useState<'ask' | 'end' | null>(null);
  const control = (which: 'ask' | 'end', look: string) => (
    <button
      type="button"
      class={`control ${look}`}
      onClick={() => open(opened === which ? null : which)}
      aria-expanded={opened === which}
      data-testid={`room-${which}`}
    >
      <Icon name={which === 'ask' ? 'people' : 'leave'} />
      <span>{told(which)}</span>
    </button>
  );
  return (
    <>
      {control('ask', '')}
      {control('end', 'leave')}
      {opened === 'ask' ? <Ask model={model} close={() => open(null)} /> : null}
      {opened === 'end' ? <End model={model} close={() => open(null)} /> : null}
    </>
  );
}

const focus = (element: HTMLElement | null): void => element?.focus();
const escape =
  (close: () => void) =>
  (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close();
  };

interface Panel {
  model: RoomModel;
  close: () => void;
}

/** It cannot be taken back, so that it is asked once more. */
function End({ model, close }: Panel) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const end = async (): Promise<void> => {
    setBusy(true);
    setFailed('');
    // What it does is seen by the room: it closes.
    await model.scheduler.call('post', '/api/v1/sessions/{id}/end', { path: { id: model.id } }).catch((why: unknown) => setFailed(explain(why)));
    setBusy(false);
  };
  return (
    <div class="banner warn" role="alertdialog" aria-label={told('end.ask')} style={ABOVE} onKeyDown={escape(close)} data-testid="room-end-ask">
      <p>{failed || told('end.ask')}</p>
      <button type="button" class="button small" onClick={close} disabled={busy} ref={focus} data-testid="room-end-no">
        {told('end.no')}
      </button>{' '}
      <button type="button" class="button small" onClick={() => void end()} disabled={busy} data-testid="room-end-yes">
        {told('end')}
      </button>
    </div>
  );
}

/** Whoever is free now is asked in with one press; the list is of one role. */
function Ask({ model, close }: Panel) {
  const roles = model.kind.value === 'class' ? (['lead_teacher', 'interpreter'] as const) : (['specialist', 'interpreter', 'village_doctor'] as const);
  const [role, setRole] = useState<(typeof roles)[number]>(roles[0]);
  const [found, setFound] = useState<Candidates | null>(null);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [said, say] = useState('');
  const { scheduler, id } = model;
  useEffect(() => {
    let current = true;
    const look = (): void => {
      scheduler.call('get', '/api/v1/sessions/{id}/candidates', { path: { id }, query: { role, text: typed } }).then(
        (list) => current && setFound(list),
        (why: unknown) => current && say(explain(why)),
      );
    };
    const timer = window.setTimeout(look, typed ? TYPED : 0);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [role, typed]);
  const ask = async (one: Candidates['people'][number]): Promise<void> => {
    setBusy(true);
    try {
      await scheduler.call('post', '/api/v1/sessions/{id}/participants', { path: { id }, body: { personId: one.personId, role } });
      setFound((now) => now && { ...now, people: now.people.filter((other) => other.personId !== one.personId) });
      say(told('ask.done', { name: named(one) }));
    } catch (why) {
      say(explain(why));
    }
    setBusy(false);
  };
  // A press on a list of before would ask for another role.
  const choose = (chosen: typeof role): void => {
    setFound(null);
    setRole(chosen);
  };
  const people = found?.people ?? [];
  return (
    <section class="card" aria-label={told('ask')} style={ABOVE} onKeyDown={escape(close)} data-testid="room-ask-list">
      <label class="field">
        <span>{told('ask.role')}</span>
        <select value={role} disabled={busy} ref={focus} onChange={(event) => choose(event.currentTarget.value as typeof role)} data-testid="room-ask-role">
          {roles.map((one) => (
            <option key={one} value={one}>
              {roleName(one)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{told('ask.find')}</span>
        <input type="text" value={typed} maxLength={100} autocomplete="off" onInput={(event) => setTyped(event.currentTarget.value)} data-testid="room-ask-find" />
      </label>
      {said ? (
        <p role="status" data-testid="room-ask-said">
          {said}
        </p>
      ) : null}
      {found && people.length === 0 ? <p class="quiet">{told('ask.none')}</p> : null}
      <ul class="sessions">
        {people.slice(0, 20).map((one) => (
          <li key={one.personId} class="session">
            <span class="what">
              <b>
                <bdi>{named(one)}</bdi>
              </b>{' '}
              <span class="quiet block">
                <bdi>{named({ names: one.organizationNames })}</bdi>
                {one.free ? '' : ` · ${told('ask.busy')}`}
              </span>
            </span>
            <button type="button" class="button small" disabled={busy || !one.free} onClick={() => void ask(one)} data-testid={`room-ask-${one.personId}`}>
              {told('ask')}
            </button>
          </li>
        ))}
      </ul>
      {found && (found.more || people.length > 20) ? <p class="quiet">{told('ask.more')}</p> : null}
      <button type="button" class="button small" onClick={close} data-testid="room-ask-close">
        {told('ask.close')}
      </button>
    </section>
  );
}
