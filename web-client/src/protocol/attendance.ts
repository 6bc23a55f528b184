/** The attendance of classes and the groups of pupils, over the scheduler's HTTP interface. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export type ClassAttendance = Described['ClassAttendance'];
export type PlaceAttendance = Described['PlaceAttendance'];
export type LearningGroup = Described['LearningGroup'];
export type GroupForm = Described['LearningGroupForm'];
export type GroupChange = Described['LearningGroupChange'];

/** Most pupils of one place that are counted, and of one group. */
export const PUPILS_MAX = 200;

const GROUPS = '/api/v1/learning-groups';

export const attendance = (by: Api, id: string): Promise<ClassAttendance> => by.call('get', '/api/v1/sessions/{id}/attendance', { path: { id } });

/** `once` makes a repeated press of the button harmless. */
export const countPupils = (by: Api, id: string, site: string, count: number, once: string): Promise<ClassAttendance> =>
  by.call('put', '/api/v1/sessions/{id}/headcounts/{site}', { path: { id, site }, body: { count }, headers: { 'Idempotency-Key': once } });

/** Which groups of a site attend a class, and with `later` the classes of its series that have not begun. */
export const nameGroups = (by: Api, id: string, site: string, groupIds: string[], later: boolean): Promise<ClassAttendance> =>
  by.call('put', '/api/v1/sessions/{id}/groups/{site}', { path: { id, site }, body: { groupIds, ...(later ? { later } : {}) } });

export const groupsOf = async (by: Api, site: string): Promise<LearningGroup[]> => (await by.call('get', GROUPS, { query: { site } })).groups;

export const makeGroup = (by: Api, body: GroupForm): Promise<LearningGroup> => by.call('post', GROUPS, { body });

export const changeGroup = (by: Api, { id, version }: LearningGroup, body: GroupChange): Promise<LearningGroup> =>
  by.call('patch', `${GROUPS}/{id}`, { path: { id }, body, headers: { 'If-Match': `"${version}"` } });

/** What is counted from: what was counted before, or else the pupils that the groups of the place have. */
export const countedFrom = (of: PlaceAttendance): number => Math.min(of.headcount?.count ?? of.pupils ?? 0, PUPILS_MAX);

/** What somebody typed as a number of pupils, within what may be counted; null for what is none. */
export function pupilsTyped(text: string): number | null {
  const plain = text.trim().replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
  return /^\d{1,3}$/.test(plain) && Number(plain) <= PUPILS_MAX ? Number(plain) : null;
}
