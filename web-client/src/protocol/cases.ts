/** Cases of consultations over the scheduler's HTTP interface, and a request while it is being written. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';
import { instant, nextTen } from './when.ts';

export type Case = Described['Case'];
export type CaseCard = Described['CaseCard'];
export type Cases = Described['Cases'];
export type CaseQueue = Described['CaseQueue'];
export type CaseRequest = Described['CaseRequest'];
export type Opinion = Described['Opinion'];
export type Step = Case['steps'][number];
export type Urgency = Case['urgency'];
export type Specialty = Case['specialty'];
export type Rank = Case['title'];
export type Sex = CaseRequest['patient']['sex'];
export type Verdict = Described['NewDecision']['verdict'];

export const urgencies: readonly Urgency[] = ['routine', 'soon', 'urgent'];
export const sexes: readonly Sex[] = ['female', 'male', 'unknown'];
export const ranks: readonly Rank[] = ['any', 'attending', 'associate_chief', 'chief'];
export const verdicts: readonly Verdict[] = ['adopted', 'partly', 'not'];
export const specialties: readonly Specialty[] = [
  'general',
  'internal',
  'surgery',
  'obstetrics',
  'pediatrics',
  'ophthalmology',
  'otolaryngology',
  'stomatology',
  'dermatology',
  'psychiatry',
  'infectious',
  'oncology',
  'emergency',
  'rehabilitation',
  'imaging',
  'chinese_medicine',
];
/** The server's bounds, characters; doctors. */
export const LINE_MAX = 200;
export const SUMMARY_MAX = 1_200;
export const OPINION_MAX = 4_000;
export const INVITED_MAX = 5;

const ONE = '/api/v1/cases/{id}';

export const cases = (by: Api, open: boolean, before: string | null): Promise<Cases> =>
  by.call('get', '/api/v1/cases', { query: { ...(open ? { open: true } : {}), ...(before ? { before } : {}) } });

/** Whose case is triaged next; for who books. */
export const queue = (by: Api): Promise<CaseQueue> => by.call('get', '/api/v1/cases/queue', {});

export const card = (by: Api, id: string): Promise<CaseCard> => by.call('get', ONE, { path: { id } });

/** The latest one, or that of a version. */
export const opinion = (by: Api, id: string, version?: number): Promise<Opinion> =>
  by.call('get', `${ONE}/opinion`, { path: { id }, query: version ? { version } : {} });

export const events = (by: Api, id: string): Promise<Described['CaseEvents']> => by.call('get', `${ONE}/events`, { path: { id } });

/** Reads the case of another doctor's patient, once. */
export const breakGlass = (by: Api, id: string, reason: string): Promise<CaseCard> =>
  by.call('post', `${ONE}/break-glass`, { path: { id }, body: { reason } });

/** `once` makes a request that is sent again after a lost answer the same one. */
export const request = (by: Api, body: CaseRequest, once: string): Promise<Case> =>
  by.call('post', '/api/v1/cases', { body, headers: { 'Idempotency-Key': once } });

/** What is said with a step: the last part of its path, and its body. */
export interface Act {
  step: 'triage' | 'answer' | 'schedule' | 'check-in' | 'consents' | 'withdrawal' | 'opinion' | 'decision' | 'close' | 'cancel';
  body?: Record<string, unknown>;
}

/** Takes a step from the version that is on the page. */
export const take = (by: Api, { id, version }: Case, { step, body }: Act): Promise<Case> =>
  by.ask<Case>(`/api/v1/cases/${encodeURIComponent(id)}/${step}`, {
    method: 'POST',
    headers: { 'If-Match': `"${version}"`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** A request while it is being written: what the form shows. */
export interface CaseDraft {
  name: string;
  sex: Sex;
  born: string;
  card: string;
  urgency: Urgency;
  reason: string;
  purpose: string;
  summary: string;
  specialty: Specialty;
  rank: Rank;
  /** YYYY-MM-DD and HH:MM in the county. */
  day: string;
  time: string;
  /** Under which name its photos and documents wait on the device. */
  files: string;
}

/** An empty form, `now` in milliseconds. */
export function blankCase(now: number, files: string): CaseDraft {
  const { day, time } = nextTen(now);
  const empty = { name: '', born: '', card: '', reason: '', purpose: '', summary: '' };
  return { ...empty, sex: 'unknown', urgency: 'routine', specialty: 'general', rank: 'any', day, time, files };
}

/** What is to be sent; what is wrong with it, the server says at the field. */
export function finishCase(draft: CaseDraft): CaseRequest {
  const { name, sex, card: number, urgency, reason, purpose, summary, specialty, rank } = draft;
  // A year that is none is year 0, and a time that is none an empty text: both are refused at their fields.
  const born = /^\d{4}$/.test(draft.born.trim()) ? Number(draft.born) : 0;
  const wishedAt = instant(draft.day, draft.time) ?? '';
  return { patient: { name, sex, born, card: number }, urgency, reason, purpose, wishedAt, summary, specialty, title: rank };
}

/** What a signed statement says that the page shows. */
export interface Stated {
  opinion: string;
  version: number;
  signedAt: string;
  signer: { name: string; organizationName: string; person: string };
  attendance: { person: string; soundS: number; pictureS: number }[];
}

/** The statement of a signed opinion; null if it is none of ours. */
export function stated(of: Opinion): Stated | null {
  try {
    const found = JSON.parse(of.statement) as Stated;
    return typeof found.opinion === 'string' && Array.isArray(found.attendance) && found.signer ? found : null;
  } catch {
    return null;
  }
}
