import { useState } from 'preact/hooks';
import { type Directory, Problem } from '../../protocol/api.ts';
import { instant, moment, type Moment } from '../../protocol/when.ts';
import {
  cancelSeries,
  makeUp,
  type Occurrence,
  type PartResult,
  read,
  readSeries,
  type Series,
  toCome,
  waive,
} from '../../protocol/series.ts';
import { bookWords } from '../../words/booking.ts';
import { told as toldOfChange } from '../../words/change.ts';
import { type Key, named, t } from '../../words/index.ts';
import { memberWords, resultWords, stateWords, told, whyWords } from '../../words/series.ts';
import { told as toldOfSlots } from '../../words/slots.ts';
import { Result } from '../book/result.tsx';
import { Icon } from '../icon.tsx';
import { dateWords, Loading, Range, Trouble, useLoad, whenWords } from '../parts.tsx';
import { here } from '../router.ts';
import { api, serverNow } from '../store.ts';
import { SeriesForm, Wrong } from './change.tsx';

const list = (words: string[]): string => words.join(t('list.comma'));

/** A rule in words, where it is one that this page writes. */
function ruleWords({ rule, occurrences }: Series): string {
  const found = read(rule, moment(Date.parse(occurrences[0]?.startsAt ?? '')).day);
  if (!found) return rule;
  const days = list(found.days.map((day) => t(`date.weekday.${day}` as Key)));
  if (found.every === 'workday') return told('every.workday');
  if (found.every === 'month') return found.week < 0 ? told('rule.month.last', { days }) : told('rule.month', { days, week: found.week });
  return told(`rule.${found.every}`, { days });
}

/** Who or what was in the way. */
function blockedWords({ blockedBy: by }: Pick<Occurrence, 'blockedBy'>): string {
  if (!by) return '';
  const { cause } = by;
  if (cause === 'full') return told('blocked.line', { name: named(by) });
  if (cause === 'taken') return told('blocked', { name: named(by), until: whenWords(Date.parse(by.takenUntil ?? '')) });
  const why = toldOfSlots(cause, { name: named(by), what: by.what ?? '' });
  if (!by.nextFree) return told('closed.long', { why });
  return told('closed', { why, time: whenWords(Date.parse(by.nextFree)) });
}

interface OneProps {
  series: Series;
  of: Occurrence;
  put: (series: Series) => void;
}

/** Makes up what is owed, or says why that is not needed. */
function Debt({ series, of, put }: OneProps) {
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState<Pick<Moment, 'day' | 'time'>>(() => moment(Date.parse(of.startsAt)));
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  if (!open) {
    return (
      <button type="button" class="button small strong" onClick={() => setOpen(true)} data-testid="series-up">
        {told('up')}
      </button>
    );
  }
  const book = (startsAt: string | null, reason?: string): void => {
    if (startsAt) makeUp(api(), series.id, of.number, startsAt, reason).then(put, setError);
  };
  // What is in the way of the time that was chosen, with the press that solves it.
  const blocked = error instanceof Problem && error.status === 409;
  const take = { start: book, insist: (reason: string) => book(instant(at.day, at.time), reason) };
  const free = of.blockedBy?.nextFree;
  return (
    <div class="book wide" data-testid="series-debt">
      <div class="when-line">
        <label class="field">
          <span>{told('up.date')}</span>
          <input type="date" value={at.day} onInput={(event) => setAt({ ...at, day: event.currentTarget.value })} data-testid="series-up-day" />
        </label>
        <label class="field">
          <span>{told('up.time')}</span>
          <input
            type="time"
            step={300}
            value={at.time}
            onInput={(event) => setAt({ ...at, time: event.currentTarget.value })}
            data-testid="series-up-time"
          />
        </label>
      </div>
      <p class="pair">
        <button type="button" class="button strong" onClick={() => book(instant(at.day, at.time))} data-testid="series-up-do">
          {told('up.do')}
        </button>
        {free && Date.parse(free) > serverNow() ? (
          <button type="button" class="button" onClick={() => book(free)} data-testid="series-up-next">
            {told('up.next', { time: whenWords(Date.parse(free)) })}
          </button>
        ) : null}
      </p>
      <label class="field">
        <span>{told('waive.reason')}</span>
        <input
          type="text"
          maxLength={200}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          data-testid="series-waive-reason"
        />
      </label>
      <p class="pair">
        <button
          type="button"
          class="button small"
          disabled={reason.trim() === ''}
          onClick={() => waive(api(), series.id, of.number, reason.trim()).then(put, setError)}
          data-testid="series-waive"
        >
          {told('waive')}
        </button>
        <button type="button" class="button small" onClick={() => setOpen(false)}>
          {told('close')}
        </button>
      </p>
      {blocked ? <Result outcome={{ is: 'failed', error }} take={take} /> : <Wrong error={error} />}
    </div>
  );
}

