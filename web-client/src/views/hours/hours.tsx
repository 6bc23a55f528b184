import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Directory, type Named, Problem } from '../../protocol/api.ts';
import { availabilityOf, formOf, type HoursForm, type Keeper, keepers, putHours, readHours, rowOf, unseen, weekdays, type WeekRow } from '../../protocol/hours.ts';
import { moment } from '../../protocol/when.ts';
import { isKey, told } from '../../words/hours.ts';
import { type Key, language, named, t } from '../../words/index.ts';
import { faultText } from '../faults.ts';
import { Icon } from '../icon.tsx';
import { Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { go, here } from '../router.ts';
import { api, serverNow } from '../store.ts';

/** Sentences about a row, by `weekly 0`, `closed 0` or `power 0`; those about none are under the empty name. */
type Notes = Record<string, string[]>;

function notesOf(error: unknown, form: HoursForm): Notes {
  const notes: Notes = {};
  if (!(error instanceof Problem)) return notes;
  for (const fault of error.more.faults ?? []) {
    const key = `fault.${fault.code}`;
    const row = rowOf(fault.field, form);
    notes[row] = [...(notes[row] ?? []), isKey(key) ? told(key, fault.params) : faultText(fault)];
  }
  return notes;
}

function Note({ notes, row }: { notes: Notes; row: string }) {
  return (
    <>
      {(notes[row] ?? []).map((text) => (
        <p key={text} class="sentence bad" role="alert" data-testid="hours-note">
          <Icon name="alert" /> <span>{text}</span>
        </p>
      ))}
    </>
  );
}

interface RowProps {
  at: number;
  row: string;
  notes: Notes;
  remove: () => void;
  children: ComponentChildren;
}

/** A row of a list with what is wrong with it, which can be taken away. */
function Row({ at, row, notes, remove, children }: RowProps) {
  return (
    <div class="card" data-testid="hours-row" data-row={row}>
      {children}
      <Note notes={notes} row={row} />
      <button type="button" class="button small" aria-label={told('remove', { n: at + 1 })} onClick={remove} data-testid="hours-remove">
        ✕
      </button>
    </div>
  );
}

function Text({ label, type, value, put, id }: { label: string; type: 'text' | 'time' | 'date'; value: string; put: (value: string) => void; id: string }) {
  const props = { value, onInput: (event: { currentTarget: HTMLInputElement }): void => put(event.currentTarget.value), 'data-testid': id };
  return (
    <label class="field">
      <span>{label}</span>
      {type === 'time' ? <input type="time" {...props} /> : type === 'date' ? <input type="date" {...props} /> : <input type="text" maxLength={60} {...props} />}
    </label>
  );
}

/** Weekdays, and from when until when. */
function Week({ value, put }: { value: WeekRow; put: (part: Partial<WeekRow>) => void }) {
  const flip = (day: WeekRow['days'][number]): void =>
    put({ days: weekdays.filter((one) => (one === day ? !value.days.includes(day) : value.days.includes(one))) });
  return (
    <>
      <fieldset class="group">
        <legend>{told('days')}</legend>
        <div class="choices">
          {weekdays.map((day, at) => (
            <label key={day} class={value.days.includes(day) ? 'choice chosen' : 'choice'}>
              <input type="checkbox" checked={value.days.includes(day)} onChange={() => flip(day)} data-testid={`hours-${day}`} />
              {t(`date.weekday.${(at + 1) % 7}` as Key)}
            </label>
          ))}
        </div>
      </fieldset>
      <div class="when-line">
        <Text label={told('from')} type="time" value={value.from} put={(from) => put({ from })} id="hours-from" />
        <Text label={told('to')} type="time" value={value.to} put={(to) => put({ to })} id="hours-to" />
      </div>
    </>
  );
}

/** A list of rows, of which one can be added. */
interface ListProps<R> {
  name: 'weekly' | 'closed' | 'power';
  title: string;
  add: string;
  rows: R[];
  fresh: R;
  notes: Notes;
  put: (rows: R[]) => void;
  show: (row: R, put: (part: Partial<R>) => void) => ComponentChildren;
}

function List<R>({ name, title, add, rows, fresh, notes, put, show }: ListProps<R>) {
  return (
    <fieldset class="group book" data-testid={`hours-${name}`}>
      <legend>{title}</legend>
      {rows.map((row, at) => (
        <Row key={at} at={at} row={`${name} ${at}`} notes={notes} remove={() => put(rows.filter((_one, i) => i !== at))}>
          {show(row, (part) => put(rows.map((one, i) => (i === at ? { ...one, ...part } : one))))}
        </Row>
      ))}
      <button type="button" class="button small" onClick={() => put([...rows, fresh])} data-testid={`hours-add-${name}`}>
        + {add}
      </button>
    </fieldset>
  );
}

type State = { is: 'idle' } | { is: 'sending' } | { is: 'saved' } | { is: 'failed'; error: unknown };

function Fields({ form, notes, change }: { form: HoursForm; notes: Notes; change: (part: Partial<HoursForm>) => void }) {
  const { day } = moment(serverNow());
  const work: WeekRow = { days: weekdays.slice(0, 5), from: '08:00', to: '18:00' };
  const check = (checked: boolean, text: string, id: string, flip: () => void) => (
    <label class={checked ? 'choice chosen' : 'choice'}>
      <input type="checkbox" checked={checked} onChange={flip} data-testid={id} />
      {text}
    </label>
  );
  return (
    <>
      {check(form.weekly === null, told('always'), 'hours-always', () => change({ weekly: form.weekly === null ? [work] : null }))}
      {form.weekly ? (
        <List name="weekly" title={told('weekly')} add={told('add.week')} rows={form.weekly} fresh={work} notes={notes} put={(weekly) => change({ weekly })} show={(row, put) => <Week value={row} put={put} />} />
      ) : null}
      <List
        name="closed"
        title={told('closed')}
        add={told('add.closed')}
        rows={form.closed}
        fresh={{ name: '', from: day, to: day }}
        notes={notes}
        put={(closed) => change({ closed })}
        show={(row, put) => (
          <div class="when-line">
            <Text label={told('closed.name')} type="text" value={row.name} put={(name) => put({ name })} id="hours-name" />
            <Text label={told('closed.from')} type="date" value={row.from} put={(from) => put({ from })} id="hours-first" />
            <Text label={told('closed.to')} type="date" value={row.to} put={(to) => put({ to })} id="hours-last" />
          </div>
        )}
      />
      <List
        name="power"
        title={told('power')}
        add={told('add.power')}
        rows={form.power}
        fresh={{ name: '', ...work }}
        notes={notes}
        put={(power) => change({ power })}
        show={(row, put) => (
          <>
            <Text label={told('closed.name')} type="text" value={row.name} put={(name) => put({ name })} id="hours-name" />
            <Week value={row} put={put} />
          </>
        )}
      />
      {check(form.holidays, told('holidays'), 'hours-holidays', () => change({ holidays: !form.holidays }))}
    </>
  );
}

function Form({ kind, id }: { kind: Keeper; id: string }) {
  const { value, error, again } = useLoad(() => readHours(api(), kind, id), `${kind} ${id}`);
  const [form, setForm] = useState<HoursForm | null>(null);
  const [state, setState] = useState<State>({ is: 'idle' });
  useEffect(() => setForm(value && formOf(value)), [value]);
  if (error instanceof Problem && error.status === 403) return <p class="notice">{told('forbidden')}</p>;
  if (error) return <Trouble error={error} retry={again} />;
  if (!form) return <Loading />;
  const change = (part: Partial<HoursForm>): void => {
    setForm({ ...form, ...part });
    if (state.is === 'saved') setState({ is: 'idle' });
  };
  const save = (event: Event): void => {
    event.preventDefault();
    setState({ is: 'sending' });
    putHours(api(), kind, id, availabilityOf(form)).then(
      (after) => {
        setForm(formOf(after));
        setState({ is: 'saved' });
      },
      (why: unknown) => setState({ is: 'failed', error: why }),
    );
  };
  const notes = state.is === 'failed' ? notesOf(state.error, form) : {};
  const rows = Object.keys(notes).length > 0;
  return (
    <form class="book" onSubmit={save} noValidate data-testid="hours-form">
      <Fields form={form} notes={notes} change={change} />
      {unseen(form) > 0 ? <p class="quiet">{told('rest', { n: unseen(form) })}</p> : null}
      <Note notes={notes} row="" />
      {rows ? <p class="sentence bad">{told('wrong')}</p> : null}
      {state.is === 'failed' && !rows ? <Trouble error={state.error} /> : null}
      {state.is === 'saved' ? (
        <p class="sentence good" role="status" data-testid="hours-saved">
          <Icon name="check" /> <span>{told('saved')}</span>
        </p>
      ) : null}
      <button type="submit" class="button main" disabled={state.is === 'sending'} data-testid="hours-save">
        {told(state.is === 'sending' ? 'saving' : 'save')}
      </button>
    </form>
  );
}

const listOf = (kind: Keeper, { organizations, rooms, terminals, people }: Directory): readonly Named[] =>
  ({ organization: organizations, room: rooms, terminal: terminals, person: people })[kind];

/** The hours of a site, a room, a terminal or a person: `#/book/hours?of=terminal:ID`. */
export function Hours() {
  const { value: directory, error, again } = useLoad(() => api().directory(), '');
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error) return <Trouble error={error} retry={again} />;
  if (!directory) return <Loading />;
  const of = here.value.query.get('of') ?? '';
  const [word = '', ...rest] = of.split(':');
  const id = rest.join(':');
  const kind = keepers.find((one) => one === word);
  const known = kind && listOf(kind, directory).some((one) => one.id === id);
  return (
    <div class="page" data-testid="hours">
      <h1>{told('title')}</h1>
      <label class="field">
        <span>{told('whose')}</span>
        <select value={known ? of : ''} onChange={(event) => go(`#/book/hours?of=${encodeURIComponent(event.currentTarget.value)}`)} data-testid="hours-whose">
          <option value="">{told('choose')}</option>
          {keepers.map((one) => (
            <optgroup key={one} label={told(`of.${one}`)}>
              {listOf(one, directory).map((thing) => (
                <option key={thing.id} value={`${one}:${thing.id}`}>
                  {named(thing)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <p class="quiet">{told('hint')}</p>
      {kind && known ? <Form key={of} kind={kind} id={id} /> : null}
    </div>
  );
}
