import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { add, type Area, type Entry, kinds, put, roles, type Table, terminalKinds, type Wanted } from '../../protocol/register.ts';
import { named } from '../../words/index.ts';
import { type RegisterKey, told } from '../../words/register.ts';
import { Icon } from '../icon.tsx';
import { api } from '../store.ts';
import { AreaField } from './area.tsx';
import { faultWords, problemWords } from './said.ts';

type Outcome = { is: 'idle' | 'sending' } | { is: 'done'; entry: Entry } | { is: 'failed'; error: unknown };

const faultsOf = (outcome: Outcome) =>
  outcome.is === 'failed' && outcome.error instanceof Problem ? (outcome.error.more.faults ?? []) : [];

interface Field {
  label: string;
  field: string;
  outcome: Outcome;
  children: ComponentChildren;
}

/** What is wrong with a member of the form. */
function Notes({ field, outcome }: { field: string; outcome: Outcome }) {
  return (
    <>
      {faultsOf(outcome)
        .filter((fault) => fault.field === field)
        .map((fault) => (
          <p key={fault.code} class="sentence bad" role="alert" data-testid={`register-note-${field}`}>
            <Icon name="alert" /> <span>{faultWords(fault)}</span>
          </p>
        ))}
    </>
  );
}

/** A member of the form with what is wrong with it. */
function Member({ label, field, outcome, children }: Field) {
  return (
    <div>
      <label class="field">
        <span>{label}</span>
        {children}
      </label>
      <Notes field={field} outcome={outcome} />
    </div>
  );
}