/** What the last change did to one. */
function ResultLine({ of }: { of: PartResult }) {
  const words = [
    resultWords(of.result),
    of.why ? whyWords(of.why) : '',
    blockedWords(of),
    of.kept.length > 0 ? told('kept', { members: list(of.kept.map(memberWords)) }) : '',
    of.lost.length > 0 ? told('lost', { members: list(of.lost.map(memberWords)) }) : '',
  ];
  const bad = of.result === 'skipped';
  return (
    <span class={bad ? 'sentence bad' : 'sentence good'} data-testid="series-result" data-result={of.result}>
      <Icon name={bad ? 'alert' : 'check'} /> <span>{words.filter(Boolean).join(' ')}</span>
    </span>
  );
}

function One({ series, of, put, result, follow }: OneProps & { result: PartResult | undefined; follow: (number: number) => void }) {
  const ahead = Date.parse(of.session?.startsAt ?? of.startsAt) > serverNow();
  const time = of.session ? whenWords(Date.parse(of.session.startsAt)) : '';
  const gone = !of.session && !of.owed;
  return (
    <li class={gone ? 'session faded' : 'session'} data-testid="series-one" data-number={of.number} data-state={of.state}>
      <span class="when">{dateWords(Date.parse(of.startsAt))}</span>
      <span class="what">
        <Range from={of.startsAt} to={of.endsAt} day={moment(Date.parse(of.startsAt)).day} /> {' · '}
        {stateWords(of.state, time)} {of.owed ? <span class="tag">{told('owed')}</span> : null}
        {!of.session && of.owed && of.blockedBy ? <span class="quiet block">{blockedWords(of)}</span> : null}
        {of.reason ? (
          <span class="quiet block">
            <bdi>{of.reason}</bdi>
          </span>
        ) : null}
        {of.own.length > 0 ? <span class="quiet block">{told('own', { members: list(of.own.map(memberWords)) })}</span> : null}
        {result ? <ResultLine of={result} /> : null}
      </span>
      {of.session && ahead ? (
        <span class="pair">
          <a class="button small" href={`#/book/${of.session.id}`} data-testid="series-alone">
            {told('one')}
          </a>
          <button type="button" class="button small" onClick={() => follow(of.number)} data-testid="series-follow">
            {told('follow')}
          </button>
        </span>
      ) : null}
      {of.owed ? <Debt series={series} of={of} put={put} /> : null}
    </li>
  );
}

