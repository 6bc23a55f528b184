import { useEffect, useRef, useState } from 'preact/hooks';
import { type NewSession, unique } from '../../protocol/api.ts';
import { type Draft, finish, moved } from '../../protocol/draft.ts';
import { asked, chosen } from '../../protocol/quote.ts';
import { bookWords } from '../../words/booking.ts';
import { told } from '../../words/change.ts';
import { Trouble } from '../parts.tsx';
import { go } from '../router.ts';
import type { RepeatFields } from '../series/repeats.tsx';
import { api, serverNow } from '../store.ts';
import { Fields, notesOf, type Props, useFaultInView } from './form.tsx';
import type { Holding } from './holding.tsx';
import { Quotes } from './quotes.tsx';
import { type Outcome, Result } from './result.tsx';

/** Books a draft as a series; what that needs comes when it is wanted. */
async function bookAgain(wish: NewSession, { repeats, day }: Draft, once: string): Promise<{ id: string }> {
  const { bookSeries, ruleOf, usually } = await import('../../protocol/series.ts');
  return bookSeries(api(), wish, ruleOf(repeats ?? usually(day), day), once);
}

/** Whether it is to be a series, and of what kind. */
function Again({ draft, change }: Pick<Props, 'draft' | 'change'>) {
  const [file, setFile] = useState<{ Fields: typeof RepeatFields } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { repeats } = draft;
  const wanted = repeats !== undefined;
  useEffect(() => {
    if (wanted && !file) import('../series/repeats.tsx').then(({ RepeatFields: Fields }) => setFile({ Fields }), setError);
  }, [wanted]);
  const flip = async (): Promise<void> => {
    if (wanted) return change({ repeats: undefined });
    const { usually } = await import('../../protocol/series.ts');
    change({ repeats: usually(draft.day) });
  };
  return (
    <>
      <label class={wanted ? 'choice chosen' : 'choice'}>
        <input type="checkbox" checked={wanted} onChange={() => void flip().catch(setError)} data-testid="book-repeats" />
        {told('repeats')}
      </label>
      {repeats && file ? <file.Fields value={repeats} change={(value) => change({ repeats: value })} /> : null}
      {error ? <Trouble error={error} /> : null}
    </>
  );
}

/** What must stay for a free time to be the one that was chosen. */
const timeOf = ({ kind, day, time, minutes }: Draft): string => [kind, day, time, minutes].join();

/** Holds a chosen time while it stands in the form; what that needs comes then. */
function Keeping(props: Parameters<typeof Holding>[0]) {
  const [file, setFile] = useState<{ Holding: typeof Holding } | null>(null);
  useEffect(() => void import('./holding.tsx').then(setFile, () => undefined), []);
  return file ? <file.Holding {...props} /> : null;
}

/** The form of a new booking; `booked` is told when the store took it. */
export function Form({ directory, draft, change, booked }: Omit<Props, 'notes'> & { booked: () => void }) {
  const [outcome, setOutcome] = useState<Outcome>({ is: 'idle' });
  const once = useRef({ body: '', key: '' });
  const [chose, setChose] = useState<Draft | null>(null);
  const holding = useRef<Promise<string> | ''>('');
  const kept = chose && !draft.repeats && timeOf(chose) === timeOf(draft) ? asked(chose, directory.people) : null;
  const form = useFaultInView(outcome);
  const send = async (insists: { overrideReason?: string }): Promise<void> => {
    const ready = finish(draft, serverNow());
    if ('needs' in ready) return setOutcome({ is: 'need', needs: ready.needs });
    setOutcome({ is: 'sending' });
    const holdId = draft.repeats ? '' : await holding.current;
    const hold = holdId ? { holdId } : {};
    const wish = { ...ready.session, sites: chosen(draft, directory.people), ...insists, ...hold };
    // The same booking pressed twice is one booking; a changed one is another.
    const body = JSON.stringify([wish, draft.repeats]);
    if (once.current.body !== body) once.current = { body, key: unique() };
    try {
      if (draft.repeats) {
        const { id } = await bookAgain(wish, draft, once.current.key);
        booked();
        go(`#/book/series?id=${id}&asked=${encodeURIComponent(wish.startsAt)}`);
        return;
      }
      const session = await api().book(wish, once.current.key);
      once.current = { body: '', key: '' };
      setChose(null);
      setOutcome({ is: 'done', session });
      booked();
    } catch (error) {
      setOutcome({ is: 'failed', error });
    }
  };
  const start = (at: string): void => {
    change(moved(draft, at));
    setOutcome({ is: 'moved' });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void send({});
  };
  const insist = (overrideReason: string): void => void send({ overrideReason });
  return (
    <form class="card book" onSubmit={submit} noValidate ref={form}>
      <h2>{bookWords('book.new')}</h2>
      <Fields directory={directory} draft={draft} change={change} notes={notesOf(outcome, directory)} picked={setChose} />
      {chose && kept ? <Keeping key={timeOf(chose)} wish={kept} put={(id) => (holding.current = id)} /> : null}
      <Again draft={draft} change={change} />
      <Quotes directory={directory} draft={draft} change={change} turn={outcome.is === 'failed' ? outcome.error : null} take={start} />
      <Result outcome={outcome} take={{ start, insist }} />
      <button type="submit" class="button main" disabled={outcome.is === 'sending'} data-testid="book-submit">
        {bookWords(outcome.is === 'sending' ? 'book.sending' : 'book.submit')}
      </button>
    </form>
  );
}
