/** The recordings: the scheduler gives tickets, the recorder opens for them. No ticket stands in an address. */
import { type Api, type Kind, send } from './api.ts';
import type { Described } from './described.ts';

export interface Form {
  form: 'light' | 'full';
  /** Of the file alone. */
  bytes: number;
}

/** A recording as the list tells it. */
export interface Entry<F extends Form = Form> {
  id: string;
  title: string;
  kind: Kind;
  startedAt: string;
  durationMs: number;
  state: 'recording' | 'assembling' | 'ready' | 'failed';
  forms: F[];
  /** Of its slides, which are fetched with every form. */
  slideBytes: number;
  damagedSeconds?: number;
}

/** Where a picture comes from. */
export interface Seat {
  identity: string;
  source: 'camera' | 'screen';
}

export interface File extends Form {
  /** Whose picture a full form shows. */
  seat?: Seat;
  url: string;
  mime: string;
}

export interface SlideAt {
  atMs: number;
  deck: string;
  page: number;
}

export interface ChatAt {
  atMs: number;
  identity: string;
  name: string;
  text: string;
}

/** A recording with everything that its page shows. */
export interface Recording extends Entry<File> {
  participants?: { identity: string; name: string }[];
  /** Pictures that are in no form. */
  unseen?: Seat[];
  slides: SlideAt[];
  chat?: ChatAt[];
}

/** Where a list goes on: at the scheduler's part, and within it at the recorder's. */
export interface Further {
  sessions?: string;
  within?: string;
}

/** A ticket is renewed so long after it was given, milliseconds: it is valid for ten minutes. */
export const RENEW = 5 * 60_000;
/** Parts without a recording that are passed over at once: sessions that did not take place. */
const EMPTY_PARTS = 5;

const at = (id: string): string => `/replay/recordings/${encodeURIComponent(id)}`;
const query = (after: string | undefined): string => (after ? `?after=${encodeURIComponent(after)}` : '');

/** What it costs to play a form, bytes: its file and the slides. */
export const price = (recording: Entry, form: Form): number => form.bytes + recording.slideBytes;

/** Where the picture of a slide is. */
export const slideOf = (id: string, slide: SlideAt): string =>
  `${at(id)}/slides/${encodeURIComponent(slide.deck)}/${slide.page}.webp`;

export class Library {
  constructor(private readonly api: Api) {}

  /** A part of the list, newest first. */
  async part(from: Further = {}): Promise<{ recordings: Entry[]; next: Further | null }> {
    let place: Further | null = from;
    for (let tries = 0; place && tries < EMPTY_PARTS; tries += 1) {
      const found: { recordings: Entry[]; next: Further | null } = await this.ask(place);
      if (found.recordings.length > 0) return found;
      place = found.next;
    }
    return { recordings: [], next: place };
  }

  private async ask(place: Further): Promise<{ recordings: Entry[]; next: Further | null }> {
    const after = place.sessions ? { query: { after: place.sessions } } : {};
    const { ticket, next } = await this.api.call('get', '/api/v1/recordings', after);
    const list = await send<{ recordings: Entry[]; next?: string }>(`/replay/recordings${query(place.within)}`, ticket);
    if (list.next) return { recordings: list.recordings, next: { ...place, within: list.next } };
    return { recordings: list.recordings, next: next ? { sessions: next } : null };
  }

  /** Opens a recording: afterwards its files and slides can be fetched, until `RENEW` and some more. */
  async open(id: string): Promise<{ recording: Recording; canDelete: boolean }> {
    const { ticket, canDelete } = await this.ticket(id);
    const opened = send<void>(`${at(id)}/open`, ticket, { method: 'POST' });
    const [recording] = await Promise.all([send<Recording>(at(id), ticket), opened]);
    return { recording, canDelete };
  }

  /** Keeps a recording open for longer. */
  async renew(id: string): Promise<void> {
    const { ticket } = await this.ticket(id);
    await send<void>(`${at(id)}/open`, ticket, { method: 'POST' });
  }

  async delete(id: string): Promise<void> {
    const { ticket } = await this.api.call('post', '/api/v1/recordings/{id}/deletion', { path: { id } });
    await send<void>(at(id), ticket, { method: 'DELETE' });
  }

  private ticket(id: string): Promise<Described['RecordingTicket']> {
    return this.api.call('post', '/api/v1/recordings/{id}/ticket', { path: { id } });
  }
}
