/** Areas, organizations, rooms, people and terminals over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export const tables = ['organization', 'room', 'person', 'terminal'] as const;
export type Table = (typeof tables)[number];
export const kinds = ['health', 'education'] as const;
export const terminalKinds = ['screen', 'computer', 'tablet', 'phone'] as const;
export const roles = ['scheduler', 'specialist', 'village_doctor', 'lead_teacher', 'classroom', 'interpreter'] as const;

export type Entry = Described['RegisterEntry'];

/** An area, and what it lies in, the widest first. */
export type Area = Described['AreaFound'];

/** An entry as a form has it. */
export type Wanted = Omit<Entry, 'id'>;

export type LineFault = Described['ImportFault'];
export type Line = Described['ImportLine'];
export type Report = Described['ImportReport'];

/** The tables that one import takes: all that its description has, or the types fail. */
const imported: Record<NonNullable<Line['table']>, true> = { area: true, organization: true, room: true, person: true, terminal: true, line: true };
export const importable = Object.keys(imported) as (keyof typeof imported)[];

const path = (table: Table): string =>
  `/api/v1/${{ organization: 'organizations', room: 'rooms', person: 'people', terminal: 'terminals' }[table]}`;

/** What is loaded of a table so far, the areas that it lies in, and from where on there is more. */
export type Part = Described['RegisterPage'];

export const page = (api: Api, table: Table, after: string): Promise<Part> =>
  api.ask(`${path(table)}?limit=100&after=${encodeURIComponent(after)}`, {});

/** Most pages of sites and rooms that forms choose from. */
const PAGES = 50;

/** All of a table, as far as a form can choose from it. */
export async function everyOne(api: Api, table: Table): Promise<Part> {
  const all: Part = { entries: [], areas: [], next: '' };
  for (let n = 0; n < PAGES && all.next !== null; n += 1) {
    const part: Part = await page(api, table, all.next);
    all.entries.push(...part.entries);
    all.areas.push(...part.areas);
    all.next = part.next;
  }
  return all;
}

/** Areas whose name, pinyin, first letters or code begin so; without a word those right below `within`. */
export const areas = async (api: Api, word: string, within = '', limit = 8): Promise<Area[]> => {
  const query = new URLSearchParams({ q: word, within, limit: String(limit) });
  return (await api.ask<{ areas: Area[] }>(`/api/v1/areas?${query.toString()}`, {})).areas;
};

/** Makes the area of a code, or gives it another name. */
export const putArea = (api: Api, code: string, name: string): Promise<Entry> =>
  api.ask(`/api/v1/areas/${encodeURIComponent(code)}`, json('PUT', { name }));

const json = (method: string, body: Wanted | { name: string }): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

export const add = (api: Api, table: Table, wanted: Wanted): Promise<Entry> => api.ask(path(table), json('POST', wanted));

/** The entry as it is to be. */
export const put = (api: Api, table: Table, id: string, wanted: Wanted): Promise<Entry> =>
  api.ask(`${path(table)}/${encodeURIComponent(id)}`, json('PUT', wanted));

/** The entry retired, or taken back. */
export const retire = (api: Api, table: Table, { id, ...rest }: Entry, retired: boolean): Promise<Entry> =>
  put(api, table, id, { ...rest, retired });

/** Sends a table; a dry run changes nothing. */
export const importTable = (api: Api, bytes: ArrayBuffer, dryRun: boolean): Promise<Report> =>
  api.ask(`/api/v1/imports?dry-run=${dryRun}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: bytes });
