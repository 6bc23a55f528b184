import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { add, type Entry, kinds, roles, type Table, type Wanted } from '../../protocol/register.ts';
import { named } from '../../words/index.ts';
import { told } from '../../words/register.ts';
import { Icon } from '../icon.tsx';
import { api } from '../store.ts';
import { faultWords, problemWords } from './said.ts';

type Outcome = { is: 'idle' | 'sending' } | { is: 'done'; entry: Entry } | { is: 'failed'; error: unknown };

const faultsOf = (outcome: Outcome) =>
  outcome.is === 'failed' && outcome.error instanceof Problem ? (outcome.error.more.faults ?? []) : [];

/** A member of the form with what is wrong with it. */
function Member({ label, field, outcome, children }: { label: string; field: string; outcome: Outcome; children: ComponentChildren }) {
  return (
    <div>
      <label class="field">
        <span>{label}</span>
        {children}
      </label>
      {faultsOf(outcome)
        .filter((fault) => fault.field === field)
        .map((fault) => (
          <p key={fault.code} class="sentence bad" role="alert" data-testid={`register-note-${field}`}>
            <Icon name="alert" /> <span>{faultWords(fault)}</span>
          </p>
        ))}
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

const blank = { name: '', nameEn: '', kind: 'health', organizationId: '', roles: [] as string[] };

/** A form that registers one entry. */
export function Add({ table, sites, added }: { table: Table; sites: Entry[]; added: (entry: Entry) => void }) {
  const [draft, setDraft] = useState(blank);
  const [outcome, setOutcome] = useState<Outcome>({ is: 'idle' });
  const change = (part: Partial<typeof blank>): void => setDraft((before) => ({ ...before, ...part }));
  const open = sites.filter((site) => !site.retired);
  if (table !== 'organization' && open.length === 0) return <p class="quiet">{told('add.none')}</p>;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { name, nameEn, kind, organizationId } = draft;
    const wanted: Wanted = { name, nameEn, retired: false };
    if (table === 'organization') wanted.kind = kind;
    else wanted.organizationId = organizationId;
    if (table === 'person') wanted.roles = draft.roles;
    setOutcome({ is: 'sending' });
    try {
      const entry = await add(api(), table, wanted);
      setOutcome({ is: 'done', entry });
      // The next one is often at the same place.
      change({ name: '', nameEn: '' });
      added(entry);
    } catch (error) {
      setOutcome({ is: 'failed', error });
    }
  };
  const input = (field: 'name' | 'nameEn') => (
    <input
      type="text"
      maxLength={80}
      value={draft[field]}
      aria-invalid={faultsOf(outcome).some((fault) => fault.field === field) ? true : undefined}
      onInput={(event) => change({ [field]: event.currentTarget.value })}
      data-testid={`register-${field}`}
    />
  );
  return (
    <form class="book" onSubmit={(event) => void submit(event)} noValidate>
      <h3>{told('add')}</h3>
      <Member label={told('column.name')} field="name" outcome={outcome}>
        {input('name')}
      </Member>
      <Member label={told('column.name_en')} field="nameEn" outcome={outcome}>
        {input('nameEn')}
      </Member>
      {table === 'organization' ? (
        <Member label={told('column.kind')} field="kind" outcome={outcome}>
          <select value={draft.kind} onChange={(event) => change({ kind: event.currentTarget.value })} data-testid="register-kind">
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {told(`kind.${kind}`)}
              </option>
            ))}
          </select>
        </Member>
      ) : (
        <Member label={told('column.organization')} field="organizationId" outcome={outcome}>
          <select
            value={draft.organizationId}
            onChange={(event) => change({ organizationId: event.currentTarget.value })}
            data-testid="register-organizationId"
          >
            <option value="">{told('add.choose')}</option>
            {open.map((site) => (
              <option key={site.id} value={site.id}>
                {named(site)}
              </option>
            ))}
          </select>
        </Member>
      )}
      {table === 'person' ? <Roles held={draft.roles} change={(held) => change({ roles: held })} /> : null}
      <Result outcome={outcome} />
      <button type="submit" class="button main" disabled={outcome.is === 'sending'} data-testid="register-submit">
        {told('add.submit')}
      </button>
    </form>
  );
}
