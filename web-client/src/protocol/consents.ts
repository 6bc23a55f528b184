/** What a patient consents to, over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type Consents = Described['Consents'];
export type NewConsent = Described['NewConsent'];
export type Purpose = NewConsent['purpose'];
export type Giver = NewConsent['giver'];
export type Form = NewConsent['form'];
export type ReadIn = NewConsent['language'];

export const givers: readonly Giver[] = ['patient', 'guardian', 'relative'];
export const forms: readonly Form[] = ['signed', 'thumbprint', 'spoken'];
export const readIn: readonly ReadIn[] = ['zh', 'bo', 'ug', 'en'];
/** The server's bound of names, characters. */
export const NAME_MAX = 60;

export const consents = (by: Api, id: string): Promise<Consents> => by.call('get', '/api/v1/cases/{id}/consents', { path: { id } });
