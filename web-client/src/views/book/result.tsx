import { useState } from 'preact/hooks';
import { Problem, type Session } from '../../protocol/api.ts';
import type { Need } from '../../protocol/draft.ts';
import { bookWords } from '../../words/booking.ts';
import { told } from '../../words/change.ts';
import { named } from '../../words/index.ts';
import { lineProblem } from '../../words/quote.ts';
import { told as toldOfSlots } from '../../words/slots.ts';
import { Icon } from '../icon.tsx';
import { Trouble, whenWords } from '../parts.tsx';
import { Blockers } from './slots.tsx';

/** How the sending of a form went. */
export type Outcome =
  | { is: 'idle' | 'sending' | 'moved' | 'unchanged' }
  | { is: 'need'; needs: Need[] }
  | { is: 'done'; session: Session }
  | { is: 'failed'; error: unknown };

/** What a press in the result does to the form: another start, or another end (RFC 3339). */
export interface Take {
  start: (at: string) => void;
  end?: (at: string) => void;
  /** Sends it again although somebody or something is not open, with the reason. */
  insist: (reason: string) => void;
}

/** Who or what is taken and until when, with the one press that solves it. */
function Taken({ problem, take }: { problem: Problem; take: Take }) {
  const { resource, takenUntil, heldUntil, nextFree, freeUntil } = problem.more;
  const until = takenUntil ? whenWords(Date.parse(takenUntil)) : '';
  return (
    <section class="card trouble" role="alert" data-testid="book-problem">
      <h2>
        <Icon name="alert" />{' '}
        {resource && until ? bookWords('book.taken', { name: named(resource), until }) : bookWords('book.taken.plain')}
      </h2>
      {heldUntil ? <p>{toldOfSlots('held.free', { time: whenWords(Date.parse(heldUntil)) })}</p> : null}
      {nextFree ? (
        <>
          <p>{bookWords('book.free', { time: whenWords(Date.parse(nextFree)) })}</p>
          <button type="button" class="button strong" onClick={() => take.start(nextFree)} data-testid="book-next-free">
            {bookWords('book.next.free')}
          </button>
        </>
      ) : null}
      {freeUntil && take.end ? (
        <>
          <p>{told('free', { time: whenWords(Date.parse(freeUntil)) })}</p>
          <button type="button" class="button strong" onClick={() => take.end?.(freeUntil)} data-testid="book-free-until">
            {told('free.take')}
          </button>
        </>
      ) : null}
    </section>
  );
}

/** What is not open then, each with its nearest fix, the time at which all is, and the way to have it all the same. */
function NotOpen({ problem, take }: { problem: Problem; take: Take }) {
  const [reason, setReason] = useState('');
  const { blocking = [], nextFree } = problem.more;
  return (
    <section class="card trouble" role="alert" data-testid="book-problem">
      <h2>
        <Icon name="alert" /> {toldOfSlots('problem.not-open')}
      </h2>
      <Blockers blocking={blocking} take={take.start} />
      {nextFree ? (
        <>
          <p>{toldOfSlots('free', { time: whenWords(Date.parse(nextFree)) })}</p>
          <button type="button" class="button strong" onClick={() => take.start(nextFree)} data-testid="book-next-free">
            {toldOfSlots('free.take')}
          </button>
        </>
      ) : null}
      <label class="field">
        <span>{toldOfSlots('insist')}</span>
        <input
          type="text"
          maxLength={200}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          data-testid="book-insist-reason"
        />
      </label>
      <button
        type="button"
        class="button"
        disabled={reason.trim() === ''}
        onClick={() => take.insist(reason.trim())}
        data-testid="book-insist"
      >
        {toldOfSlots('insist.send')}
      </button>
    </section>
  );
}

function Good({ id, text }: { id: string; text: string }) {
  return (
    <p class="sentence good" role="status" data-testid={id}>
      <Icon name="check" /> {text}
    </p>
  );
}

/** What the form says when it went well: `changes` is one that changes a booking. */
function goodWords(outcome: Outcome, changes: boolean): string {
  if (outcome.is === 'moved') return changes ? told('filled') : bookWords('book.filled');
  if (outcome.is !== 'done') return told('unchanged');
  const { title, startsAt } = outcome.session;
  const values = { title, time: whenWords(Date.parse(startsAt)) };
  return changes ? told('saved', values) : bookWords('book.done', values);
}

/** How it went, above the button. */
export function Result({ outcome, take, changes = false }: { outcome: Outcome; take: Take; changes?: boolean }) {
  if (outcome.is === 'moved') return <Good id="book-filled" text={goodWords(outcome, changes)} />;
  if (outcome.is === 'done' || outcome.is === 'unchanged') return <Good id="book-done" text={goodWords(outcome, changes)} />;
  const error = outcome.is === 'failed' ? outcome.error : null;
  const faulty = error instanceof Problem && (error.more.faults ?? []).length > 0;
  if (outcome.is === 'need' || faulty) {
    return (
      <p class="sentence bad" role="status" data-testid="book-need">
        <Icon name="alert" /> {bookWords('book.need')}
      </p>
    );
  }
  if (error === null) return null;
  if (error instanceof Problem && error.type.endsWith('/slot-taken')) return <Taken problem={error} take={take} />;
  if (error instanceof Problem && error.type.endsWith('/not-open')) return <NotOpen problem={error} take={take} />;
  const line = error instanceof Problem ? lineProblem(error.type) : null;
  return (
    <div data-testid="book-problem">
      {line ? (
        <p class="sentence bad" role="alert">
          <Icon name="alert" /> <span>{line}</span>
        </p>
      ) : (
        <Trouble error={error} />
      )}
    </div>
  );
}
