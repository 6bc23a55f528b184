/** Organizations, rooms and people over the scheduler's HTTP interface. */
import type { Api, Named } from './api.ts';

export const tables = ['organization', 'room', 'person'] as const;
export type Table = (typeof tables)[number];
export const kinds = ['health', 'education'] as const;
export const roles = ['scheduler', 'specialist', 'village_doctor', 'lead_teacher', 'classroom'] as const;

export interface Entry extends Named {
  nameEn: string;
  kind?: string;
  organizationId?: string;
  roles?: string[];
  retired: boolean;
}

/** An entry as a form has it. */
export type Wanted = Omit<Entry, 'id'>;

export interface LineFault {
  column: string;
  /** The column's name as the file writes it. */
  header: string | null;
  code: string;
  params: Record<string, string | number>;
  /** The sentence in English. */
  detail: string;
}

export interface Line {
  line: number;
  table: Table | null;
  name: string | null;
  outcome: 'made' | 'changed' | 'unchanged' | 'fault';
  changes: string[];
  faults: LineFault[];
}

export interface Report {
  applied: boolean;
  ignored: string[];
  counts: { made: number; changed: number; unchanged: number; fault: number };
  lines: Line[];
}

const path = (table: Table): string =>
  `/api/v1/${{ organization: 'organizations', room: 'rooms', person: 'people' }[table]}`;

export const page = (api: Api, table: Table, after: string): Promise<{ entries: Entry[]; next: string | null }> =>
  api.ask(`${path(table)}?limit=100&after=${encodeURIComponent(after)}`, {});

const json = (method: string, body: Wanted): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

export const add = (api: Api, table: Table, wanted: Wanted): Promise<Entry> => api.ask(path(table), json('POST', wanted));

/** The entry retired, or taken back. */
export function retire(api: Api, table: Table, { id, ...rest }: Entry, retired: boolean): Promise<Entry> {
  return api.ask(`${path(table)}/${encodeURIComponent(id)}`, json('PUT', { ...rest, retired }));
}

/** Sends a table; a dry run changes nothing. */
export const importTable = (api: Api, bytes: ArrayBuffer, dryRun: boolean): Promise<Report> =>
  api.ask(`/api/v1/imports?dry-run=${dryRun}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: bytes });
