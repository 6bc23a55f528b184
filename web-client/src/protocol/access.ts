/** Setting up, coming in and accounts, as their pages use the scheduler's interface. No bearer: a cookie comes of it. */
import { type Api, call, Problem } from './api.ts';
import type { Described } from './described.ts';

export type County = Described['County'];
/** The provider of single sign-on, and whether one's account is connected with an identity there. */
export type MyProvider = Described['MyProvider'];
export type OpenLink = Described['OpenLink'];
/** The form's texts: a name that is left out there is empty here. */
export type NewCounty = Omit<Described['NewCounty'], 'once'>;
export type Account = Described['Account'];
export type PasswordLink = Described['PasswordLink'];

export const county = (): Promise<County> => call('', 'get', '/api/v1/county', {});
export const look = (once: string): Promise<OpenLink> => call('', 'post', '/api/v1/links', { body: { once } });
export const setUp = (once: string, said: NewCounty) => call('', 'post', '/api/v1/setup', { body: { once, ...said } });
export const setPassword = (once: string, password: string) => call('', 'post', '/api/v1/password', { body: { once, password } });
export const logIn = (loginName: string, password: string) => call('', 'post', '/api/v1/login', { body: { loginName, password } });
export const logOut = (everywhere: boolean) => call('', 'post', '/api/v1/logout', { body: { everywhere } });

export const changePassword = (by: Api, oldPassword: string, password: string) =>
  by.call('put', '/api/v1/me/password', { body: { oldPassword, password } });

export const accounts = (by: Api, after: string | null): Promise<Described['Accounts']> =>
  by.call('get', '/api/v1/accounts', after ? { query: { after } } : {});

export const makeAccount = (by: Api, personId: string, loginName: string): Promise<PasswordLink> =>
  by.call('post', '/api/v1/accounts', { body: { personId, loginName } });

export const passwordLink = (by: Api, personId: string): Promise<PasswordLink> =>
  by.call('post', '/api/v1/accounts/{id}/link', { path: { id: personId } });

export const switchAccount = (by: Api, personId: string, enabled: boolean): Promise<Account> =>
  by.call('put', '/api/v1/accounts/{id}', { path: { id: personId }, body: { enabled } });

/** Where a browser goes to come in by single sign-on; a page, not a request of a script. */
export const PROVIDER_LOGIN = '/api/v1/login/provider';
/** Null where there is no provider, or the person has no account. */
export const myProvider = (by: Api): Promise<MyProvider | null> =>
  by.ask<MyProvider>('/api/v1/me/provider', {}).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });

const json = (method: string): RequestInit => ({ method, headers: { 'Content-Type': 'application/json' }, body: '{}' });
/** The address to go to. */
export const connectProvider = (by: Api): Promise<{ url: string }> => by.ask('/api/v1/me/provider', json('POST'));
export const disconnectProvider = (by: Api): Promise<void> => by.ask('/api/v1/me/provider', json('DELETE'));
