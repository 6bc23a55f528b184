/** Setting up, coming in and accounts, as their pages use the scheduler's interface. No bearer: a cookie comes of it. */
import { type Api, send } from './api.ts';

export interface County {
  name: string;
  nameEn: string;
  setUp: boolean;
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
