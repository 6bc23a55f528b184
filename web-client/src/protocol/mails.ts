/** Invitations by mail over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type MyMails = Described['MyMails'];
export type MailWish = Described['MailWishForm'];
export type SessionMails = Described['SessionMails'];
export type MailOfPerson = Described['MailOfPerson'];

export const myMails = (by: Api): Promise<MyMails> => by.call('get', '/api/v1/me/mails', {});

export const putMyMails = (by: Api, body: MailWish): Promise<MyMails> => by.call('put', '/api/v1/me/mails', { body });

export const mailsOf = (by: Api, id: string): Promise<SessionMails> => by.call('get', '/api/v1/sessions/{id}/mails', { path: { id } });
