import { useState } from 'preact/hooks';
import type { Me, SessionEvent } from '../protocol/api.ts';
import { told } from '../words/news.ts';
import { Reminders } from './calls/reminded.tsx';
import { Name, Range, whenWords } from './parts.tsx';
import { device } from './store.ts';

/** What it is about, in one word. */
function head({ kind, you, before }: SessionEvent): 'cancelled' | 'added' | 'removed' | 'moved' | 'changed' {
  if (kind === 'cancelled') return 'cancelled';
  return you ?? (before?.startsAt || before?.endsAt ? 'moved' : 'changed');
}

/** When it was and when it is; one time alone where it did not move. */
function Times({ of }: { of: SessionEvent }) {
  const { before, startsAt, endsAt } = of;
  const was = { from: before?.startsAt ?? startsAt, to: before?.endsAt ?? endsAt };
  // The day is always said: who is told is not looking at a day's list.
  if (head(of) !== 'moved') {
    return (
      <span class="block">
        <Range from={startsAt} to={endsAt} day="" />
      </span>
    );
  }
  return (
    <>
      <span class="block quiet">
        {told('was')}{' '}
        <s>
          <Range {...was} day="" />
        </s>
      </span>
      <span class="block">
        {told('now')}{' '}
        <b>
          <Range from={startsAt} to={endsAt} day="" />
        </b>
      </span>
    </>
  );
}

/** What else changed of a session that somebody was in before and is after. */
function rest({ kind, you, before, after }: SessionEvent): string {
  if (kind !== 'changed' || you || !before || !after) return '';
  return [
    before.title === undefined ? '' : told('renamed', { title: before.title }),
    before.roomIds ? told('rooms') : '',
    before.terminalIds ? told('terminals') : '',
    before.participants ? told('people') : '',
    after.recording ? told('recorded') : '',
    after.recording === false ? told('unrecorded') : '',
  ].join(' ');
}

function Item({ of }: { of: SessionEvent }) {
  const { by, reason } = of;
  return (
    <li class="session" data-testid="home-news-item" data-id={of.sessionId} data-what={head(of)}>
      <span class="what">
        <b>
          <bdi>{told(`what.${head(of)}`, { title: of.title })}</bdi>
        </b>
        <Times of={of} />
        <span class="block">{rest(of)}</span>
        {reason ? <span class="block">{told('reason', { reason })}</span> : null}
        <span class="quiet block">
          {by.names ? (
            <>
              <Name of={{ names: by.names }} /> ·{' '}
            </>
          ) : null}
          {whenWords(Date.parse(of.at))}
        </span>
      </span>
    </li>
  );
}

/** What others have changed of the person's sessions, until it is understood: this device remembers that. */
function Changed({ of }: { of: Me }) {
  const name = `news.${of.person.id}`;
  const [seen, setSeen] = useState(() => Number(device.read(name) ?? 0));
  const fresh = (of.news ?? []).filter(({ number }) => number > seen);
  if (fresh.length === 0) return null;
  const understood = (): void => {
    const latest = Math.max(...fresh.map(({ number }) => number));
    device.write(name, String(latest));
    setSeen(latest);
  };
  return (
    <section class="card news" data-testid="home-news" aria-live="polite">
      <h2 class="later">{told('title')}</h2>
      <ul class="sessions">
        {fresh.map((event) => (
          <Item key={event.number} of={event} />
        ))}
      </ul>
      <button type="button" class="button" onClick={understood} data-testid="home-news-seen">
        {told('seen')}
      </button>
    </section>
  );
}

/** What one is reminded of, and what others have changed. */
export function News({ of }: { of: Me }) {
  return (
    <>
      {of.reminded ? <Reminders /> : null}
      <Changed of={of} />
    </>
  );
}
