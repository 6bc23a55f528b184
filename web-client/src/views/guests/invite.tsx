import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../protocol/api.ts';
import { ask, type Guest, guests, type GuestTicket, revoke, roleOf } from '../../protocol/guests.ts';
import { moment } from '../../protocol/when.ts';
import { told } from '../../words/guests.ts';
import { language, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { Loading, Range, roleName, Trouble, useLoad } from '../parts.tsx';
import { api, loadMe, me, serverNow } from '../store.ts';
import { Slip } from './slip.tsx';
import { guestWords } from './words.ts';

function stateWords(guest: Guest): string {
  if (guest.state !== 'in') return told(`state.${guest.state}`);
  return told('state.in', { time: moment(Date.parse(guest.usedAt ?? '')).time });
}

/** A guest, with a revocation that asks once more. */
function Row({ guest, session, changed }: { guest: Guest; session: string; changed: (list: Guest[]) => void }) {
  const [sure, setSure] = useState(false);
  const [trouble, setTrouble] = useState('');
  const take = (): void => {
    revoke(api(), session, guest.id).then(changed, (why: unknown) => setTrouble(guestWords(why)));
  };
  return (
    <li class={guest.state === 'revoked' ? 'session faded' : 'session'} data-testid="guest-row" data-state={guest.state}>
      <span class="what">
        <b>
          <bdi>{guest.name}</bdi>
        </b>{' '}
        <span class="quiet">{roleName(guest.role)}</span>
        <span class="quiet block">{stateWords(guest)}</span>
        {sure ? <span class="block">{told('revoke.hint')}</span> : null}
        {trouble ? (
          <span class="block bad" role="alert">
            {trouble}
          </span>
        ) : null}
      </span>
      {guest.state === 'revoked' ? null : sure ? (
        <span class="pair">
          <button type="button" class="button small danger" onClick={take} data-testid="guest-revoke-sure">
            {told('revoke.sure')}
          </button>
          <button type="button" class="button small" onClick={() => setSure(false)}>
            {told('revoke.keep')}
          </button>
        </span>
      ) : (
        <button type="button" class="button small" onClick={() => setSure(true)} data-testid="guest-revoke">
          {told('revoke')}
        </button>
      )}
    </li>
  );
}

function Asking({ session, made }: { session: Session; made: (ticket: GuestTicket) => void }) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const role = roleOf(session.kind);
  if (!role) return <p>{told('invite.none')}</p>;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    ask(api(), session.id, name, role)
      .then(
        (ticket) => {
          setName('');
          made(ticket);
        },
        (why: unknown) => setTrouble(guestWords(why)),
      )
      .then(() => setBusy(false));
  };
  return (
    <form class="card book" noValidate onSubmit={submit}>
      <label class="field">
        <span>{told('invite.name')}</span>
        <input
          type="text"
          value={name}
          maxLength={100}
          autocomplete="off"
          aria-invalid={trouble ? true : undefined}
          onInput={(event) => setName(event.currentTarget.value)}
          data-testid="guest-name"
        />
      </label>
      {trouble ? (
        <p class="sentence bad" role="alert" data-testid="guest-trouble">
          <Icon name="alert" /> <span>{trouble}</span>
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={busy} data-testid="guest-make">
        {told('invite.make')}
      </button>
    </form>
  );
}

function Found({ session, first }: { session: Session; first: Guest[] }) {
  const [list, setList] = useState(first);
  const [ticket, setTicket] = useState<GuestTicket | null>(null);
  const refresh = (): void => {
    if (!document.hidden) guests(api(), session.id).then(setList, () => undefined);
  };
  useEffect(() => {
    const timer = window.setInterval(refresh, 10_000);
    return () => window.clearInterval(timer);
  }, []);
  const made = (one: GuestTicket): void => {
    setTicket(one);
    setList([...list, one.guest]);
  };
  return (
    <div class="page">
      <p class="eyebrow">
        <span class="tag">{t(`kind.${session.kind}`)}</span>{' '}
        <Range from={session.startsAt} to={session.endsAt} day={moment(serverNow()).day} />
      </p>
      <h1>{told('invite.title')}</h1>
      <p>
        <bdi>{session.title}</bdi>
      </p>
      <p class="quiet">{told('invite.hint')}</p>
      {ticket ? <Slip key={ticket.guest.id} ticket={ticket} session={session} /> : null}
      <Asking session={session} made={made} />
      {list.length > 0 ? <h2 class="later">{told('invite.list')}</h2> : null}
      <ul class="sessions">
        {list.map((guest) => (
          <Row key={guest.id} guest={guest} session={session.id} changed={setList} />
        ))}
      </ul>
    </div>
  );
}

/** Tickets for patients and pupils of one session. */
export function Invite({ id }: { id: string }) {
  const load = async () => {
    if (!me.value) await loadMe();
    return { session: await api().session(id), first: await guests(api(), id) };
  };
  const { value, error, again } = useLoad(load, id);
  useEffect(() => {
    document.title = `${told('invite.title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Found {...value} /> : <Loading />;
}
