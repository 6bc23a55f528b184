import { signal } from '@preact/signals';
import { Problem } from '../../protocol/api.ts';
import { type CaseRequest, request } from '../../protocol/cases.ts';
import { api, kept, key, recall } from '../store.ts';

/** A request on its way. It goes on while the tab is open, whatever page of it is looked at, and after a reload. */
interface Outgoing {
  /** Whose it is. */
  by: string;
  once: string;
  body: CaseRequest;
}

type Way = { state: 'none' | 'sending' | 'waiting' } | { state: 'refused'; error: unknown } | { state: 'sent'; id: string };

/** How the last request is on its way. */
export const way = signal<Way>({ state: 'none' });

const KEPT = 'case.sending';
/** Waits before another try, milliseconds: the last one from then on. */
const AGAIN = [2_000, 4_000, 8_000, 15_000, 30_000];
let tries = 0;
let timer = 0;

function attempt(): void {
  const out = recall<Outgoing>(KEPT);
  if (!out || out.by !== key.value || way.value.state === 'sending') return;
  window.clearTimeout(timer);
  way.value = { state: 'sending' };
  request(api(), out.body, out.once).then(
    ({ id }) => {
      kept.write(KEPT, null);
      kept.write('draft.case', null);
      way.value = { state: 'sent', id };
    },
    (error: unknown) => {
      if (error instanceof Problem && error.passes) {
        way.value = { state: 'waiting' };
        timer = window.setTimeout(attempt, AGAIN[Math.min(tries, AGAIN.length - 1)]);
        tries += 1;
      } else {
        kept.write(KEPT, null);
        way.value = { state: 'refused', error };
      }
    },
  );
}

/** Sends a request, now or when the line is back. Pressed twice it is one. */
export function send(body: CaseRequest): void {
  const before = recall<Outgoing>(KEPT);
  const once = before && JSON.stringify(before.body) === JSON.stringify(body) ? before.once : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  kept.write(KEPT, JSON.stringify({ by: key.value, once, body } satisfies Outgoing));
  tries = 0;
  attempt();
}

window.addEventListener('online', attempt);
attempt();
