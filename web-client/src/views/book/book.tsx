import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Draft, usual } from '../../protocol/draft.ts';
import { nextTen } from '../../protocol/when.ts';
import { bookWords } from '../../words/booking.ts';
import { told as toldOfChange } from '../../words/change.ts';
import { t } from '../../words/index.ts';
import { told } from '../../words/quote.ts';
import { Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { api, key, kept, loadMe, me, recall, serverNow } from '../store.ts';
import type { Change } from './change.tsx';
import { Day } from './day.tsx';
import { Form } from './new.tsx';

function blank(): Draft {
  const { day, time } = nextTen(serverNow());
  return { kind: 'consultation', title: '', people: usual('consultation'), roomIds: [], day, time, minutes: 30, recording: false };
}

/** Pages under this one that are files of their own, and come when they are wanted. */
const files: Record<string, () => Promise<ComponentType<{ id?: string }>>> = {
  agreements: () => import('../agreements/agreements.tsx').then((file) => file.AgreementsPage),
  hours: () => import('../hours/hours.tsx').then((file) => file.Hours),
  register: () => import('../register/register.tsx').then((file) => file.Register),
  screens: () => import('../terminal/screens.tsx').then((file) => file.Screens),
  series: () => import('../series/series.tsx').then((file) => file.SeriesPage),
  webhooks: () => import('../webhooks/webhooks.tsx').then((file) => file.WebhooksPage),
  week: () => import('../week/week.tsx').then((file) => file.Week),
};

function Lazy({ name }: { name: string }) {
  const [View, setView] = useState<ComponentType<{ id?: string }> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    // A component is a function, which the setter would call.
    files[name]?.().then((found) => setView(() => found), setError);
  }, []);
  if (error) return <Trouble error={error} retry={() => location.reload()} />;
  return View ? <View /> : <Loading />;
}

/** Changes a booking; what that needs comes with it. */
function Changing(props: Parameters<typeof Change>[0]) {
  const { value: file, error } = useLoad(() => import('./change.tsx'), '');
  if (error) return <Trouble error={error} retry={() => location.reload()} />;
  return file ? <file.Change {...props} /> : <Loading />;
}

/** `#/book` books, `#/book/register` keeps sites, rooms and people, `#/book/screens` shows terminals, `#/book/hours?of=..` hours, `#/book/series?id=..` a series, `#/book/week` a week,
 * `#/book/webhooks` keeps the programs that are told, `#/book/agreements` who may consult whom. */
export function Book({ id }: { id: string }) {
  return files[id] ? <Lazy name={id} /> : <Booking id={id} />;
}

/** The scheduler's page: a form, of a new booking or of the one of this id, and the day beside it. What was typed outlives a reload. */
function Booking({ id }: { id: string }) {
  const [draft, setDraft] = useState<Draft>(() => recall<Draft>('draft.book') ?? blank());
  const directory = useLoad(() => api().directory(), key.value);
  const [shown, show] = useState(draft.day);
  const day = useLoad(() => api().day(shown), shown);
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  // With the keystroke, not after the next picture: a page may be closed before that.
  useLayoutEffect(() => kept.write('draft.book', JSON.stringify(draft)), [draft]);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  useEffect(() => {
    if (!id) show(draft.day);
  }, [draft.day]);
  const booked = (): void => {
    day.again();
    change({ title: '', people: usual(draft.kind), roomIds: [], terminalIds: [], modes: {}, repeats: undefined });
  };
  if (directory.error instanceof Problem && directory.error.status === 403) {
    return <Empty title={t('book.title')} hint={bookWords('book.forbidden')} />;
  }
  if (directory.error) return <Trouble error={directory.error} retry={directory.again} />;
  if (!directory.value) return <Loading />;
  return (
    <div class="page booking">
      <h1>{id ? toldOfChange('title') : t('book.title')}</h1>
      <div class="two">
        {id ? (
          <Changing id={id} directory={directory.value} show={show} changed={day.again} />
        ) : (
          <Form directory={directory.value} draft={draft} change={change} booked={booked} />
        )}
        <Day day={shown} sessions={day.value} error={day.error} again={day.again} move={(to) => (id ? show(to) : change({ day: to }))} />
      </div>
      <div class="pair">
        <a class="button" href="#/book/week" data-testid="book-week">
          {toldOfChange('week')}
        </a>
        {me.value?.can.administer ? (
          <a class="button" href="#/book/register" data-testid="book-register">
            {told('register')}
          </a>
        ) : (
          <a class="button" href="#/book/screens" data-testid="book-screens">
            {told('screens')}
          </a>
        )}
      </div>
    </div>
  );
}
