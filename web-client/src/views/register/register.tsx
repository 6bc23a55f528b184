import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type Entry, page, type Table, tables } from '../../protocol/register.ts';
import { told } from '../../words/register.ts';
import { Empty, Loading, Trouble } from '../parts.tsx';
import { api, loadMe, me } from '../store.ts';
import { Add } from './add.tsx';
import { Import } from './import.tsx';
import { List } from './list.tsx';

/** What is loaded of a table so far, and from where on there is more. */
interface Part {
  entries: Entry[];
  next: string | null;
}
type Parts = Record<Table, Part>;

/** Most pages of sites that the forms choose from. */
const SITE_PAGES = 50;

async function everySite(): Promise<Part> {
  const entries: Entry[] = [];
  let next: string | null = '';
  for (let n = 0; n < SITE_PAGES && next !== null; n += 1) {
    const part: Part = await page(api(), 'organization', next);
    entries.push(...part.entries);
    next = part.next;
  }
  return { entries, next };
}

async function everything(): Promise<Parts> {
  const [organization, room, person] = await Promise.all([everySite(), page(api(), 'room', ''), page(api(), 'person', '')]);
  return { organization, room, person };
}

/** Sites, rooms and people: a table of them comes in, and each is added or retired by itself. */
export function Register() {
  const [parts, setParts] = useState<Parts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [table, setTable] = useState<Table>('organization');
  const load = (): void => {
    setError(null);
    everything().then(setParts, setError);
  };
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
    load();
  }, []);
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error) return <Trouble error={error} retry={load} />;
  if (!parts) return <Loading />;
  const put = (entries: Entry[], next = parts[table].next): void => setParts({ ...parts, [table]: { entries, next } });
  const { entries, next } = parts[table];
  const more = (): void => {
    page(api(), table, next ?? '').then((part) => put([...entries, ...part.entries], part.next), setError);
  };
  const changed = (entry: Entry): void => put(entries.map((one) => (one.id === entry.id ? entry : one)));
  // A new one is seen first, where its form is.
  const added = (entry: Entry): void => put([entry, ...entries]);
  return (
    <div class="page booking">
      <h1>{told('title')}</h1>
      <div class="two">
        <section class="card book">
          <h2>{told('list')}</h2>
          <div class="choices" role="group" aria-label={told('list')}>
            {tables.map((one) => (
              <label key={one} class={one === table ? 'choice chosen' : 'choice'}>
                <input
                  type="radio"
                  name="table"
                  checked={one === table}
                  onChange={() => setTable(one)}
                  data-testid={`register-table-${one}`}
                />
                {told(`table.${one}`)}
              </label>
            ))}
          </div>
          <Add key={table} table={table} sites={parts.organization.entries} added={added} />
          <List table={table} entries={entries} sites={parts.organization.entries} more={next !== null} load={more} changed={changed} />
        </section>
        <Import imported={load} />
      </div>
    </div>
  );
}
