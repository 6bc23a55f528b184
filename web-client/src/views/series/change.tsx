import { useState } from 'preact/hooks';
import { type Directory, Problem } from '../../protocol/api.ts';
import { lengths } from '../../protocol/draft.ts';
import {
  type ChangeDraft,
  changeDraft,
  changeSeries,
  finishSeriesChange,
  type PartResult,
  type Series,
  TIMES_MAX,
  toCome,
  usually,
} from '../../protocol/series.ts';
import { moment } from '../../protocol/when.ts';
import { bookWords } from '../../words/booking.ts';
import { t } from '../../words/index.ts';
import { told as toldOfChange } from '../../words/change.ts';
import { told } from '../../words/series.ts';
import { People, Rooms, Terminals } from '../book/form.tsx';
import { faultText } from '../faults.ts';
import { Icon } from '../icon.tsx';
import { Trouble, whenWords } from '../parts.tsx';
import { api, serverNow } from '../store.ts';
import { RepeatFields } from './repeats.tsx';

interface Part {
  draft: ChangeDraft;
  put: (part: Partial<ChangeDraft>) => void;
}

/** From which one on. */
function Scope({ series, draft, put }: Part & { series: Series }) {
  return (
    <label class="field">
      <span>{told('scope')}</span>
      <select
        value={String(draft.from ?? '')}
        onChange={(event) => put({ from: Number(event.currentTarget.value) || null })}
        data-testid="series-from"
      >
        <option value="">{told('scope.all')}</option>
        {toCome(series, serverNow())
          .slice(1)
          .map((it) => (
            <option key={it.number} value={String(it.number)}>
              {told('scope.from', { time: whenWords(Date.parse(it.startsAt)) })}
            </option>
          ))}
      </select>
    </label>
  );
}

function Times({ draft, put, day }: Part & { day: string }) {
  const choices = lengths.includes(draft.minutes) ? lengths : [...lengths, draft.minutes].sort((a, b) => a - b);
  return (
    <>
      <div class="when-line">
        <label class="field">
          <span>{told('start')}</span>
          <input
            type="time"
            step={300}
            value={draft.time}
            onInput={(event) => put({ time: event.currentTarget.value })}
            data-testid="series-time"
          />
        </label>
        <label class="field">
          <span>{bookWords('book.duration')}</span>
          <select
            value={String(draft.minutes)}
            onChange={(event) => put({ minutes: Number(event.currentTarget.value) })}
            data-testid="series-minutes"
          >
            {choices.map((n) => (
              <option key={n} value={String(n)}>
                {t('book.minutes', { n })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <button
        type="button"
        class="button small"
        aria-expanded={draft.repeats !== null}
        onClick={() => put({ repeats: draft.repeats ? null : usually(day) })}
        data-testid="series-other-days"
      >
        {told(draft.repeats ? 'same.days' : 'other.days')}
      </button>
      {draft.repeats ? <RepeatFields value={draft.repeats} change={(repeats) => put({ repeats })} /> : null}
    </>
  );
}

function Check({ text, checked, flip, id }: { text: string; checked: boolean; flip: () => void; id: string }) {
  return (
    <label class={checked ? 'choice chosen' : 'choice'}>
      <input type="checkbox" checked={checked} onChange={flip} data-testid={id} />
      {text}
    </label>
  );
}

/** What went wrong: what a person can mend by our words for it. */
export function Wrong({ error }: { error: unknown }) {
  if (!(error instanceof Problem)) return error ? <Trouble error={error} /> : null;
  const faults = error.more.faults ?? [];
  const said =
    error.status === 412
      ? [told('meanwhile')]
      : faults.map((fault) => {
          if (fault.field === 'rule') return told('fault.rule', { most: TIMES_MAX });
          return fault.field === 'startTime' ? told('fault.time') : faultText(fault);
        });
  if (said.length === 0) return <Trouble error={error} />;
  return (
    <>
      {said.map((text) => (
        <p key={text} class="sentence bad" role="alert" data-testid="series-wrong">
          <Icon name="alert" /> <span>{text}</span>
        </p>
      ))}
    </>
  );
}

interface Props {
  series: Series;
  directory: Directory;
  /** The one that the form begins with; all to come if null. */
  from: number | null;
  /** The series after a change, and what became of each; without results it is to be read anew. */
  done: (series: Series | null, results: PartResult[]) => void;
}

/** The form that changes a series from one of its sessions on, or all that are to come. */
export function SeriesForm({ series, directory, from, done }: Props) {
  const [before] = useState<ChangeDraft>(() => changeDraft(series, serverNow()));
  const [draft, setDraft] = useState<ChangeDraft>(() => ({ ...before, from }));
  const [sending, setSending] = useState(false);
  const [said, setSaid] = useState('');
  const [error, setError] = useState<unknown>(null);
  const put = (part: Partial<ChangeDraft>): void => setDraft({ ...draft, ...part });
  const first = series.occurrences.find((it) => it.number === draft.from) ?? toCome(series, serverNow())[0];
  const day = first ? moment(Date.parse(first.startsAt)).day : '';
  const send = (event: Event): void => {
    event.preventDefault();
    const change = finishSeriesChange(before, draft, day);
    setError(null);
    setSaid('');
    if (Object.keys(change).length === 0) return setSaid(told('none'));
    setSending(true);
    changeSeries(api(), series, change)
      .then(
        (after) => done(after.series, after.results),
        (why: unknown) => {
          setError(why);
          if (why instanceof Problem && why.status === 412) done(null, []);
        },
      )
      .finally(() => setSending(false));
  };
  const parts = {
    directory,
    draft: { kind: series.kind, title: draft.title, people: draft.people, roomIds: draft.roomIds, terminalIds: draft.terminalIds, day, time: draft.time, minutes: draft.minutes, recording: draft.recording },
    change: ({ people, roomIds, terminalIds }: { people?: ChangeDraft['people']; roomIds?: string[]; terminalIds?: string[] | undefined }) =>
      put({ ...(people ? { people } : {}), ...(roomIds ? { roomIds } : {}), ...(terminalIds ? { terminalIds } : {}) }),
    notes: {},
  };
  return (
    <form class="card book" onSubmit={send} noValidate data-testid="series-form">
      <h2>{told('change')}</h2>
      <Scope series={series} draft={draft} put={put} />
      <label class="field">
        <span>{bookWords('book.name')}</span>
        <input
          type="text"
          maxLength={120}
          value={draft.title}
          onInput={(event) => put({ title: event.currentTarget.value })}
          data-testid="series-title"
        />
      </label>
      <Times draft={draft} put={put} day={day} />
      <People {...parts} />
      <Rooms {...parts} />
      <Terminals {...parts} />
      <Check text={bookWords('book.recording')} checked={draft.recording} flip={() => put({ recording: !draft.recording })} id="series-recording" />
      <Check text={told('replace')} checked={draft.replace} flip={() => put({ replace: !draft.replace })} id="series-replace" />
      <p class="quiet">{told('keep.hint')}</p>
      <label class="field">
        <span>{toldOfChange('reason.change')}</span>
        <input
          type="text"
          maxLength={200}
          value={draft.reason}
          onInput={(event) => put({ reason: event.currentTarget.value })}
          data-testid="series-reason"
        />
      </label>
      <Wrong error={error} />
      {said ? (
        <p class="sentence good" role="status" data-testid="series-said">
          <Icon name="check" /> {said}
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={sending} data-testid="series-save">
        {told(sending ? 'saving' : 'save')}
      </button>
    </form>
  );
}
