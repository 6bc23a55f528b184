import { signal } from '@preact/signals';
import { Problem, unique } from '../../protocol/api.ts';
import { type CaseDraft, type CaseRequest, finishCase, request } from '../../protocol/cases.ts';
import { api, kept, recall } from '../store.ts';
import { Again } from './again.ts';
import { adopt, draftFiles } from './uploads.ts';

/** A request on its way. It goes on while the tab is open, whatever page of it is looked at, and after a reload. */
interface Outgoing {
  once: string;
  body: CaseRequest;
  /** Under which name its photos and documents wait. */
  files: string;
}

type Way = { state: 'none' | 'sending' | 'waiting' } | { state: 'refused'; error: unknown } | { state: 'sent'; id: string };

/** How the last request is on its way. */
export const way = signal<Way>({ state: 'none' });

const KEPT = 'case.sending';
const again = new Again(attempt);
/** Where nothing can be kept, the request lives as long as the page. */
let unkept: Outgoing | null = null;

const same = (one: CaseRequest, other: CaseRequest): boolean => JSON.stringify(one) === JSON.stringify(other);

function put(out: Outgoing | null): void {
  kept.write(KEPT, out && JSON.stringify(out));
  unkept = out && !kept.read(KEPT) ? out : null;
}

/** Tries what waits. What is kept goes with the person (`kept.forget`), and then nothing waits any more. */
export function attempt(): void {
  if (way.value.state === 'sending') return;
  const out = recall<Outgoing>(KEPT) ?? unkept;
  again.now();
  if (!out) {
    if (way.value.state === 'waiting') way.value = { state: 'none' };
    return;
  }
  way.value = { state: 'sending' };
  request(api(), out.body, out.once).then(
    ({ id }) => {
      put(null);
      void adopt(out.files, id);
      // What was changed while it was on its way is not thrown away.
      const draft = recall<CaseDraft>('draft.case');
      const isSame = draft && same(finishCase(draft), out.body);
      if (draft) kept.write('draft.case', isSame ? null : JSON.stringify({ ...draft, files: draftFiles() }));
      way.value = { state: 'sent', id };
    },
    (error: unknown) => {
      if (error instanceof Problem && error.passes) {
        way.value = { state: 'waiting' };
        again.later();
        return;
      }
      // Only who was told what is wrong may write another one; an answer that was lost may have made this one.
      if (error instanceof Problem && error.status === 422) put(null);
      way.value = { state: 'refused', error };
    },
  );
}

/** Sends a request, now or when the line is back, in place of one that waits. Pressed twice it is one. */
export function send(body: CaseRequest, files: string): void {
  const before = recall<Outgoing>(KEPT) ?? unkept;
  const once = before && same(before.body, body) ? before.once : unique();
  put({ once, body, files });
  again.afresh();
  attempt();
}

window.addEventListener('online', attempt);
attempt();
