/** The scheduler's and the recorder's HTTP interface, as the pages use it. */
import type { Answer, Described, MethodOf, Path, Said } from './described.ts';
import type { Blocker } from './slots.ts';

/** What somebody or something is called, by languages; Chinese is always there. */
export type Names = Described['Names'];

export interface Named {
  id: string;
  names: Names;
}

export type Person = Described['DirectoryPerson'];
export type Participant = Described['Participant'];
export type Role = Participant['role'];
export type Session = Described['Session'];
export type Kind = Session['kind'];
export type SiteLine = Described['SiteLine'];
export type Spans = Described['Spans'];
export type Received = Described['Received'];
export type Members = Described['Members'];
export type SessionEvent = Described['SessionEvent'];
export type Me = Described['Me'];
export type Directory = Described['Directory'];
export type NewSession = Described['Wish'];
export type Change = Described['Change'];
export type Ticket = Described['Pass'];

type Params = Record<string, string | number | Names>;

/** One thing that is wrong with a request: the member to change, a word for it, and the params of its sentence. */
export interface Fault {
  field: string;
  code: string;
  params: Params;
  /** The sentence in English. */
  detail: string;
}

/** What a problem tells beyond its sentence. */
export interface More {
  /** For a slot that is taken: what, and until when; RFC 3339. */
  resource?: Named & { kind?: string };
  takenUntil?: string;
  /** If it is only held for another booking. */
  heldUntil?: string;
  nextFree?: string;
  /** For a time at which somebody or something is not open: all that is in the way. */
  blocking?: Blocker[];
  /** For a session that has begun: how long it can last. */
  freeUntil?: string;
  /** For a change that somebody else was faster with: the session as it is now. */
  session?: Session;
  /** Everything that is wrong with a request. */
  faults?: Fault[];
  /** For somebody who is booked and is to be retired: the sessions that need another. */
  sessions?: Pick<Session, 'id' | 'title' | 'startsAt' | 'endsAt'>[];
  /** Values that our own words of the problem have places for. */
  params?: Params;
  /** Why a token was refused, such as `expired` or `malformed`. */
  reason?: string;
  /** For a piece of a file that does not go on where the last one ended: where it does. */
  expectedOffset?: number;
}

/** An RFC 9457 answer, or the want of any answer (`status` 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** What the server says that the person can do; may be empty. */
    readonly detail: string,
    readonly type: string,
    readonly more: More = {},
  ) {
    super(detail || `HTTP ${status}`);
  }

  /** Who asks is not known: the link opens nothing, or nobody has logged in. */
  get linkIsRefused(): boolean {
    return this.status === 401;
  }

  /** Nobody answered, or a server that will be back: the same request may work in a moment. */
  get passes(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || (this.status >= 502 && this.status <= 504);
  }
}

/** What no other request or file is called: a request that is sent again with it is carried out once. */
export const unique = (): string => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

type Loose = Record<string, unknown>;

const problem = async (response: Response): Promise<Problem> =>
  told(response.status, parse(await response.text().catch(() => '')));

/** The problem that a body of RFC 9457 tells. */
export function told(status: number, body: Loose): Problem {
  const text = (name: string): string => (typeof body[name] === 'string' ? (body[name] as string) : '');
  const more: More = {};
  if (body['resource'] && typeof body['resource'] === 'object') more.resource = body['resource'] as Named;
  if (body['session'] && typeof body['session'] === 'object') more.session = body['session'] as Session;
  for (const name of ['takenUntil', 'heldUntil', 'nextFree', 'freeUntil', 'reason'] as const) if (text(name)) more[name] = text(name);
  if (typeof body['expectedOffset'] === 'number') more.expectedOffset = body['expectedOffset'];
  if (Array.isArray(body['blocking'])) more.blocking = body['blocking'] as Blocker[];
  if (Array.isArray(body['errors'])) more.faults = body['errors'].flatMap(fault);
  if (Array.isArray(body['sessions'])) more.sessions = body['sessions'] as Session[];
  more.params = params(body);
  return new Problem(status, text('detail') || text('title'), text('type'), more);
}

/** An entry of `errors` in our form; nothing of one that is none. */
function fault(entry: unknown): Fault[] {
  const told = (entry ?? {}) as Loose;
  const { field, code, detail } = told;
  if (typeof field !== 'string') return [];
  return [{ field, code: String(code ?? ''), params: params(told), detail: String(detail ?? '') }];
}

/** The home page's answer that came last, with its tag. */
let home: { key: string; tag: string; me: Me } | null = null;

/** Requests of one person; every failure is a `Problem`. */
export class Api {
  constructor(readonly key: string) {}

  /** The home page's answer; while nothing has changed but the time, that alone comes over the line. */
  async me(): Promise<Me> {
    const had = home?.key === this.key ? home : null;
    const response = await answer('/api/v1/me', this.key, had ? { headers: { 'If-None-Match': had.tag } } : {});
    if (response.status === 304 && had) return { ...had.me, now: response.headers.get('Date') ?? '' };
    const me = (await response.json()) as Answer<'/api/v1/me', 'get'>;
    home = { key: this.key, tag: response.headers.get('ETag') ?? '', me };
    return me;
  }

