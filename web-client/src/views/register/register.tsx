import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Area, type Entry, everyOne, page, type Part, type Table, tables } from '../../protocol/register.ts';
import { language, t } from '../../words/index.ts';
import { told } from '../../words/register.ts';
import { Empty, Loading, Trouble } from '../parts.tsx';
import { api, loadMe, me } from '../store.ts';
import { EntryForm } from './add.tsx';
import { Import } from './import.tsx';
import { List } from './list.tsx';

type Parts = Record<Table, Part>;

async function everything(): Promise<Parts> {
  // Forms choose from sites and rooms; of the rest the first page comes.
  const [organization, room, person, terminal] = await Promise.all([
    everyOne(api(), 'organization'),
    everyOne(api(), 'room'),
    page(api(), 'person', ''),
    page(api(), 'terminal', ''),
  ]);
  return { organization, room, person, terminal };
}

const isTable = (id: string): id is Table => (tables as readonly string[]).includes(id);

/** Which table is shown. */
function Tabs({ table, turn }: { table: Table; turn: (table: Table) => void }) {
  return (
    <div class="choices" role="group" aria-label={told('list')}>
      {tables.map((one) => (
        <label key={one} class={one === table ? 'choice chosen' : 'choice'}>
          <input type="radio" name="table" checked={one === table} onChange={() => turn(one)} data-testid={`register-table-${one}`} />
          {told(`table.${one}`)}
        </label>
      ))}
    </div>
  );
}

/** Sites, rooms, people and terminals: a table of them comes in, and each is added, changed or retired by itself. `id` names the first one. */
export function Register({ id = '' }: { id?: string }) {
  const [parts, setParts] = useState<Parts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [table, setTable] = useState<Table>(isTable(id) ? id : 'organization');
  const load = (): void => {
    setError(null);
    everything().then(setParts, setError);
  };
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
    load();
  }, []);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error) return <Trouble error={error} retry={load} />;
  if (!parts) return <Loading />;
  const put = (entries: Entry[], area?: Area, next = parts[table].next): void => {
    const areas = area ? [...parts[table].areas, area] : parts[table].areas;
    setParts({ ...parts, [table]: { entries, areas, next } });
  };
  const { entries, next } = parts[table];
  const more = (): void => {
    page(api(), table, next ?? '').then((part) => put([...entries, ...part.entries], undefined, part.next), setError);
  };
  const changed = (entry: Entry, area?: Area): void => put(entries.map((one) => (one.id === entry.id ? entry : one)), area);
  // A new one is seen first, where its form is.
  const added = (entry: Entry, area?: Area): void => put([entry, ...entries], area);
  const places = { sites: parts.organization.entries, rooms: parts.room.entries, areas: parts.organization.areas };
  return (
    <div class="page booking">
      <h1>{told('title')}</h1>
      {me.value?.can.administer ? (
        <div class="pair">
          <a class="button" href="#/county" data-testid="register-county">
            {told('county')}
          </a>
          <a class="button" href="#/book/agreements" data-testid="register-agreements">
            {told('agreements')}
          </a>
          <a class="button" href="#/book/webhooks" data-testid="register-webhooks">
            {told('webhooks')}
          </a>
        </div>
      ) : null}
      <div class="two">
        <section class="card book">
          <h2>{told('list')}</h2>
          <Tabs table={table} turn={setTable} />
          <EntryForm key={table} table={table} places={places} done={added} />
          <List table={table} entries={entries} places={places} more={next !== null} load={more} changed={changed} />
        </section>
        <Import imported={load} />
      </div>
    </div>
  );
}
