import { signal } from '@preact/signals';
import type { Chat, Logged } from '../../protocol/topics.ts';
import { kept, recall } from '../store.ts';

export interface Message extends Chat {
  identity: string;
  name: string;
  mine: boolean;
  /** Not on its way yet: the line is down. */
  waiting: boolean;
}

/** Messages shown and kept at most; the oldest go first. */
const MOST = 200;
/** Own messages that may wait for the line at most. */
const MOST_WAITING = 20;

/** The chat of one session: the draft and what was said outlive a reload and a lost line. */
export class Messages {
  readonly list = signal<Message[]>([]);
  readonly draft = signal('');

  constructor(private readonly id: string) {
    this.list.value = recall<Message[]>(`chat.${id}`) ?? [];
    this.draft.value = kept.read(`draft.${id}`) ?? '';
  }

  type(text: string): void {
    this.draft.value = text;
    kept.write(`draft.${this.id}`, text || null);
  }

  /** Takes the draft as a message of ours; null when there is nothing to say or too much waits already. */
  compose(identity: string, name: string): Message | null {
    const text = this.draft.value.trim();
    const waiting = this.list.value.filter((one) => one.waiting).length;
    if (!text || waiting >= MOST_WAITING) return null;
    const message = { id: fresh(), text, at: Date.now(), identity, name, mine: true, waiting: true };
    this.type('');
    this.put([...this.list.value, message]);
    return message;
  }

  /** A message of somebody else; one that came already is dropped. */
  heard(chat: Chat, identity: string, name: string): void {
    const known = chat.id !== '' && this.list.value.some((one) => one.id === chat.id && one.identity === identity);
    if (!known) this.put([...this.list.value, { ...chat, identity, name, mine: false, waiting: false }]);
  }

  /** What was written before we came: what is known already stays as it is. */
  before(messages: Logged[], mine: string): void {
    let list = this.list.value;
    for (const one of messages) {
      const same = (other: Message): boolean =>
        other.identity === one.identity && (one.id ? other.id === one.id : other.text === one.text);
      if (list.some(same)) list = list.map((other) => (same(other) ? { ...other, waiting: false } : other));
      else list = [...list, { ...one, name: one.name || one.identity, mine: one.identity === mine, waiting: false }];
    }
    this.put([...list].sort((one, other) => one.at - other.at));
  }

  /** Sends what waits, in order, and stops where the line does. */
  flush(send: (chat: Chat) => boolean): void {
    let open = true;
    const list = this.list.value.map((one) => {
      if (!one.waiting || !open) return one;
      open = send({ id: one.id, text: one.text, at: one.at });
      return open ? { ...one, waiting: false } : one;
    });
    this.put(list);
  }

  private put(list: Message[]): void {
    this.list.value = list.slice(-MOST);
    kept.write(`chat.${this.id}`, JSON.stringify(this.list.value));
  }
}

const fresh = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
