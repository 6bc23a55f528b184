import type { Received, Session } from '../protocol/api.ts';
import { away, hole, voiceWord } from '../protocol/received.ts';
import { megabytes } from '../protocol/timeline.ts';
import { moment } from '../protocol/when.ts';
import { t } from '../words/index.ts';
import { told } from '../words/received.ts';
import { dateWords, Loading, Name, Range, roleName, Trouble, useLoad } from './parts.tsx';
import { api } from './store.ts';

/** `38 minutes`, or seconds where it is less than two minutes. */
const spanWords = (s: number): string =>
  s < 120 ? told('seconds', { n: s }) : t('book.minutes', { n: Math.round(s / 60) });

/** What one person got, in words. */
function Person({ of }: { of: Received }) {
  const missed = hole(of);
  const paused = of.picture.pausedS + of.screen.pausedS;
  const cut = away(of);
  const voice = voiceWord(of.opinion);
  return (
    <li class="session" data-testid="received" data-id={of.personId} data-missed={missed} data-heard={of.sound.receivedS}>
      <span class="what">
        <b>
          {of.names ? <Name of={{ names: of.names }} /> : <bdi>{of.personId}</bdi>}
        </b>{' '}
        <span class="quiet">
          {of.role ? roleName(of.role) : null}
          {of.organizationNames ? (
            <>
              {' · '}
              <Name of={{ names: of.organizationNames }} />
            </>
          ) : null}
        </span>
        <span class="block">
          {told('heard', { time: spanWords(of.sound.receivedS) })}
          {t('list.comma')}
          {told('seen', { time: spanWords(of.picture.receivedS) })}
          {of.screen.receivedS > 0 ? (
            <>
              {t('list.comma')}
              {told('screen', { time: spanWords(of.screen.receivedS) })}
            </>
          ) : null}
        </span>
        <span class={`block verdict ${voice}`}>{told(`voice.${voice}`)}</span>
        {missed > 0 ? <span class="block">{told('missed', { time: spanWords(missed) })}</span> : null}
        {cut > 0 ? <span class="block">{told('away', { time: spanWords(cut) })}</span> : null}
        {paused > 0 ? <span class="block">{told('paused', { time: spanWords(paused) })}</span> : null}
        <span class="quiet block">{told('used', { mb: megabytes(of.wireBytes + of.upBytes) })}</span>
      </span>
    </li>
  );
}

function Found({ session, received }: { session: Session; received: Received[] }) {
  const at = Date.parse(session.startsAt);
  const absent = session.participants.filter((p) => !received.some((it) => it.personId === p.personId));
  return (
    <div class="page received">
      <p class="date">
        {dateWords(at)} <Range from={session.startsAt} to={session.endsAt} day={moment(at).day} />
      </p>
      <h1>
        <bdi>{session.title}</bdi>
      </h1>
      <p class="quiet">{told('hint')}</p>
      <ul class="sessions">
        {received.map((of) => (
          <Person key={of.personId} of={of} />
        ))}
        {absent.map((p) => (
          <li class="session faded" key={p.personId} data-testid="received-none">
            <span class="what">
              <b>
                <Name of={p} />
              </b>{' '}
              <span class="quiet">{roleName(p.role)}</span>
              <span class="quiet block">{told('none')}</span>
            </span>
          </li>
        ))}
      </ul>
      {session.kind === 'class' ? (
        <a class="button" href={`#/attendance/${session.id}`} data-testid="received-attendance">
          {told('attendance')}
        </a>
      ) : null}{' '}
      <a class="button" href="#/home">
        {t('action.home')}
      </a>
    </div>
  );
}

/** Who really heard and saw a session, for those who led it. */
export function Receipts({ id }: { id: string }) {
  const load = async () => ({ session: await api().session(id), received: await api().received(id) });
  const { value, error, again } = useLoad(load, id);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Found {...value} /> : <Loading />;
}
