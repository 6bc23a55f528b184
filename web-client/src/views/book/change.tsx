import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { type Directory, Problem, type Session } from '../../protocol/api.ts';
import { type Draft, draftOf, finishChange, moved, rebased } from '../../protocol/draft.ts';
import { countdown } from '../../protocol/today.ts';
import { moment } from '../../protocol/when.ts';
import { bookWords } from '../../words/booking.ts';
import { told } from '../../words/change.ts';
import { t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { Loading, Names, Range, Trouble } from '../parts.tsx';
import { api, kept, recall, serverNow } from '../store.ts';
import { Fields, notesOf, useFaultInView } from './form.tsx';
import { type Outcome, Result } from './result.tsx';

/** A change while it is being written: what it began with, and what it is to be. It outlives a reload. */
interface Work {
  session: Session;
  draft: Draft;
  reason: string;
}

const KEPT = 'draft.change';
const begin = (session: Session): Work => ({ session, draft: draftOf(session), reason: '' });

/** What one member is in a session, as people read it. */
const members = [
  { label: () => bookWords('book.name'), show: (it: Session) => <bdi>{it.title}</bdi>, of: (it: Session) => it.title },
  {
    label: () => told('time'),
    show: (it: Session) => <Range from={it.startsAt} to={it.endsAt} day="" />,
    of: (it: Session) => [it.startsAt, it.endsAt],
  },
  {
    label: () => bookWords('book.people'),
    show: (it: Session) => <Names of={it.participants} />,
    of: (it: Session) => it.participants.map(({ personId, role, interprets }) => [personId, role, interprets]),
  },
  {
    label: () => bookWords('book.rooms'),
    show: (it: Session) => (it.rooms.length > 0 ? <Names of={it.rooms} /> : <>{told('nobody')}</>),
    of: (it: Session) => it.rooms.map(({ id }) => id),
  },
  {
    label: () => told('terminals'),
    show: (it: Session) => (it.terminals.length > 0 ? <Names of={it.terminals} /> : <>{told('nobody')}</>),
    of: (it: Session) => it.terminals.map(({ id }) => id),
  },
  {
    label: () => bookWords('book.recording'),
    show: (it: Session) => <>{it.recording ? told('recorded') : told('unrecorded')}</>,
    of: (it: Session) => it.recording,
  },
];

/** Somebody else was faster: what is different now, and whose word is to hold. */
function Meanwhile({ was, now, go }: { was: Session; now: Session; go: (keep: boolean) => void }) {
  const cancelled = now.state === 'cancelled';
  const different = members.filter(({ of }) => JSON.stringify(of(was)) !== JSON.stringify(of(now)));
  return (
    <section class="card trouble" role="alert" data-testid="book-meanwhile">
      <h2>
        <Icon name="alert" /> {told('meanwhile')}
      </h2>
      {cancelled ? <p>{told('cancelled')}</p> : null}
      {!cancelled && different.length > 0 ? (
        <>
          <p>{told('meanwhile.now')}</p>
          <ul class="plain">
            {different.map(({ label, show }) => (
              <li key={label()}>
                {label()}: <s class="quiet">{show(was)}</s> → <b>{show(now)}</b>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {cancelled ? null : (
        <p class="pair">
          <button type="button" class="button strong" onClick={() => go(true)} data-testid="book-meanwhile-keep">
            {told('meanwhile.keep')}
          </button>
          <button type="button" class="button" onClick={() => go(false)} data-testid="book-meanwhile-take">
            {told('meanwhile.take')}
          </button>
        </p>
      )}
    </section>
  );
}

interface Props {
  directory: Directory;
  work: Work;
  put: (work: Work) => void;
  saved: (session: Session) => void;
}

function ChangeForm({ directory, work, put, saved }: Props) {
  const [outcome, setOutcome] = useState<Outcome>({ is: 'idle' });
  const form = useFaultInView(outcome);
  const { session, draft, reason } = work;
  const begun = Date.parse(session.startsAt) <= serverNow();
  const change = (part: Partial<Draft>): void => put({ ...work, draft: { ...draft, ...part } });
  const send = async (from: Work, insists: { overrideReason?: string } = {}): Promise<void> => {
    const ready = finishChange(from.session, from.draft, serverNow());
    if ('needs' in ready) return setOutcome({ is: 'need', needs: ready.needs });
    if (Object.keys(ready.change).length === 0) return setOutcome({ is: 'unchanged' });
    setOutcome({ is: 'sending' });
    try {
      const why = from.reason.trim();
      const { id, version } = from.session;
      const after = await api().change(id, version, { ...ready.change, ...(why ? { reason: why } : {}), ...insists });
      setOutcome({ is: 'done', session: after });
      saved(after);
    } catch (error) {
      setOutcome({ is: 'failed', error });
    }
  };
  const start = (at: string): void => {
    change(moved(draft, at));
    setOutcome({ is: 'moved' });
  };
  const end = (at: string): void => {
    change({ minutes: Math.floor((Date.parse(at) - Date.parse(session.startsAt)) / 60_000) });
    setOutcome({ is: 'moved' });
  };
  const insist = (overrideReason: string): void => void send(work, { overrideReason });
  const now = outcome.is === 'failed' && outcome.error instanceof Problem ? outcome.error.more.session : undefined;
  const go = (keep: boolean): void => {
    if (!now) return;
    const from = keep ? { ...work, session: now, draft: rebased(draft, session, now) } : begin(now);
    put(from);
    if (keep) void send(from);
    else setOutcome({ is: 'idle' });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void send(work);
  };
  const notes = notesOf(outcome, directory);
  return (
    <form class="card book" onSubmit={submit} noValidate ref={form} data-testid="change-form">
      <h2>
        {t(`kind.${session.kind}`)} · <Range from={session.startsAt} to={session.endsAt} day={moment(serverNow()).day} />
      </h2>
      {begun ? <p class="notice">{told('begun')}</p> : null}
      <Fields directory={directory} draft={draft} change={change} notes={notes} fixed begun={begun} moves={session.id} />
      <label class="field">
        <span>{told('reason.change')}</span>
        <input
          type="text"
          maxLength={200}
          value={reason}
          onInput={(event) => put({ ...work, reason: event.currentTarget.value })}
          data-testid="change-reason"
        />
      </label>
      {now ? <Meanwhile was={session} now={now} go={go} /> : <Result outcome={outcome} take={{ start, end, insist }} changes />}
      <div class="pair">
        <button type="submit" class="button main" disabled={outcome.is === 'sending'} data-testid="change-submit">
          {outcome.is === 'sending' ? told('saving') : told('save')}
        </button>
        <a class="button" href="#/book" data-testid="change-back">
          {told('back')}
        </a>
        <a class="button" href={`#/mails/${session.id}`} data-testid="change-mails">
          {told('mails')}
        </a>
      </div>
    </form>
  );
}

/** A booking that is there, to be changed. `show` shows a day beside it, `changed` shows it anew. */
export function Change({ id, directory, show, changed }: { id: string; directory: Directory; show: (day: string) => void; changed: () => void }) {
  const [work, setWork] = useState<Work | null>(() => {
    const before = recall<Work>(KEPT);
    return before?.session.id === id ? before : null;
  });
  const [error, setError] = useState<unknown>(null);
  const load = (): void => {
    setError(null);
    api()
      .session(id)
      .then((session) => setWork(begin(session)), setError);
  };
  useEffect(() => {
    if (!work) load();
  }, [id]);
  // With the keystroke, not after the next picture: a page may be closed before that.
  useLayoutEffect(() => {
    kept.write(KEPT, work ? JSON.stringify(work) : null);
  }, [work]);
  const day = work?.draft.day;
  useEffect(() => {
    if (day) show(day);
  }, [day]);
  if (error) return <Trouble error={error} retry={load} />;
  if (!work) return <Loading />;
  const { session } = work;
  const closed = session.state === 'cancelled' ? told('cancelled') : countdown(session, serverNow()).phase === 'over' ? told('over') : null;
  if (closed) {
    return (
      <section class="card book">
        <p>{closed}</p>
        <a class="button" href="#/book">
          {told('back')}
        </a>
      </section>
    );
  }
  const saved = (after: Session): void => {
    setWork(begin(after));
    changed();
  };
  return <ChangeForm directory={directory} work={work} put={setWork} saved={saved} />;
}
