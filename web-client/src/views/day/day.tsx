import { useEffect, useState } from 'preact/hooks';
import { type Directory, Problem } from '../../protocol/api.ts';
import { byPlace, type DaySession, type PlaceOfDay, readDay, type SiteDay as Found, timesOf } from '../../protocol/site_day.ts';
import { dayAfter, instant, moment, zoneName } from '../../protocol/when.ts';
import { told } from '../../words/day.ts';
import { language, named, t } from '../../words/index.ts';
import { dateWords, Empty, Loading, Range, Trouble, useLoad } from '../parts.tsx';
import { go, here } from '../router.ts';
import { api, key, loadMe, me, serverNow, takeZone } from '../store.ts';

/** How often the day is read again while it is looked at, milliseconds. */
const AGAIN = 60_000;

/** The address of a day of a site. */
const at = (site: string, day: string): string => `#/day/${encodeURIComponent(site)}?day=${day}`;

/** Whether this person may be one of those who are told of a class's attendance; which of them, the server decides. */
const mayAttend = (): boolean => Boolean(me.value?.can.book || me.value?.person.roles.some((role) => role === 'classroom' || role === 'lead_teacher'));

function Entry({ session, found }: { session: DaySession; found: Found }) {
  const { from, to } = timesOf(session, found.beginsAt);
  const over = Date.parse(to) <= serverNow();
  const inside = <bdi>{session.title}</bdi>;
  return (
    <li class={session.cancelled || over ? 'session faded' : 'session'} data-testid="day-session" data-id={session.id}>
      <span class="when">
        <Range from={from} to={to} day={found.day} />
      </span>
      <span class="what">
        <span class="tag">{t(`kind.${session.kind}`)}</span>{' '}
        {me.value?.can.book && !session.cancelled && !over ? <a href={`#/book/${session.id}`}>{inside}</a> : inside}
        <span class="quiet block">
          {session.people.join(t('list.comma'))}
          {session.peopleMore ? ` ${told('more', { n: session.peopleMore })}` : ''}
        </span>
      </span>
      {session.cancelled ? <span class="quiet">{t('home.cancelled')}</span> : null}
      {session.kind === 'class' && !session.cancelled && Date.parse(from) <= serverNow() && mayAttend() ? (
        <a class="button small" href={`#/attendance/${session.id}`} data-testid="day-attendance">
          {told('attendance')}
        </a>
      ) : null}
    </li>
  );
}

function Place({ place, found }: { place: PlaceOfDay; found: Found }) {
  return (
    <section data-testid="day-place" data-kind={place.kind}>
      <h2 class="later">
        {place.kind === 'none' ? told('place.none') : <bdi>{place.name}</bdi>}
        {place.kind === 'terminal' ? <span class="quiet"> {told('place.terminal')}</span> : null}
      </h2>
      <ul class="sessions">
        {place.sessions.map((session) => (
          <Entry key={session.id} session={session} found={found} />
        ))}
      </ul>
    </section>
  );
}

/** Whoever books looks at the sites of others as well. */
function Sites({ site, day, directory }: { site: string; day: string; directory: Directory }) {
  return (
    <label class="field">
      <span>{told('site')}</span>
      <select value={site} onChange={(event) => go(at(event.currentTarget.value, day))} data-testid="day-site">
        {directory.organizations.map((one) => (
          <option key={one.id} value={one.id}>
            {named(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Day({ site, day }: { site: string; day: string }) {
  const { value: found, error, again } = useLoad(() => readDay(api(), site, day, language.value), `${site} ${day} ${language.value}`);
  useEffect(() => {
    const timer = window.setInterval(() => document.hidden || again(), AGAIN);
    return () => window.clearInterval(timer);
  }, [site, day]);
  useEffect(() => takeZone(found?.timeZone ?? null), [found]);
  if (error instanceof Problem && error.status === 403) return <p class="notice">{told('forbidden')}</p>;
  if (error) return <Trouble error={error} retry={again} />;
  if (!found || found.day !== day) return <Loading />;
  return (
    <div data-testid="day" data-day={found.day}>
      {found.sessions.length === 0 ? <p class="quiet">{told('empty')}</p> : null}
      {byPlace(found.sessions).map((place) => (
        <Place key={`${place.kind} ${place.name}`} place={place} found={found} />
      ))}
      {found.next ? <p class="notice">{told('rest')}</p> : null}
    </div>
  );
}

/** The day of a site by room and terminal: `#/day` is one's own today, `#/day/ID?day=YYYY-MM-DD` any. */
export function SiteDay({ id }: { id: string }) {
  const [error, setError] = useState<unknown>(null);
  const [directory, setDirectory] = useState<Directory | null>(null);
  useEffect(() => {
    if (!me.value) loadMe().catch(setError);
  }, [me.value, key.value]);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  const person = me.value;
  const books = person?.can.book;
  useEffect(() => {
    if (books) api().directory().then(setDirectory, setError);
  }, [books]);
  if (error) return <Trouble error={error} retry={() => location.reload()} />;
  if (!person) return <Loading />;
  const own = person.person.organization;
  const site = id || own?.id || '';
  if (!site) return <Empty title={told('title')} hint={told('forbidden')} />;
  const today = moment(serverNow()).day;
  const day = here.value.query.get('day') || today;
  const noon = Date.parse(instant(day, '12:00') ?? '');
  const name = directory?.organizations.find((one) => one.id === site) ?? (own?.id === site ? own : null);
  const step = (to: string, text: string, testid: string) => (
    <a class="button small" href={at(site, to)} data-testid={testid}>
      {text}
    </a>
  );
  return (
    <div class="page">
      <h1>
        {told('title')}
        {name ? <bdi> · {named(name)}</bdi> : null}
      </h1>
      <p class="date" data-testid="day-date">
        {Number.isNaN(noon) ? day : dateWords(noon)} · {zoneName() === 'Asia/Shanghai' ? t('zone.beijing') : zoneName()}
      </p>
      {directory ? <Sites site={site} day={day} directory={directory} /> : null}
      <div class="pair">
        {step(dayAfter(day, -1), told('previous'), 'day-previous')}
        {step(today, told('today'), 'day-today')}
        {step(dayAfter(day, 1), told('next'), 'day-next')}
      </div>
      <Day key={site} site={site} day={day} />
      {person.can.keepCalls || books ? (
        <a class="button" href={`#/calls/${encodeURIComponent(site)}`} data-testid="day-calls">
          {told('calls')}
        </a>
      ) : null}
    </div>
  );
}
