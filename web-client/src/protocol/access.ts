/** Setting up, coming in and accounts, as their pages use the scheduler's interface. No bearer: a cookie comes of it. */
import { type Api, Problem, send } from './api.ts';

export interface County {
  name: string;
  nameEn: string;
  setUp: boolean;
  /** What the provider of single sign-on is called, if there is one. */
  provider: string | null;
}

/** The provider of single sign-on, and whether one's account is connected with an identity there. */
export interface MyProvider {
  name: string;
  connected: boolean;
}

/** A link that works once: what for, and until when (RFC 3339). */
export interface OpenLink {
  purpose: 'setup' | 'password';
  loginName: string | null;
  endsAt: string;
}

export interface NewCounty {
  countyName: string;
  countyNameEn: string;
  name: string;
  nameEn: string;
  loginName: string;
  password: string;
}

export interface Account {
  personId: string;
  name: string;
  nameEn: string;
  loginName: string;
  enabled: boolean;
  hasPassword: boolean;
}

/** A link by which a person sets a password; told once. */
export interface PasswordLink {
  personId: string;
  loginName: string;
  once: string;
  endsAt: string;
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const post = <T>(path: string, body: unknown): Promise<T> => send<T>(path, '', json('POST', body));

export const county = (): Promise<County> => send('/api/v1/county', '');
export const look = (once: string): Promise<OpenLink> => post('/api/v1/links', { once });
export const setUp = (once: string, said: NewCounty): Promise<void> => post('/api/v1/setup', { once, ...said });
export const setPassword = (once: string, password: string): Promise<void> => post('/api/v1/password', { once, password });
export const logIn = (loginName: string, password: string): Promise<void> => post('/api/v1/login', { loginName, password });
export const logOut = (everywhere: boolean): Promise<void> => post('/api/v1/logout', { everywhere });

export const changePassword = (by: Api, oldPassword: string, password: string): Promise<void> =>
  by.ask('/api/v1/me/password', json('PUT', { oldPassword, password }));

export const accounts = (by: Api, after: string | null): Promise<{ accounts: Account[]; next: string | null }> =>
  by.ask(`/api/v1/accounts${after ? `?after=${encodeURIComponent(after)}` : ''}`, {});

export const makeAccount = (by: Api, personId: string, loginName: string): Promise<PasswordLink> =>
  by.ask('/api/v1/accounts', json('POST', { personId, loginName }));

export const passwordLink = (by: Api, personId: string): Promise<PasswordLink> =>
  by.ask(`/api/v1/accounts/${encodeURIComponent(personId)}/link`, { method: 'POST' });

export const switchAccount = (by: Api, personId: string, enabled: boolean): Promise<Account> =>
  by.ask(`/api/v1/accounts/${encodeURIComponent(personId)}`, json('PUT', { enabled }));

/** Where a browser goes to come in by single sign-on; a page, not a request of a script. */
export const PROVIDER_LOGIN = '/api/v1/login/provider';
/** Null where there is no provider, or the person has no account. */
export const myProvider = (by: Api): Promise<MyProvider | null> =>
  by.ask<MyProvider>('/api/v1/me/provider', {}).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
/** The address to go to. */
export const connectProvider = (by: Api): Promise<{ url: string }> => by.ask('/api/v1/me/provider', json('POST', {}));
export const disconnectProvider = (by: Api): Promise<void> => by.ask('/api/v1/me/provider', json('DELETE', {}));
