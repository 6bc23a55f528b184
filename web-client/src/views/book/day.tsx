import { useState } from 'preact/hooks';
import type { Session } from '../../protocol/api.ts';
import { countdown } from '../../protocol/today.ts';
import { dayAfter, instant } from '../../protocol/when.ts';
import { bookWords } from '../../words/booking.ts';
import { told } from '../../words/change.ts';
import { t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { dateWords, Loading, Names, Range, SiteLines, Trouble } from '../parts.tsx';
import { api, serverNow } from '../store.ts';

/** A session of the day, with a cancel that asks once more. */
function Entry({ session, day, changed }: { session: Session; day: string; changed: () => void }) {
  const [sure, ask] = useState(false);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  const cancelled = session.state === 'cancelled';
  const over = countdown(session, serverNow()).phase === 'over';
  const cancel = (): void => {
    api().cancel(session.id, reason.trim()).then(changed, setError);
  };
  return (
    <li class={cancelled ? 'session faded' : 'session'} data-testid="book-session" data-id={session.id}>
      <span class="when">
        <Range from={session.startsAt} to={session.endsAt} day={day} />
      </span>
      <span class="what">
        <span class="tag">{t(`kind.${session.kind}`)}</span> <bdi>{session.title}</bdi>
        {session.recording ? <span class="recorded block">{t('home.recorded')}</span> : null}
        <span class="quiet block">
          <Names of={[...session.participants, ...session.rooms, ...session.terminals]} />
        </span>
        {cancelled ? null : <SiteLines of={session.participants} named />}
      </span>
      {cancelled ? <span class="quiet">{t('home.cancelled')}</span> : null}
      {cancelled || sure ? null : (
        <span class="pair">
          {over ? null : (
            <a class="button small" href={`#/book/${session.id}`} data-testid="book-change">
              {told('open')}
            </a>
          )}
          {session.seriesId ? (
            <a class="button small" href={`#/book/series?id=${session.seriesId}`} data-testid="book-series">
              {told('series')}
            </a>
          ) : null}
          {over || !['consultation', 'class'].includes(session.kind) ? null : (
            <a class="button small" href={`#/guests/${session.id}`} data-testid="book-guests">
              {told('guests')}
            </a>
          )}
          <button type="button" class="button small" onClick={() => ask(true)} data-testid="book-cancel">
            {bookWords('book.cancel')}
          </button>
        </span>
      )}
      {!cancelled && sure ? (
        <label class="field">
          <span>{told('reason.cancel')}</span>
          <input
            type="text"
            maxLength={200}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
            data-testid="book-cancel-reason"
          />
        </label>
      ) : null}
      {!cancelled && sure ? (
        <span class="pair">
          <button type="button" class="button small danger" onClick={cancel} data-testid="book-cancel-sure">
            {bookWords('book.cancel.sure')}
          </button>
          <button type="button" class="button small" onClick={() => ask(false)}>
            {bookWords('book.cancel.keep')}
          </button>
        </span>
      ) : null}
      {error ? <Trouble error={error} /> : null}
    </li>
  );
}

interface Props {
  day: string;
  sessions: Session[] | null;
  error: unknown;
  again: () => void;
  move: (day: string) => void;
}

/** Everything booked on one day. */
export function Day({ day, sessions, error, again, move }: Props) {
  const noon = Date.parse(instant(day, '12:00') ?? '');
  const by = (days: number): void => move(dayAfter(day, days));
  const sorted = [...(sessions ?? [])].sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
  return (
    <section class="day" data-testid="book-day" data-day={day}>
      <h2>{bookWords('book.day', { date: Number.isNaN(noon) ? day : dateWords(noon) })}</h2>
      <div class="pair">
        <button type="button" class="button small" onClick={() => by(-1)} data-testid="book-day-previous">
          <Icon name="previous" /> {bookWords('book.day.previous')}
        </button>
        <button type="button" class="button small" onClick={() => by(1)} data-testid="book-day-next">
          {bookWords('book.day.next')} <Icon name="next" />
        </button>
      </div>
      {error ? <Trouble error={error} retry={again} /> : null}
      {!sessions && !error ? <Loading /> : null}
      {sessions && sorted.length === 0 ? <p class="quiet">{bookWords('book.day.empty')}</p> : null}
      <ul class="sessions">
        {sorted.map((session) => (
          <Entry key={session.id} session={session} day={day} changed={again} />
        ))}
      </ul>
    </section>
  );
}
