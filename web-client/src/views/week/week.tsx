import { useEffect, useState } from 'preact/hooks';
import type { Directory, Named, Session } from '../../protocol/api.ts';
import { countdown } from '../../protocol/today.ts';
import { byDay, isKnown, monday, readWeek, type Whose } from '../../protocol/week.ts';
import { dayAfter, instant, moment } from '../../protocol/when.ts';
import { type Key, named, t } from '../../words/index.ts';
import { told } from '../../words/week.ts';
import '../../style/week.css';
import { dateWords, Loading, Names, Range, Trouble, useLoad } from '../parts.tsx';
import { here } from '../router.ts';
import { api, kept, loadMe, me, serverNow } from '../store.ts';

const KEPT = 'week.whose';

/** A day at noon, in words. */
const dayWords = (day: string): string => dateWords(Date.parse(instant(day, '12:00') ?? ''));

function Group({ kind, label, of }: { kind: string; label: string; of: Named[] }) {
  return (
    <optgroup label={label}>
      {of.map((one) => (
        <option key={one.id} value={`${kind}:${one.id}`}>
          {named(one)}
        </option>
      ))}
    </optgroup>
  );
}

function Chooser({ directory, whose, choose }: { directory: Directory; whose: Whose; choose: (whose: Whose) => void }) {
  return (
    <label class="field">
      <span>{told('whose')}</span>
      <select value={whose} onChange={(event) => choose(event.currentTarget.value)} data-testid="week-whose">
        <option value="">{told('choose')}</option>
        <Group kind="personId" label={told('people')} of={directory.people} />
        <Group kind="roomId" label={told('rooms')} of={directory.rooms} />
        <Group kind="organizationId" label={told('sites')} of={directory.organizations} />
      </select>
    </label>
  );
}

/** A session in its day, which leads to its form. */
function Entry({ session, day }: { session: Session; day: string }) {
  const over = countdown(session, serverNow()).phase === 'over';
  const inside = (
    <>
      <Range from={session.startsAt} to={session.endsAt} day={day} />
      <b class="block">
        <bdi>{session.title}</bdi>
      </b>
      <span class="quiet block">
        <Names of={[...session.participants, ...session.rooms, ...session.terminals]} />
      </span>
    </>
  );
  return (
    <li data-testid="week-session" data-id={session.id}>
      {over ? <span class="entry faded">{inside}</span> : <a class="entry" href={`#/book/${session.id}`}>{inside}</a>}
    </li>
  );
}

interface DayProps {
  day: string;
  sessions: Session[];
  /** Whether this is the day that a phone shows. */
  shown: boolean;
}

function Day({ day, sessions, shown }: DayProps) {
  return (
    <section class={shown ? 'column shown' : 'column'} data-testid="week-day" data-day={day}>
      <h2>{dayWords(day)}</h2>
      {sessions.length === 0 ? <p class="quiet">{told('empty')}</p> : null}
      <ul class="plain">
        {sessions.map((session) => (
          <Entry key={session.id} session={session} day={day} />
        ))}
      </ul>
    </section>
  );
}

/** On a phone one day is shown, and the others are a press away. */
function Days({ days, shown, show }: { days: { day: string; sessions: Session[] }[]; shown: string; show: (day: string) => void }) {
  return (
    <div class="choices phone-days" role="group" aria-label={told('days')}>
      {days.map(({ day, sessions }) => (
        <button
          key={day}
          type="button"
          class={day === shown ? 'button small chosen' : 'button small'}
          aria-pressed={day === shown}
          onClick={() => show(day)}
          data-testid={`week-show-${day}`}
        >
          {t(`date.weekday.${new Date(`${day}T12:00:00Z`).getUTCDay()}` as Key)} {sessions.length > 0 ? told('count', { n: sessions.length }) : ''}
        </button>
      ))}
    </div>
  );
}

/** The week of whose days were chosen. */
function Grid({ whose, first, shown, show }: { whose: Whose; first: string; shown: string; show: (day: string) => void }) {
  const { value, error, again } = useLoad(() => readWeek(api(), whose, first, 7), `${whose} ${first}`);
  if (error) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const days = byDay(value.sessions, first, 7);
  return (
    <>
      <Days days={days} shown={shown} show={show} />
      {value.more ? <p class="notice">{told('more')}</p> : null}
      <div class="week" data-testid="week">
        {days.map(({ day, sessions }) => (
          <Day key={day} day={day} sessions={sessions} shown={day === shown} />
        ))}
      </div>
    </>
  );
}

/** The week of a person, a room or a site: `#/book/week?of=roomId:..`; on a phone a day of it. */
export function Week() {
  const directory = useLoad(() => api().directory(), 'directory');
  const today = moment(serverNow()).day;
  const [whose, setWhose] = useState<Whose>(here.value.query.get('of') ?? kept.read(KEPT) ?? '');
  const [shown, show] = useState(today);
  useEffect(() => kept.write(KEPT, whose || null), [whose]);
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  if (directory.error) return <Trouble error={directory.error} retry={directory.again} />;
  if (!directory.value) return <Loading />;
  const first = monday(shown);
  return (
    <div class="page booking">
      <h1>{told('title')}</h1>
      <Chooser directory={directory.value} whose={whose} choose={setWhose} />
      <div class="pair">
        <button type="button" class="button" onClick={() => show(dayAfter(shown, -7))} data-testid="week-previous">
          {told('previous')}
        </button>
        <button type="button" class="button" onClick={() => show(today)} data-testid="week-this">
          {told('this')}
        </button>
        <button type="button" class="button" onClick={() => show(dayAfter(shown, 7))} data-testid="week-next">
          {told('next')}
        </button>
      </div>
      {isKnown(whose, directory.value) ? <Grid key={`${whose} ${first}`} whose={whose} first={first} shown={shown} show={show} /> : null}
    </div>
  );
}
