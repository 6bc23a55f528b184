/** Who is to be told of sessions, over the scheduler's HTTP interface. */
import { answer, type Api } from './api.ts';
import type { Described } from './described.ts';

export type CallList = Described['CallList'];
export type CallLine = Described['CallLine'];
export type MyReminders = Described['MyReminders'];
export type ToldHow = Described['ToldHow'];

export const callList = (by: Api, site: string): Promise<CallList> => by.call('get', '/api/v1/reminders', { query: { site } });

export const myReminders = (by: Api): Promise<MyReminders> => by.call('get', '/api/v1/me/reminders', {});

/** Says that one knows of a session oneself. */
export const known = (by: Api, id: string): Promise<unknown> =>
  by.call('post', '/api/v1/sessions/{id}/acknowledgement', { path: { id }, body: {} });

/** Says that one has told somebody of a session. */
export const toldOf = (by: Api, line: CallLine, how: ToldHow): Promise<unknown> =>
  by.call('post', '/api/v1/sessions/{id}/acknowledgement', { path: { id: line.sessionId }, body: { personId: line.personId, how } });

/** The slips of a site for a receipt printer. */
export const slipsFile = async (by: Api, site: string): Promise<Blob> =>
  (await answer(`/api/v1/reminders/slips?site=${encodeURIComponent(site)}`, by.key, {})).blob();

/** The step that was taken last, if any was. */
export const latest = (line: CallLine): CallLine['steps'][number] | null =>
  line.steps.filter((step) => step.state === 'handed' && step.channel !== 'booker').pop() ?? null;

export type Reach = Described['Reach'];

/** By what a person is reminded. */
export const reachOf = (by: Api, id: string): Promise<Reach> => by.call('get', '/api/v1/people/{id}/reminders', { path: { id } });

export const putReach = (by: Api, id: string, body: Reach): Promise<Reach> =>
  by.call('put', '/api/v1/people/{id}/reminders', { path: { id }, body });
