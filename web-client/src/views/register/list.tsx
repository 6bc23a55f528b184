import { useState } from 'preact/hooks';
import { type Entry, retire, type Table } from '../../protocol/register.ts';
import { named } from '../../words/index.ts';
import { isKey, told } from '../../words/register.ts';
import { Icon } from '../icon.tsx';
import { Name } from '../parts.tsx';
import { api } from '../store.ts';
import { problemWords } from './said.ts';

/** A role or a kind in words; one of another's making as it is. */
const word = (key: string, plain: string): string => (isKey(key) ? told(key) : plain);

function details(entry: Entry, sites: Entry[]): string {
  const site = sites.find((one) => one.id === entry.organizationId);
  const parts = [
    entry.kind ? word(`kind.${entry.kind}`, entry.kind) : '',
    site ? named(site) : '',
    ...(entry.roles ?? []).map((role) => word(`role.${role}`, role)),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** What the button of a line does. */
const verb = (entry: Entry): string => (entry.retired ? told('list.restore') : told('list.retire'));

function Line({ table, entry, sites, changed }: { table: Table; entry: Entry; sites: Entry[]; changed: (entry: Entry) => void }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const put = (retired: boolean): void => {
    setAsking(false);
    setError(null);
    retire(api(), table, entry, retired).then(changed, setError);
  };
  return (
    <li class={entry.retired ? 'session faded' : 'session'} data-testid="register-entry" data-id={entry.id}>
      <span class="what">
        <b>
          <Name of={entry} />
        </b>{' '}
        {entry.retired ? <span class="tag">{told('list.retired')}</span> : null}
        <span class="quiet block">{details(entry, sites)}</span>
        {error ? (
          <span class="sentence bad" role="alert">
            <Icon name="alert" /> <span>{problemWords(error)}</span>
          </span>
        ) : null}
      </span>
      {asking ? (
        <span class="pair">
          <button type="button" class="button small danger" onClick={() => put(true)} data-testid="register-retire-sure">
            {told('list.retire.sure')}
          </button>
          <button type="button" class="button small" onClick={() => setAsking(false)}>
            {told('list.keep')}
          </button>
        </span>
      ) : (
        <button
          type="button"
          class="button small"
          aria-label={`${verb(entry)} ${named(entry)}`}
          onClick={() => (entry.retired ? put(false) : setAsking(true))}
          data-testid={entry.retired ? 'register-restore' : 'register-retire'}
        >
          {verb(entry)}
        </button>
      )}
    </li>
  );
}

interface Props {
  table: Table;
  entries: Entry[];
  sites: Entry[];
  more: boolean;
  load: () => void;
  changed: (entry: Entry) => void;
}

/** What is registered of one table. */
export function List({ table, entries, sites, more, load, changed }: Props) {
  if (entries.length === 0) return <p class="quiet">{told('list.none')}</p>;
  return (
    <>
      <ul class="sessions">
        {entries.map((entry) => (
          <Line key={entry.id} table={table} entry={entry} sites={sites} changed={changed} />
        ))}
      </ul>
      {more ? (
        <button type="button" class="button" onClick={load} data-testid="register-more">
          {told('list.more')}
        </button>
      ) : null}
    </>
  );
}