  /** The whole directory, however many answers it takes. */
  async directory(): Promise<Directory> {
    const all: Directory = { organizations: [], people: [], rooms: [], terminals: [], next: null };
    for (let after: string | null | undefined; after !== null; ) {
      const page: Directory = await this.call('get', '/api/v1/directory', { query: after ? { after } : {} });
      all.organizations.push(...page.organizations);
      all.people.push(...page.people);
      all.rooms.push(...page.rooms);
      all.terminals.push(...page.terminals);
      after = page.next;
    }
    return all;
  }

  /** The whole day, however many answers it takes. */
  async day(day: string): Promise<Session[]> {
    const sessions: Session[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const answer: Described['Day'] = await this.call('get', '/api/v1/sessions', { query: after ? { day, after } : { day } });
      sessions.push(...answer.sessions);
      after = answer.next;
    }
    return sessions;
  }

  session(id: string): Promise<Session> {
    return this.call('get', '/api/v1/sessions/{id}', { path: { id } });
  }

  /** What everybody really received in a session; it comes some 20 seconds later. */
  async received(id: string): Promise<Received[]> {
    return (await this.call('get', '/api/v1/sessions/{id}/receipts', { path: { id } })).participants;
  }

  /** `once` makes a repeated press of the button harmless. */
  book(body: NewSession, once: string): Promise<Session> {
    return this.call('post', '/api/v1/sessions', { body, headers: { 'Idempotency-Key': once } });
  }

  /** Changes the session if it is still of this version; the same change sent twice is made once. */
  change(id: string, version: number, body: Change): Promise<Session> {
    return this.call('patch', '/api/v1/sessions/{id}', { path: { id }, body, headers: { 'If-Match': `"${version}"` } });
  }

  /** The reason, if there is one, is shown to those who are booked. */
  async cancel(id: string, reason: string): Promise<void> {
    await this.call('post', '/api/v1/sessions/{id}/cancel', { path: { id }, ...(reason ? { body: { reason } } : {}) });
  }

  join(id: string): Promise<Ticket> {
    return this.call('post', '/api/v1/sessions/{id}/join', { path: { id } });
  }

  /** A request that the scheduler describes. */
  call<P extends Path, M extends MethodOf<P>>(method: M, path: P, said: Said<P, M>): Promise<Answer<P, M>> {
    return call(this.key, method, path, said);
  }

  ask<T>(path: string, init: RequestInit): Promise<T> {
    return send<T>(path, this.key, init);
  }
}

/** A request with a bearer's token or ticket, if there is one, in the header: what stands in an address stands in logs. */
export async function send<T>(path: string, bearer: string, init: RequestInit = {}): Promise<T> {
  const body = await (await answer(path, bearer, init)).text();
  return (body ? JSON.parse(body) : undefined) as T;
}

/** The same, as it comes. */
export async function answer(path: string, bearer: string, init: RequestInit): Promise<Response> {
  // A link that was cut by a chat program may end in a sign that no header can carry.
  if (!/^[\x21-\x7e]*$/.test(bearer)) throw new Problem(401, '', '/problems/token-refused', { reason: 'malformed' });
  // Without a bearer the cookie of a login goes along; the second header is none that another site's form could send.
  const from = bearer ? { Authorization: `Bearer ${bearer}` } : { 'X-Requested-With': 'shanqiao' };
  const headers = { Accept: 'application/json', ...init.headers, ...from };
  const response = await fetch(path, { cache: 'no-store', ...init, headers }).catch(() => null);
  if (!response) throw new Problem(0, '', 'offline');
  if (!response.ok && response.status !== 304) throw await problem(response);
  return response;
}

/** A request that the scheduler describes, of this bearer. */
export function call<P extends Path, M extends MethodOf<P>>(bearer: string, method: M, path: P, said: Said<P, M>): Promise<Answer<P, M>> {
  const { path: places, query, body, headers } = said as Loosely;
  const at = path.replace(/{(\w+)}/g, (_, name: string) => encodeURIComponent(places?.[name] ?? ''));
  const after = query ? `?${new URLSearchParams(query)}` : '';
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return send(at + after, bearer, { method: method.toUpperCase(), headers: { ...type, ...headers }, ...json });
}

/** What a request says, without its types. */
interface Loosely {
  path?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

export function parse(text: string): Loose {
  try {
    const body: unknown = JSON.parse(text);
    return body !== null && typeof body === 'object' ? (body as Loose) : {};
  } catch {
    return {};
  }
}

/** The values of a problem that words have places for: numbers, words, and the `names` of somebody. */
function params(body: Loose): Params {
  const told = body['params'];
  const values = told !== null && typeof told === 'object' ? Object.entries(told) : [];
  return Object.fromEntries(values.filter(([name, value]) => typeof value === 'string' || typeof value === 'number' || name === 'names'));
}
