import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { comeIn, type GuestView, look, type Shown } from '../../protocol/guests.ts';
import { moment } from '../../protocol/when.ts';
import slip from '../../style/slip.css?inline';
import { told } from '../../words/guests.ts';
import { language, named, t } from '../../words/index.ts';
import { DigitsField } from '../digits.tsx';
import { Icon } from '../icon.tsx';
import { Insecure, Loading, Range, Trouble, useTick } from '../parts.tsx';
import { go, here } from '../router.ts';
import { kept, recall, serverNow, skew, takeZone } from '../store.ts';
import { insertStyle } from '../sheet.ts';
import { guestWords } from './words.ts';

insertStyle(slip);

/** Under this the tab keeps what was shown, for a reload. */
const SHOWN = 'ticket';

/** What is shown: the secret of the link that led here, which leaves the address, or what this tab had before. */
function first(): Shown {
  const once = here.value.query.get('once');
  if (!once) return recall<Shown>(SHOWN) ?? {};
  keep({ once });
  history.replaceState(null, '', '#/t');
  return { once };
}

const keep = (shown: Shown): void => kept.write(SHOWN, JSON.stringify(shown));

function Refusal({ children }: { children: string }) {
  return (
    <p class="sentence bad" role="alert" data-testid="come-trouble">
      <Icon name="alert" /> <span>{children}</span>
    </p>
  );
}

function Digits({ found }: { found: (shown: Shown, ticket: GuestView) => void }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    const shown = { digits: typed };
    look(shown)
      .then((ticket) => ticket && found(shown, ticket), (why: unknown) => setTrouble(guestWords(why)))
      .then(() => setBusy(false));
  };
  return (
    <form class="card book" noValidate onSubmit={submit}>
      <DigitsField label={told('come.digits')} typed={typed} type={setTyped} wrong={trouble !== ''} id="come-digits" />
      <p class="quiet">{told('come.digits.hint')}</p>
      {trouble ? <Refusal>{trouble}</Refusal> : null}
      <button type="submit" class="button main" disabled={busy} data-testid="come-next">
        {told('come.digits.go')}
      </button>
    </form>
  );
}

function Ticket({ shown, ticket, other }: { shown: Shown; ticket: GuestView; other: () => void }) {
  useTick(1_000);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const opens = Date.parse(ticket.opensAt);
  const now = serverNow();
  const over = ticket.state === 'over' || ticket.state === 'cancelled';
  const early = !over && now < opens;
  const enter = (): void => {
    if (busy) return;
    setBusy(true);
    setTrouble('');
    comeIn(shown).then(
      () => {
        const id = ticket.sessionId;
        kept.write(`guest.${id}`, '1');
        // From now on the cookie tells who it is.
        keep({ sessionId: id });
        kept.write(`chosen.${id}`, null);
        // A pupil comes in muted, as a classroom does.
        if (!kept.read(`manner.${id}`)) kept.write(`manner.${id}`, JSON.stringify({ want: 'full', muted: ticket.role === 'pupil' }));
        go(`/room/${id}`);
      },
      (why: unknown) => {
        setTrouble(guestWords(why));
        setBusy(false);
      },
    );
  };
  return (
    <section class="card next" data-testid="come-ticket" data-state={ticket.state}>
      <p class="eyebrow">
        <span class="tag">{t(`kind.${ticket.kind}`)}</span> <span>{named({ names: ticket.siteNames })}</span>
      </p>
      <h1>{told('come.hello', { name: ticket.name })}</h1>
      <p class="time">
        <Range from={ticket.startsAt} to={ticket.endsAt} day={moment(now).day} />
      </p>
      {ticket.recording ? <p class="recorded">{told('come.recorded')}</p> : null}
      {over ? (
        <p role="status">{told(ticket.state === 'cancelled' ? 'come.cancelled' : 'come.over')}</p>
      ) : (
        <>
          {globalThis.isSecureContext === false ? <Insecure /> : null}
          <button type="button" class="button main" disabled={early || busy} onClick={enter} data-testid="come-enter">
            {told('come.enter')}
          </button>
          <p class="quiet" role="status">
            {early ? told('come.early', { time: moment(opens).time }) : told('come.ready')}
          </p>
        </>
      )}
      {trouble ? <Refusal>{trouble}</Refusal> : null}
      <button type="button" class="button small" onClick={other} data-testid="come-other">
        {told('come.other')}
      </button>
    </section>
  );
}

/** The page of a guest: one button. */
export function Come() {
  const [shown, setShown] = useState<Shown>(first);
  const [ticket, setTicket] = useState<GuestView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState(false);
  const took = (which: Shown, found: GuestView): void => {
    const clock = Date.parse(found.now);
    if (!Number.isNaN(clock)) skew.value = clock - Date.now();
    takeZone(found.timeZone);
    keep(which);
    setShown(which);
    setTicket(found);
  };
  const load = (): void => {
    setError(null);
    look(shown)
      .then((found) => found && took(shown, found), setError)
      .then(() => setAsked(true));
  };
  const other = (): void => {
    keep({});
    setShown({});
    setTicket(null);
    setError(null);
  };
  useEffect(load, []);
  useEffect(() => {
    document.title = `${told('come.title')} · ${t('app.name')}`;
  }, [language.value]);
  if (!asked && !error) return <Loading />;
  if (error instanceof Problem && error.passes && error.status !== 429) return <Trouble error={error} retry={load} />;
  return (
    <div class="page">
      {ticket ? null : <h1>{told('come.title')}</h1>}
      {error ? (
        <section class="card trouble" data-testid="come-over" data-reason={(error as Problem).more?.reason}>
          <h2>{told('problem.ticket-over')}</h2>
          <Refusal>{guestWords(error)}</Refusal>
        </section>
      ) : null}
      {ticket ? <Ticket shown={shown} ticket={ticket} other={other} /> : <Digits found={took} />}
    </div>
  );
}
