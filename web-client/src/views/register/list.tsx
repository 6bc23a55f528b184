import { useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Area, type Entry, retire, type Table } from '../../protocol/register.ts';
import { named } from '../../words/index.ts';
import { isKey, told } from '../../words/register.ts';
import { Icon } from '../icon.tsx';
import { Name, whenWords } from '../parts.tsx';
import { api } from '../store.ts';
import { EntryForm, type Places } from './add.tsx';
import { areaWords } from './area.tsx';
import { problemWords } from './said.ts';

/** A role or a kind in words; one of another's making as it is. */
const word = (key: string, plain: string): string => (isKey(key) ? told(key) : plain);

function details(entry: Entry, { sites, rooms, areas }: Places): string {
  const room = rooms.find((one) => one.id === entry.roomId);
  const site = sites.find((one) => one.id === (entry.organizationId ?? room?.organizationId));
  const area = areas.find((one) => one.code === entry.areaCode);
  const parts = [
    entry.kind ? word(`kind.${entry.kind}`, entry.kind) : '',
    entry.areaCode ? (area ? areaWords(area) : entry.areaCode) : '',
    site ? named(site) : '',
    room ? named(room) : '',
    ...(entry.roles ?? []).map((role) => word(`role.${role}`, role)),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** What went wrong, and for one who is still booked the sessions, each with the way to change it. */
function Refused({ error }: { error: unknown }) {
  const sessions = error instanceof Problem ? (error.more.sessions ?? []) : [];
  return (
    <span class="block" role="alert" data-testid="register-refused">
      <span class="sentence bad">
        <Icon name="alert" /> <span>{problemWords(error)}</span>
      </span>
      {sessions.map((session) => (
        <a key={session.id} class="button small" href={`#/book/${session.id}`} data-testid="register-still-booked">
          <span>
            {whenWords(Date.parse(session.startsAt))} <bdi>{session.title}</bdi>
          </span>
        </a>
      ))}
    </span>
  );
}

interface LineProps {
  table: Table;
  entry: Entry;
  places: Places;
  changed: (entry: Entry, area?: Area) => void;
}

type Doing = 'nothing' | 'asking' | 'changing';

/** The buttons of a line. */
function Acts({ entry, doing, set, put }: { entry: Entry; doing: Doing; set: (doing: Doing) => void; put: (retired: boolean) => void }) {
  if (doing === 'asking') {
    return (
      <span class="pair">
        <button type="button" class="button small danger" onClick={() => put(true)} data-testid="register-retire-sure">
          {told('list.retire.sure')}
        </button>
        <button type="button" class="button small" onClick={() => set('nothing')}>
          {told('list.keep')}
        </button>
      </span>
    );
  }
  const verb = told(entry.retired ? 'list.restore' : 'list.retire');
  return (
    <span class="pair">
      {entry.retired ? null : (
        <button
          type="button"
          class="button small"
          aria-label={`${told('list.change')} ${named(entry)}`}
          aria-expanded={doing === 'changing'}
          onClick={() => set(doing === 'changing' ? 'nothing' : 'changing')}
          data-testid="register-change"
        >
          {told(doing === 'changing' ? 'list.keep' : 'list.change')}
        </button>
      )}
      <button
        type="button"
        class="button small"
        aria-label={`${verb} ${named(entry)}`}
        onClick={() => (entry.retired ? put(false) : set('asking'))}
        data-testid={entry.retired ? 'register-restore' : 'register-retire'}
      >
        {verb}
      </button>
    </span>
  );
}

function Line({ table, entry, places, changed }: LineProps) {
  const [doing, setDoing] = useState<Doing>('nothing');
  const [error, setError] = useState<unknown>(null);
  const put = (retired: boolean): void => {
    setDoing('nothing');
    setError(null);
    retire(api(), table, entry, retired).then(changed, setError);
  };
  const done = (after: Entry, area?: Area): void => {
    setDoing('nothing');
    changed(after, area);
  };
  return (
    <li class={entry.retired ? 'session faded' : 'session'} data-testid="register-entry" data-id={entry.id}>
      <span class="what">
        <b>
          <Name of={entry} />
        </b>{' '}
        {entry.retired ? <span class="tag">{told('list.retired')}</span> : null}
        <span class="quiet block">{details(entry, places)}</span>
        {error ? <Refused error={error} /> : null}
      </span>
      {entry.retired ? null : (
        <a class="button small" href={`#/book/hours?of=${table}:${entry.id}`} aria-label={`${told('list.hours')} ${named(entry)}`} data-testid="register-hours">
          {told('list.hours')}
        </a>
      )}
      {table === 'terminal' && !entry.retired ? (
        <a class="button small" href={`#/devices/${entry.id}`} aria-label={`${told('list.devices')} ${named(entry)}`} data-testid="register-devices">
          {told('list.devices')}
        </a>
      ) : null}
      <Acts entry={entry} doing={doing} set={setDoing} put={put} />
      {doing === 'changing' ? <EntryForm table={table} places={places} entry={entry} done={done} /> : null}
    </li>
  );
}

interface Props {
  table: Table;
  entries: Entry[];
  places: Places;
  more: boolean;
  load: () => void;
  changed: (entry: Entry, area?: Area) => void;
}

/** What is registered of one table. */
export function List({ table, entries, places, more, load, changed }: Props) {
  if (entries.length === 0) return <p class="quiet">{told('list.none')}</p>;
  return (
    <>
      <ul class="sessions">
        {entries.map((entry) => (
          <Line key={entry.id} table={table} entry={entry} places={places} changed={changed} />
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
