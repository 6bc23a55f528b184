import { useState } from 'preact/hooks';
import type { Directory, NewSession } from '../../protocol/api.ts';
import { type Draft, fitting, moved } from '../../protocol/draft.ts';
import { asked as askedOf, askQuote, wanted } from '../../protocol/quote.ts';
import { type Blocker, blockedOnce, byDay, type Found, searchFor, searchSlots, servedBy, type Slot, spans } from '../../protocol/slots.ts';
import { moment } from '../../protocol/when.ts';
import { named } from '../../words/index.ts';
import { told } from '../../words/slots.ts';
import { Icon } from '../icon.tsx';
import { dateWords, Trouble, whenWords } from '../parts.tsx';
import { api, serverNow } from '../store.ts';

/** Most blockers that are told; more than that nobody reads. */
const BLOCKERS = 6;

/** HH:MM in the county, of a time that may be missing. */
const clock = (at: string | null): string => (at ? moment(Date.parse(at)).time : '');

/** Why a time does not work, one line for each person or room, each with its nearest fix. */
export function Blockers({ blocking, take }: { blocking: Blocker[]; take: (at: string) => void }) {
  const blocked = blockedOnce(blocking);
  return (
    <>
      <ul class="plain blockers">
        {blocked.slice(0, BLOCKERS).map(({ resource, cause, name, nearest, heldUntil }) => (
          <li key={`${resource.kind} ${resource.id}`} data-testid="book-blocker" data-cause={cause}>
            {told(heldUntil ? 'held' : cause, { name: named(resource), what: name ?? '', time: clock(heldUntil) })}
            {nearest ? (
              <button type="button" class="button small" onClick={() => take(nearest)} data-testid="book-nearest" data-at={nearest}>
                {told('nearest', { time: whenWords(Date.parse(nearest)) })}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {blocked.length > BLOCKERS ? <p class="quiet">{told('more', { n: blocked.length - BLOCKERS })}</p> : null}
    </>
  );
}

/** The day of some slots, e.g. `11月24日 星期二`. */
const dayOf = (slots: Slot[]): string => dateWords(Date.parse(slots[0]?.startsAt ?? ''));

interface Taking {
  found: Found;
  choose: (slot: Slot) => void;
  take: (at: string) => void;
}

function Offered({ found, choose, take }: Taking) {
  return (
    <div role="status" data-testid="book-slots">
      {found.wished ? (
        <p class="sentence good" data-testid="book-fits">
          <Icon name="check" /> <span>{told('fits')}</span>
        </p>
      ) : null}
      {found.blocking.length > 0 ? (
        <div data-testid="book-blocked">
          <p class="sentence bad">
            <Icon name="alert" /> <span>{told('blocked')}</span>
          </p>
          <Blockers blocking={found.blocking} take={take} />
        </div>
      ) : null}
      <p>{told(found.slots.length > 0 ? 'offer' : 'none')}</p>
      {byDay(found.slots).map(([day, slots]) => (
        <div key={day} role="group" aria-label={dayOf(slots)} data-testid="book-slots-day" data-day={day}>
          <h3>{dayOf(slots)}</h3>
          <div class="times">
            {slots.map((slot) => (
              <button
                type="button"
                key={slot.startsAt}
                class="button small"
                onClick={() => choose(slot)}
                data-testid="book-slot"
                data-at={slot.startsAt}
              >
                {moment(Date.parse(slot.startsAt)).time}
              </button>
            ))}
          </div>
        </div>
      ))}
      {found.notPublished.length > 0 ? (
        <p class="quiet" data-testid="book-unpublished">
          {told('unpublished', { years: found.notPublished.join(', ') })}
        </p>
      ) : null}
    </div>
  );
}

interface Props {
  directory: Directory;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** The session that is to be moved. */
  moves?: string | undefined;
  /** Is told the draft with the free time that was chosen. */
  picked?: ((draft: Draft) => void) | undefined;
}

type Outcome = { is: 'sending' } | { is: 'found'; found: Found } | { is: 'failed'; error: unknown };

/** The times at which all that was chosen is free, for the draft that was asked about and no other. */
export function FreeTimes({ directory, draft, change, moves, picked }: Props) {
  const [days, setDays] = useState<number>(7);
  const [asked, setAsked] = useState<{ about: string; outcome: Outcome } | null>(null);
  const search = searchFor(draft, directory, days, serverNow(), moves);
  const { from: _from, ...about } = search ?? { from: '' };
  const key = JSON.stringify([about, draft.modes]);
  const find = async (): Promise<void> => {
    if (!search) return;
    setAsked({ about: key, outcome: { is: 'sending' } });
    const look = async (): Promise<Found> => {
      const { linesOf } = await import('../../protocol/slot-lines.ts');
      const page = { fitting, asked: askedOf, wanted, quote: (wish: NewSession) => askQuote(api(), wish) };
      return searchSlots(api(), { ...search, lines: await linesOf(page, draft, directory, search) });
    };
    const outcome = await look().then(
      (found): Outcome => ({ is: 'found', found }),
      (error: unknown): Outcome => ({ is: 'failed', error }),
    );
    setAsked({ about: key, outcome });
  };
  const choose = (slot: Slot): void => {
    const part = { ...moved(draft, slot.startsAt), people: servedBy(draft.people, slot) };
    change(part);
    picked?.({ ...draft, ...part });
    setAsked(null);
  };
  const take = (at: string): void => change(moved(draft, at));
  const outcome = asked?.about === key ? asked.outcome : null;
  const sending = outcome?.is === 'sending';
  return (
    <fieldset class="group" data-testid="book-free-times">
      <legend>{told('title')}</legend>
      <div class="find">
        <select
          value={String(days)}
          aria-label={told('days')}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
          data-testid="book-days"
        >
          {spans.map((n) => (
            <option key={n} value={String(n)}>
              {told(`days.${n}`)}
            </option>
          ))}
        </select>
        <button type="button" class="button" disabled={!search || sending} onClick={() => void find()} data-testid="book-find">
          {told(sending ? 'finding' : 'find')}
        </button>
      </div>
      {outcome?.is === 'found' ? <Offered found={outcome.found} choose={choose} take={take} /> : null}
      {outcome?.is === 'failed' ? <Trouble error={outcome.error} /> : null}
    </fieldset>
  );
}
