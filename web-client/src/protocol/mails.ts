/** Invitations by mail over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type MyMails = Described['MyMails'];
export type MailWish = Described['MailWishForm'];
export type SessionMails = Described['SessionMails'];
export type MailOfPerson = Described['MailOfPerson'];

export const myMails = (by: Api): Promise<MyMails> => by.ask('/api/v1/me/mails', {});

export const putMyMails = (by: Api, wish: MailWish): Promise<MyMails> =>
  by.ask('/api/v1/me/mails', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wish) });

export const mailsOf = (by: Api, session: string): Promise<SessionMails> =>
  by.ask(`/api/v1/sessions/${encodeURIComponent(session)}/mails`, {});
