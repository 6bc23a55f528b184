/** Agreements of who may consult whom, over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type Agreement = Described['Agreement'];
export type Agreements = Described['Agreements'];
export type AgreementForm = Described['AgreementForm'];
export type AgreementStep = Agreement['steps'][number];

const ONE = '/api/v1/agreements/{id}';

/** Agreements with what was used of them in `month` (YYYY-MM; empty: this one). */
export const agreements = (by: Api, month: string, after: string | null): Promise<Agreements> =>
  by.call('get', '/api/v1/agreements', { query: { ...(month ? { month } : {}), ...(after ? { after } : {}) } });

export const draft = (by: Api, body: AgreementForm): Promise<Agreement> => by.call('post', '/api/v1/agreements', { body });

export const step = (by: Api, { id, version }: Agreement, word: AgreementStep): Promise<Agreement> =>
  by.call('post', `${ONE}/step`, { path: { id }, body: { step: word }, headers: { 'If-Match': `"${version}"` } });
