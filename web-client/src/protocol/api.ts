/** The scheduler's and the recorder's HTTP interface, as the pages use it. */
import type { Mode } from './mode.ts';

export interface Named {
  id: string;
  name: string;
  nameEn?: string;
}

export type Role = 'specialist' | 'village_doctor' | 'lead_teacher' | 'classroom' | 'observer' | 'patient' | 'pupil';
export type Kind = 'consultation' | 'class' | 'training' | 'broadcast';

export interface Person extends Named {
  roles?: string[];
  organization?: Named;
  organizationId?: string;
}

export interface Participant {
  personId: string;
  name: string;
  nameEn?: string;
  role: Role;
  organizationName?: string;
  organizationNameEn?: string;
  /** The access line of the organization, as it was when somebody there listened last. */
  line?: SiteLine | null;
}

/** What an access line carried last. */
export interface SiteLine {
  bitsPerSecond: number;
  lossPercent: number;
  roundTripMs: number;
  /** RFC 3339. */
  at: string;
}

/** How many seconds of one medium were received, were not though they were sent, are not known, or were not sent. */
export interface Spans {
  receivedS: number;
  missedS: number;
  unknownS: number;
  pausedS: number;
  awayS: number;
  bytes: number;
}

/** What one person really received in a session. */
export interface Received {
  personId: string;
  name: string;
  nameEn?: string;
  role: Role | null;
  organizationName: string;
  organizationNameEn: string;
  sound: Spans;
  picture: Spans;
  screen: Spans;
  /** All that was sent to the person, and all that came from it. */
  wireBytes: number;
  upBytes: number;
  /** Estimated opinion of the voice, 1 to 4.4; null if none was heard. */
  opinion: number | null;
}

export interface Session {
  id: string;
  kind: Kind;
  title: string;
  /** RFC 3339. */
  startsAt: string;
  endsAt: string;
  state: 'scheduled' | 'cancelled';
  recording: boolean;
  /** Grows with each change. */
  version: number;
  rooms: Named[];
  participants: Participant[];
  joinable: boolean;
  /** The series that it stands in. */
  seriesId?: string | null;
}

/** Members of a session as they were or are; those that did not change are absent. */
export interface Members {
  title?: string;
  startsAt?: string;
  endsAt?: string;
  recording?: boolean;
  roomIds?: string[];
  participants?: { personId: string; role: Role }[];
}

/** What somebody has done to a session, as the person who asks may see it. */
export interface SessionEvent {
  number: number;
  sessionId: string;
  sessionKind: Kind;
  kind: 'booked' | 'changed' | 'cancelled';
  at: string;
  by: { id: string; name: string | null; nameEn: string | null };
  reason: string | null;
  title: string;
  startsAt: string;
  endsAt: string;
  /** Whether the person was taken in or out by it. */
  you: 'added' | 'removed' | null;
  before: Members | null;
  after: Members | null;
}

export interface Me {
  person: Person;
  /** The server's clock, RFC 3339. */
  now: string;
  /** IANA name of the county's zone. */
  timeZone: string;
  today: Session[];
  /** One's own sessions of the week after today, earliest first. */
  soon: Session[];
  /** What others have changed of them, latest first; absent in what was kept of an earlier page. */
  news?: SessionEvent[];
  /** `keepAccess` and `audit` are absent in what was kept of an earlier page. */
  can: { book: boolean; administer: boolean; keepAccess?: boolean; audit?: boolean };
  /** How the person's site is served; megabytes are null without a bound. */
  reception: { mode: Mode; modeMost: Mode; sessionMb: number | null; monthMb: number | null };
}

export interface Directory {
  organizations: Named[];
  people: Person[];
  rooms: (Named & { organizationId?: string })[];
}

export interface NewSession {
  kind: Kind;
  title: string;
  startsAt: string;
  endsAt: string;
  roomIds: string[];
  participants: { personId: string; role: Role }[];
  recording: boolean;
  /** Sites whose people are sent less than they may have. */
  sites?: { organizationId: string; mode: Mode }[];
}

/** What is to be changed of a session, and why. */
export interface Change extends Members {
  reason?: string;
}

export interface Ticket {
  url: string;
  token: string;
  room: string;
  role: Role;
  title: string;
  kind: Kind;
  recording: boolean;
}

export interface Deck {
  deck: string;
  title: string;
  pages: number;
  width: number;
  height: number;
}

/** One thing that is wrong with a request: the member to change, a word for it, and the params of its sentence. */
export interface Fault {
  field: string;
  code: string;
  params: Record<string, string | number>;
  /** The sentence in English. */
  detail: string;
}

/** What a problem tells beyond its sentence. */
export interface More {
  /** For a slot that is taken: what, and until when; RFC 3339. */
  resource?: Named & { kind?: string };
  takenUntil?: string;
  nextFree?: string;
  /** For a session that has begun: how long it can last. */
  freeUntil?: string;
  /** For a change that somebody else was faster with: the session as it is now. */
  session?: Session;
  /** Everything that is wrong with a request. */
  faults?: Fault[];
  /** For somebody who is booked and is to be retired: the sessions that need another. */
  sessions?: Pick<Session, 'id' | 'title' | 'startsAt' | 'endsAt'>[];
  /** Values that our own words of the problem have places for. */
  params?: Record<string, string | number>;
  /** Why a token was refused, such as `expired` or `malformed`. */
  reason?: string;
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
    return this.status === 0 || this.status === 429 || (this.status >= 502 && this.status <= 504);
  }
}

type Loose = Record<string, unknown>;

const problem = async (response: Response): Promise<Problem> =>
  told(response.status, parse(await response.text().catch(() => '')));

