/** Roles and where they are held, minors, and the log of who read what, over the scheduler's HTTP interface. */
import type { Api, Names } from './api.ts';

export type ScopeKind = 'county' | 'home' | 'area' | 'site';

export interface Scope {
  kind: ScopeKind;
  /** Code of the area or id of the site; empty for the others. */
  id: string;
}

export interface Assignment {
  role: string;
  scope: Scope;
  scopeNames: Names | null;
  givenBy: string;
  givenAt: string;
}

export interface Minor {
  /** YYYY-MM-DD. */
  bornOn: string;
  guardianIds: string[];
}

export interface AuditEntry {
  number: number;
  at: string;
  personId: string;
  names: Names | null;
  act: string;
  object: string;
  address: string;
  reason: string;
}

export interface Chain {
  first: number;
  latest: number;
  brokenAt: number | null;
}

export interface FoundArea {
  code: string;
  name: string;
  within: string[];
}

/** Every standing role, in the order of the server's table. */
export const roles = [
  'administrator', 'security_administrator', 'auditor', 'health_supervisor', 'education_supervisor', 'scheduler', 'specialist',
  'village_doctor', 'lead_teacher', 'classroom', 'village_leader', 'villager', 'interpreter', 'volunteer',
] as const;
export const scopeKinds = ['county', 'area', 'site', 'home'] as const;

const of = (person: string): string => `/api/v1/people/${encodeURIComponent(person)}`;
const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

type Listed = Promise<{ assignments: Assignment[] }>;

export const assignments = (api: Api, person: string): Listed => api.ask(`${of(person)}/assignments`, {});

export const give = (api: Api, person: string, wanted: { role: string; scope: Scope; reason: string }): Listed =>
  api.ask(`${of(person)}/assignments`, json('POST', wanted));

export function take(api: Api, person: string, { role, scope }: Assignment): Listed {
  const which = new URLSearchParams({ role, 'scope-kind': scope.kind, 'scope-id': scope.id });
  return api.ask(`${of(person)}/assignments?${which.toString()}`, { method: 'DELETE' });
}

export const minor = (api: Api, person: string): Promise<Minor> => api.ask(`${of(person)}/minor`, {});
export const putMinor = (api: Api, person: string, said: Minor): Promise<Minor> => api.ask(`${of(person)}/minor`, json('PUT', said));

export const areas = (api: Api, word: string): Promise<{ areas: FoundArea[] }> =>
  api.ask(`/api/v1/areas?limit=20&q=${encodeURIComponent(word)}`, {});

/** A part of the log, latest first; `before` is empty for the latest. */
export const audit = (api: Api, before: string): Promise<{ entries: AuditEntry[]; next: string | null }> =>
  api.ask(`/api/v1/audit${before && `?before=${encodeURIComponent(before)}`}`, {});
export const chain = (api: Api): Promise<Chain> => api.ask('/api/v1/audit/chain', {});
