import { useState } from 'preact/hooks';
import { known, myReminders } from '../../protocol/calls.ts';
import { told } from '../../words/calls.ts';
import { named, t } from '../../words/index.ts';
import { useLoad, whenWords } from '../parts.tsx';
import { api, key, loadMe } from '../store.ts';

/** What one is reminded of, with one press each, and who has not answered of what one booked; on the home page. */
export function Reminders() {
  const { value: found, again } = useLoad(() => myReminders(api()), key.value);
  const [failed, setFailed] = useState(false);
  const say = (id: string): void => {
    setFailed(false);
    known(api(), id).then(
      () => {
        again();
        loadMe().catch(() => undefined);
      },
      () => setFailed(true),
    );
  };
  if (!found) return null;
  return (
    <>
      {found.notices.map((notice) => (
        <section key={notice.sessionId} class="notice" data-testid="reminder" data-id={notice.sessionId}>
          <b>{told('mine')}</b>
          <p>
            {whenWords(Date.parse(notice.startsAt))} · {t(`kind.${notice.kind}`)} · <bdi>{named({ names: notice.place })}</bdi>
          </p>
          <button type="button" class="button small" onClick={() => say(notice.sessionId)} data-testid="reminder-known">
            {told('known')}
          </button>
        </section>
      ))}
      {failed ? (
        <p class="bad" role="alert">
          {told('failed')}
        </p>
      ) : null}
      {found.unanswered.length > 0 ? (
        <section class="notice" data-testid="unanswered">
          <b>{told('unanswered')}</b>
          <ul>
            {found.unanswered.map((one) => (
              <li key={`${one.sessionId} ${one.personId}`}>
                <bdi>{named(one)}</bdi> · {whenWords(Date.parse(one.startsAt))} · {t(`kind.${one.kind}`)}{' '}
                <a href={`#/calls/${encodeURIComponent(one.siteId)}`}>{told('unanswered.list')}</a>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