/** The problem that a body of RFC 9457 tells. */
function told(status: number, body: Loose): Problem {
  const text = (name: string): string => (typeof body[name] === 'string' ? (body[name] as string) : '');
  const more: More = {};
  if (body['resource'] && typeof body['resource'] === 'object') more.resource = body['resource'] as Named;
  if (body['session'] && typeof body['session'] === 'object') more.session = body['session'] as Session;
  for (const name of ['takenUntil', 'nextFree', 'freeUntil', 'reason'] as const) if (text(name)) more[name] = text(name);
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

/** Requests of one person; every failure is a `Problem`. */
export class Api {
  constructor(private readonly key: string) {}

  me(): Promise<Me> {
    return this.get('/api/v1/me');
  }

  directory(): Promise<Directory> {
    return this.get('/api/v1/directory');
  }

  async day(day: string): Promise<Session[]> {
    return (await this.get<{ sessions: Session[] }>(`/api/v1/sessions?day=${day}`)).sessions;
  }

  session(id: string): Promise<Session> {
    return this.get(`/api/v1/sessions/${encodeURIComponent(id)}`);
  }

  /** What everybody really received in a session; it comes some 20 seconds later. */
  async received(id: string): Promise<Received[]> {
    type Sums = { participants: Received[] };
    return (await this.get<Sums>(`/api/v1/sessions/${encodeURIComponent(id)}/receipts`)).participants;
  }

  /** `once` makes a repeated press of the button harmless. */
  book(session: NewSession, once: string): Promise<Session> {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': once };
    return this.ask('/api/v1/sessions', { method: 'POST', headers, body: JSON.stringify(session) });
  }

  /** Changes the session if it is still of this version; the same change sent twice is made once. */
  change(id: string, version: number, change: Change): Promise<Session> {
    const headers = { 'Content-Type': 'application/json', 'If-Match': `"${version}"` };
    return this.ask(`/api/v1/sessions/${encodeURIComponent(id)}`, { method: 'PATCH', headers, body: JSON.stringify(change) });
  }

  /** The reason, if there is one, is shown to those who are booked. */
  async cancel(id: string, reason: string): Promise<void> {
    const said = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ reason }) };
    await this.ask(`/api/v1/sessions/${encodeURIComponent(id)}/cancel`, { method: 'POST', ...(reason ? said : {}) });
  }

  join(id: string): Promise<Ticket> {
    return this.ask(`/api/v1/sessions/${encodeURIComponent(id)}/join`, { method: 'POST' });
  }

  private get<T>(path: string): Promise<T> {
    return this.ask<T>(path, {});
  }

  ask<T>(path: string, init: RequestInit): Promise<T> {
    return send<T>(path, this.key, init);
  }
}

/** A request with a bearer's token or ticket, if there is one, in the header: what stands in an address stands in logs. */
export async function send<T>(path: string, bearer: string, init: RequestInit = {}): Promise<T> {
  // A link that was cut by a chat program may end in a sign that no header can carry.
  if (!/^[\x21-\x7e]*$/.test(bearer)) throw new Problem(401, '', '/problems/token-refused', { reason: 'malformed' });
  // Without a bearer the cookie of a login goes along; the second header is none that another site's form could send.
  const from = bearer ? { Authorization: `Bearer ${bearer}` } : { 'X-Requested-With': 'shanqiao' };
  const headers = { Accept: 'application/json', ...init.headers, ...from };
  const response = await fetch(path, { cache: 'no-store', ...init, headers }).catch(() => null);
  if (!response) throw new Problem(0, '', 'offline');
  if (!response.ok) throw await problem(response);
  const body = await response.text();
  return (body ? JSON.parse(body) : undefined) as T;
}

/**
 * Sends a PDF to become slides. XMLHttpRequest, because `fetch` tells nothing of how much is already sent
 * and 10 MB take minutes on a thin line.
 */
export function uploadSlides(room: string, token: string, file: File, progress: (share: number) => void): Promise<Deck> {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/slides?room=${encodeURIComponent(room)}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', 'application/pdf');
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => refuse(new Problem(0, '', 'offline'));
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status === 201 || request.status === 200) done(body as unknown as Deck);
      else refuse(told(request.status, body));
    };
    request.send(file);
  });
}

function parse(text: string): Loose {
  try {
    const body: unknown = JSON.parse(text);
    return body !== null && typeof body === 'object' ? (body as Loose) : {};
  } catch {
    return {};
  }
}

/** The values of a problem that words have places for. */
function params(body: Loose): Record<string, string | number> {
  const told = body['params'];
  const values = told !== null && typeof told === 'object' ? Object.entries(told) : [];
  return Object.fromEntries(values.filter(([, value]) => typeof value === 'string' || typeof value === 'number'));
}

const slidesOf = (room: string): string => `/slides/${encodeURIComponent(room)}`;

/** The picture of one page of a deck that is shown in a room; it comes after `openSlides`. */
export const slideUrl = (room: string, deck: string, page: number): string =>
  `${slidesOf(room)}/${encodeURIComponent(deck)}/${page}.webp`;

/** How long `openSlides` holds at least, milliseconds. */
export const SLIDES_OPEN = 10 * 60_000;

/** Trades a room token for the cookie that pictures of its slides are fetched with. */
export const openSlides = (room: string, token: string): Promise<void> =>
  send(`${slidesOf(room)}/open`, token, { method: 'POST' });

/** Asks the gateway why it refused a room token: 200 = it does not. */
export async function validate(token: string): Promise<Problem | null> {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), 4000);
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch('/rtc/validate', { cache: 'no-store', headers, signal: stop.signal }).catch(() => null);
  window.clearTimeout(timer);
  if (!response) return new Problem(0, '', 'offline');
  return response.ok ? null : problem(response);
}