/** Cancels what is to come, from one on. */
function Stop({ series, put }: { series: Series; put: (series: Series) => void }) {
  const [open, setOpen] = useState(false);
  const [from, setFrom] = useState('');
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  if (!open) {
    return (
      <button type="button" class="button" onClick={() => setOpen(true)} data-testid="series-stop">
        {told('stop')}
      </button>
    );
  }
  const cancel = (): void => {
    cancelSeries(api(), series, Number(from) || null, reason.trim()).then((after) => {
      setOpen(false);
      put(after);
    }, setError);
  };
  return (
    <section class="card book">
      <label class="field">
        <span>{told('stop.from')}</span>
        <select value={from} onChange={(event) => setFrom(event.currentTarget.value)} data-testid="series-stop-from">
          <option value="">{told('scope.all')}</option>
          {toCome(series, serverNow()).map((it) => (
            <option key={it.number} value={String(it.number)}>
              {told('scope.from', { time: whenWords(Date.parse(it.startsAt)) })}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{toldOfChange('reason.cancel')}</span>
        <input
          type="text"
          maxLength={200}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          data-testid="series-stop-reason"
        />
      </label>
      <Wrong error={error} />
      <p class="pair">
        <button type="button" class="button danger" onClick={cancel} data-testid="series-stop-sure">
          {told('stop.sure')}
        </button>
        <button type="button" class="button" onClick={() => setOpen(false)}>
          {bookWords('book.cancel.keep')}
        </button>
      </p>
    </section>
  );
}

/** The first session is not on the day that was asked for. */
function Snapped({ series }: { series: Series }) {
  const asked = Date.parse(here.value.query.get('asked') ?? '');
  const first = Date.parse(series.occurrences[0]?.startsAt ?? '');
  if (Number.isNaN(asked) || Number.isNaN(first) || asked === first) return null;
  return (
    <p class="notice" role="status" data-testid="series-snapped">
      {told('snapped', { time: whenWords(first) })}
    </p>
  );
}

function Found({ first, directory, again }: { first: Series; directory: Directory; again: () => void }) {
  const [series, setSeries] = useState(first);
  const [results, setResults] = useState<PartResult[]>([]);
  const [form, setForm] = useState<{ from: number | null; turn: number } | null>(null);
  const put = (after: Series): void => {
    setSeries(after);
    setResults([]);
    setForm(null);
  };
  const open = (from: number | null): void => {
    setForm({ from, turn: (form?.turn ?? 0) + 1 });
    window.setTimeout(() => document.querySelector('[data-testid="series-form"]')?.scrollIntoView({ block: 'start' }), 0);
  };
  const done = (after: Series | null, became: PartResult[]): void => {
    if (!after) return again();
    put(after);
    setResults(became);
    window.scrollTo(0, 0);
  };
  const ahead = toCome(series, serverNow());
  return (
    <div class="page booking" data-testid="series">
      <h1>
        <bdi>{series.title}</bdi>
      </h1>
      <p>
        <span class="tag">{t(`kind.${series.kind}`)}</span> {ruleWords(series)}
      </p>
      <p data-testid="series-count" data-owed={series.owed}>
        {told('count', { booked: series.booked, owed: series.owed })}
      </p>
      <Snapped series={series} />
      {results.length > 0 ? (
        <p class="sentence good" role="status" data-testid="series-done">
          <Icon name="check" /> {told('done')}
        </p>
      ) : null}
      <ul class="sessions day">
        {series.occurrences.map((of) => (
          <One
            key={of.number}
            series={series}
            of={of}
            put={put}
            follow={open}
            result={results.find((it) => it.number === of.number)}
          />
        ))}
      </ul>
      {ahead.length === 0 ? (
        <p class="quiet">{told('nothing')}</p>
      ) : (
        <div class="pair">
          <button type="button" class="button strong" onClick={() => open(null)} data-testid="series-change">
            {told('change')}
          </button>
          <Stop series={series} put={put} />
        </div>
      )}
      {form && ahead.length > 0 ? (
        <SeriesForm key={form.turn} series={series} directory={directory} from={form.from} done={done} />
      ) : null}
      <a class="button" href="#/book">
        {told('back')}
      </a>
    </div>
  );
}

/** A series, what became of each of its sessions, and how it is changed. */
export function SeriesPage() {
  const id = here.value.query.get('id') ?? '';
  const load = async () => {
    const [series, directory] = await Promise.all([readSeries(api(), id), api().directory()]);
    return { series, directory };
  };
  const { value, error, again } = useLoad(load, id);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  return <Found key={`${value.series.id}-${value.series.version}`} first={value.series} directory={value.directory} again={again} />;
}