function Roles({ held, change }: { held: string[]; change: (roles: string[]) => void }) {
  return (
    <fieldset class="group">
      <legend>{told('column.roles')}</legend>
      <div class="choices">
        {roles.map((role) => {
          const on = held.includes(role);
          return (
            <label key={role} class={on ? 'choice chosen' : 'choice'}>
              <input
                type="checkbox"
                checked={on}
                onChange={() => change(on ? held.filter((it) => it !== role) : [...held, role])}
                data-testid={`register-role-${role}`}
              />
              {told(`role.${role}`)}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

function Result({ outcome }: { outcome: Outcome }) {
  if (outcome.is === 'done') {
    return (
      <p class="sentence good" role="status" data-testid="register-done">
        <Icon name="check" /> <span>{told('add.done', { name: named(outcome.entry) })}</span>
      </p>
    );
  }
  if (outcome.is !== 'failed' || faultsOf(outcome).length > 0) return null;
  return (
    <p class="sentence bad" role="alert" data-testid="register-problem">
      <Icon name="alert" /> <span>{problemWords(outcome.error)}</span>
    </p>
  );
}

/** Members of the form that hold a name; that in Chinese is first, and those of few are folded away. */
const LANGUAGES = ['zh', 'en', 'bo', 'ug'] as const;
type Called = `names.${(typeof LANGUAGES)[number]}`;
const NAMELESS: Record<Called, string> = { 'names.zh': '', 'names.en': '', 'names.bo': '', 'names.ug': '' };

interface Draft extends Record<Called, string> {
  kind: string;
  organizationId: string;
  roomId: string;
  areaCode: string;
  roles: string[];
  mail: string;
  /** Pairs of languages with blanks or commas between them. */
  interprets: string;
}

const drafted = (table: Table, entry?: Entry): Draft => ({
  'names.zh': entry?.names.zh ?? '',
  'names.en': entry?.names.en ?? '',
  'names.bo': entry?.names.bo ?? '',
  'names.ug': entry?.names.ug ?? '',
  kind: entry?.kind ?? (table === 'terminal' ? 'screen' : 'health'),
  organizationId: entry?.organizationId ?? '',
  roomId: entry?.roomId ?? '',
  areaCode: entry?.areaCode ?? '',
  roles: entry?.roles ?? [],
  mail: entry?.mail ?? '',
  interprets: entry?.interprets?.join(' ') ?? '',
});

function wanted(table: Table, draft: Draft, entry?: Entry): Wanted {
  const { kind, organizationId, roomId, areaCode } = draft;
  const names = { zh: draft['names.zh'], en: draft['names.en'], bo: draft['names.bo'], ug: draft['names.ug'] };
  const both = { names, retired: entry?.retired ?? false };
  if (table === 'organization') return { ...both, kind, areaCode };
  if (table === 'terminal') return { ...both, kind, roomId };
  if (table === 'room') return { ...both, organizationId };
  const interprets = draft.interprets.split(/[\s,;，；、]+/).filter((pair) => pair !== '');
  return { ...both, organizationId, roles: draft.roles, mail: draft.mail.trim(), interprets };
}

interface Select {
  label: string;
  field: 'kind' | 'organizationId' | 'roomId';
  options: { id: string; text: string }[];
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  outcome: Outcome;
}

function Choice({ label, field, options, draft, change, outcome }: Select) {
  return (
    <Member label={label} field={field} outcome={outcome}>
      <select
        value={draft[field]}
        aria-invalid={faultsOf(outcome).some((fault) => fault.field === field) ? true : undefined}
        onChange={(event) => change({ [field]: event.currentTarget.value })}
        data-testid={`register-${field}`}
      >
        {field === 'kind' ? null : <option value="">{told('add.choose')}</option>}
        {options.map(({ id, text }) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </Member>
  );
}

/** What the forms choose from. */
export interface Places {
  sites: Entry[];
  rooms: Entry[];
  areas: Area[];
}

interface Props {
  table: Table;
  places: Places;
  /** The entry that is changed; without it one is added. */
  entry?: Entry;
  done: (entry: Entry, area?: Area) => void;
}

const kindsOf = (table: Table): readonly string[] => (table === 'terminal' ? terminalKinds : kinds);

/** A form that registers one entry, or changes it. */
export function EntryForm({ table, places, entry, done }: Props) {
  const [draft, setDraft] = useState(() => drafted(table, entry));
  const [outcome, setOutcome] = useState<Outcome>({ is: 'idle' });
  const [area, setArea] = useState<Area>();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (outcome.is === 'failed') form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [outcome]);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const open = (entries: Entry[]): Entry[] => entries.filter((one) => !one.retired);
  const sites = open(places.sites);
  const rooms = open(places.rooms);
  if (table === 'terminal' && rooms.length === 0) return <p class="quiet">{told('add.none.room')}</p>;
  if (table !== 'organization' && sites.length === 0) return <p class="quiet">{told('add.none')}</p>;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setOutcome({ is: 'sending' });
    try {
      const asked = wanted(table, draft, entry);
      const made = entry ? await put(api(), table, entry.id, asked) : await add(api(), table, asked);
      setOutcome({ is: 'done', entry: made });
      // The next one is often at the same place.
      if (!entry) change({ ...NAMELESS, mail: '', interprets: '' });
      done(made, area);
    } catch (error) {
      setOutcome({ is: 'failed', error });
    }
  };
  const called = (code: (typeof LANGUAGES)[number]) => {
    const field: Called = `names.${code}`;
    return (
      <Member label={told(code === 'zh' ? 'column.name' : `column.name_${code}`)} field={field} outcome={outcome}>
        <input
          type="text"
          lang={code}
          dir="auto"
          maxLength={80}
          value={draft[field]}
          aria-invalid={faultsOf(outcome).some((fault) => fault.field === field) ? true : undefined}
          onInput={(event) => change({ [field]: event.currentTarget.value })}
          data-testid={`register-${field}`}
        />
      </Member>
    );
  };
  const site = (room: Entry): string => {
    const found = sites.find((one) => one.id === room.organizationId);
    return found ? `${named(found)} · ` : '';
  };
  const part = { draft, change, outcome };
  return (
    <form ref={form} class="book" onSubmit={(event) => void submit(event)} noValidate data-testid={entry ? 'register-change-form' : undefined}>
      {entry ? null : <h3>{told('add')}</h3>}
      {called('zh')}
      {called('en')}
      <details open={!!(entry?.names.bo || entry?.names.ug)}>
        <summary data-testid="register-names-more">{told('form.names.more')}</summary>
        {called('bo')}
        {called('ug')}
      </details>
      {table === 'organization' || table === 'terminal' ? (
        <Choice
          label={told(table === 'terminal' ? 'form.kind' : 'column.kind')}
          field="kind"
          options={kindsOf(table).map((kind) => ({ id: kind, text: told(`kind.${kind}` as RegisterKey) }))}
          {...part}
        />
      ) : null}
      {table === 'organization' ? (
        <fieldset class="group">
          <legend>{told('form.area')}</legend>
          <AreaField
            code={draft.areaCode}
            known={area?.code === draft.areaCode ? area : places.areas.find((one) => one.code === draft.areaCode)}
            choose={(code, found) => {
              change({ areaCode: code });
              setArea(found);
            }}
          />
          <Notes field="areaCode" outcome={outcome} />
        </fieldset>
      ) : null}
      {table === 'room' || table === 'person' ? (
        <Choice
          label={told('column.organization')}
          field="organizationId"
          options={sites.map((one) => ({ id: one.id, text: named(one) }))}
          {...part}
        />
      ) : null}
      {table === 'terminal' ? (
        <Choice
          label={told('column.room')}
          field="roomId"
          options={rooms.map((one) => ({ id: one.id, text: site(one) + named(one) }))}
          {...part}
        />
      ) : null}
      {table === 'person' ? (
        <Member label={told('form.mail')} field="mail" outcome={outcome}>
          <input
            type="email"
            maxLength={254}
            autocomplete="off"
            value={draft.mail}
            aria-invalid={faultsOf(outcome).some((fault) => fault.field === 'mail') ? true : undefined}
            onInput={(event) => change({ mail: event.currentTarget.value })}
            data-testid="register-mail"
          />
        </Member>
      ) : null}
      {table === 'person' ? (
        <Member label={told('form.interprets')} field="interprets" outcome={outcome}>
          <input
            type="text"
            maxLength={120}
            autocomplete="off"
            value={draft.interprets}
            aria-invalid={faultsOf(outcome).some((fault) => fault.field === 'interprets') ? true : undefined}
            onInput={(event) => change({ interprets: event.currentTarget.value })}
            data-testid="register-interprets"
          />
        </Member>
      ) : null}
      {table === 'person' ? <Roles held={draft.roles} change={(held) => change({ roles: held })} /> : null}
      <Result outcome={outcome} />
      <button type="submit" class="button main" disabled={outcome.is === 'sending'} data-testid="register-submit">
        {told(entry ? 'change.submit' : 'add.submit')}
      </button>
    </form>
  );
}
