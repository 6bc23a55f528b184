import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Me, Session } from '../protocol/api.ts';
import { countdown, leads, pickNext, takesPart } from '../protocol/today.ts';
import { moment } from '../protocol/when.ts';
import { type Key, named, t } from '../words/index.ts';
import { dateWords, Empty, Loading, Names, Range, Trouble, useTick, With } from './parts.tsx';
import { kept, key, loadMe, me, recall, serverNow } from './store.ts';

/** What the page showed last, for a start without a network. */
interface Last {
  key: string;
  at: number;
  me: Me;
}

function CountdownWords({ session, now }: { session: Session; now: number }) {
  const { phase, minutes } = countdown(session, now);
  if (phase === 'on') {
    return (
      <>
        <b>{t('home.now')}</b> · {t('home.ends.minutes', { n: minutes })}
      </>
    );
  }
  if (phase === 'over') return <>{t('home.over')}</>;
  return <>{minutes < 60 ? t('home.in.minutes', { n: minutes }) : t('home.in.hours', { h: Math.floor(minutes / 60), n: minutes % 60 })}</>;
}

function NextCard({ session, person, now }: { session: Session; person: string; now: number }) {
  const open = session.joinable;
  const today = moment(now).day;
  const on = countdown(session, now).phase === 'on';
  return (
    <section class="card next" data-testid="home-next" data-id={session.id}>
      <p class="eyebrow">
        <span class={on ? 'tag on' : 'tag'}>{t(`kind.${session.kind}`)}</span>
        <span data-testid="home-countdown">
          <CountdownWords session={session} now={now} />
        </span>
      </p>
      <h2>
        <bdi>{session.title}</bdi>
      </h2>
      <p class="time">
        <Range from={session.startsAt} to={session.endsAt} day={today} />
      </p>
      <With session={session} except={person} />
      {session.recording ? <p class="recorded">{t('home.recorded')}</p> : null}
      <a class="button main" href={`#/join/${session.id}`} data-testid="home-join">
        {t(open ? (`home.enter.${session.kind}` as Key) : 'home.prepare')}
      </a>
      {open ? null : <p class="quiet hint">{t('home.prepare.hint')}</p>}
    </section>
  );
}

/** A line of a list: `day` is the day of the list (YYYY-MM-DD). */
function Row({ session, person, now, day }: { session: Session; person: string; now: number; day: string }) {
  const cancelled = session.state === 'cancelled';
  const over = countdown(session, now).phase === 'over' && !session.joinable;
  const others = session.participants.filter((p) => p.personId !== person);
  return (
    <li class={cancelled || over ? 'session faded' : 'session'} data-testid="home-session" data-id={session.id}>
      <span class="when">
        <Range from={session.startsAt} to={session.endsAt} day={day} />
      </span>
      <span class="what">
        <span class="tag">{t(`kind.${session.kind}`)}</span> <bdi>{session.title}</bdi>
        <span class="quiet block">
          <Names of={others} />
        </span>
      </span>
      {over && !cancelled && leads(session, person) ? (
        <a class="button small" href={`#/receipts/${session.id}`} data-testid="home-received">
          {t('received.title')}
        </a>
      ) : cancelled || over ? (
        <span class="quiet">{t(cancelled ? 'home.cancelled' : 'home.ended')}</span>
      ) : takesPart(session, person) ? (
        <a class="button small" href={`#/join/${session.id}`} data-testid="home-open">
          {t(session.joinable ? 'home.open' : 'home.check')}
        </a>
      ) : (
        <span class="quiet" data-testid="home-overseen">
          {t('home.overseen')}
        </span>
      )}
    </li>
  );
}

function List({ title, sessions, person, now, day }: { title: string; sessions: Session[]; person: string; now: number; day: string }) {
  if (sessions.length === 0) return null;
  return (
    <section>
      <h2 class="later">{title}</h2>
      <ul class="sessions">
        {sessions.map((session) => (
          <Row key={session.id} session={session} person={person} now={now} day={day} />
        ))}
      </ul>
    </section>
  );
}

/** What one is reminded of, and what others have changed; its page part comes only if there is something to tell. */
function News({ of }: { of: Me }) {
  const [View, show] = useState<ComponentType<{ of: Me }> | null>(null);
  const any = Boolean(of.reminded || of.news?.length);
  useEffect(() => {
    if (any) import('./news.tsx').then((file) => show(() => file.News), () => undefined);
  }, [any]);
  return View && <View of={of} />;
}

function Today({ found, stale }: { found: Me; stale: number | null }) {
  useTick(10_000);
  const now = serverNow();
  const person = found.person.id;
  const day = moment(now).day;
  const next = pickNext(found.today, now, person);
  const rest = found.today.filter((session) => session !== next);
  return (
    <div class="page home">
      <p class="date">{dateWords(now)}</p>
      <h1>{t('home.hello', { name: named(found.person) })}</h1>
      {found.person.organization ? (
        <p class="quiet">
          <bdi>{named(found.person.organization)}</bdi>
        </p>
      ) : null}
      {stale ? (
        <p class="notice" role="status">
          {t('home.stale', { time: moment(stale).time })}
        </p>
      ) : null}
      <News of={found} />
      {next ? (
        <NextCard session={next} person={person} now={now} />
      ) : (
        <Empty title={t('home.empty')} hint={t('home.empty.hint')}>
          <a class="button main" href={found.can.book ? '#/book' : '#/replay'}>
            {t(found.can.book ? 'home.empty.book' : 'home.empty.replay')}
          </a>
        </Empty>
      )}
      <List title={t('home.later')} sessions={rest} person={person} now={now} day={day} />
      <List title={t('home.soon')} sessions={found.soon ?? []} person={person} now={now} day={day} />
      <a class="button" href="#/day" data-testid="home-day">
        {t('nav.day')}
      </a>{' '}
      {found.can.book || /doctor|specialist/.test(found.person.roles.join()) ? (
        <a class="button" href="#/cases">
          {t('nav.cases')}
        </a>
      ) : null}{' '}
      {found.can.administer ? (
        <a class="button" href="#/county" data-testid="home-county">
          {t('nav.county')}
        </a>
      ) : null}{' '}
      {key.value ? null : (
        <a class="button" href="#/account" data-testid="home-account">
          {t('nav.account')}
        </a>
      )}
    </div>
  );
}

/** Today's bookings; asked again each half minute while the page is looked at. */
export function Home() {
  const [error, setError] = useState<unknown>(null);
  const [stale, setStale] = useState<number | null>(null);
  const load = (): void => {
    if (document.hidden) return;
    loadMe().then(
      (found) => {
        setError(null);
        setStale(null);
        kept.write('home', JSON.stringify({ key: key.value, at: serverNow(), me: found } satisfies Last));
      },
      (why: unknown) => {
        const last = recall<Last>('home');
        const same = last !== null && last.key === key.value;
        if (same && !me.value) me.value = last.me;
        if (same) setStale(last.at);
        setError(why);
      },
    );
  };
  useEffect(() => {
    load();
    const timer = window.setInterval(load, 30_000);
    document.addEventListener('visibilitychange', load);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', load);
    };
  }, [key.value]);
  const found = me.value;
  const shown = found && (!error || (error as { status?: number }).status !== 401);
  if (!shown) return error ? <Trouble error={error} retry={load} /> : <Loading />;
  return <Today found={found} stale={stale} />;
}
