import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { type DeviceDay, type DeviceSession, deviceDay, unpaired } from '../../protocol/device.ts';
import { moment } from '../../protocol/when.ts';
import screen from '../../style/device.css?inline';
import slip from '../../style/slip.css?inline';
import { told } from '../../words/device.ts';
import { language, named, t } from '../../words/index.ts';
import { insertStyle } from '../sheet.ts';
import { Icon } from '../icon.tsx';
import { Loading, Range, useTick } from '../parts.tsx';
import { go, here } from '../router.ts';
import { kept, serverNow, skew, takeZone } from '../store.ts';
import { Pairing } from './pairing.tsx';
import { countdown, shown } from './today.ts';
import { TryDevices } from './trying.tsx';
import { LEFT } from './turn.ts';

insertStyle(slip + screen);

/** After trouble the day is asked for again so much later, milliseconds. */
const AGAIN = 3_000;

/** The secret of a pairing link that led here, which leaves the address. */
function fromLink(): string {
  const once = here.value.query.get('once') ?? '';
  if (once) history.replaceState(null, '', '#/device');
  return once;
}

function enter(id: string): void {
  kept.write(LEFT, null);
  kept.write(`guest.${id}`, 'device');
  kept.write(`chosen.${id}`, null);
  // A classroom comes in muted: thirty children are louder than their teacher.
  if (!kept.read(`manner.${id}`)) kept.write(`manner.${id}`, JSON.stringify({ want: 'full', muted: true }));
  go(`/room/${id}`);
}

const titleOf = (session: DeviceSession): string => session.title ?? told('day.private');

const leaderOf = (session: DeviceSession): string =>
  session.leaderNames ? named({ names: session.leaderNames }) : '';

/** What is next, or runs now, in letters that are read from the last row. */
function Next({ session, now }: { session: DeviceSession; now: number }) {
  const [start, opens] = [Date.parse(session.startsAt), Date.parse(session.opensAt)];
  const left = kept.read(LEFT) === session.id;
  return (
    <section class="card next" data-testid="device-next" data-id={session.id} data-joins={session.joins}>
      <p class="eyebrow">{told(now >= start ? 'day.now' : 'day.next')}</p>
      <h1 class="what">
        <bdi>{titleOf(session)}</bdi>
      </h1>
      <p class="when">
        <Range from={session.startsAt} to={session.endsAt} day={moment(now).day} /> <bdi>{leaderOf(session)}</bdi>
      </p>
      <p class="countdown" role="timer" data-testid="device-countdown">
        {now >= start ? told('day.late') : told('day.in', { time: countdown(start - now) })}
      </p>
      {session.joins ? (
        <>
          <p class="quiet">{told(left ? 'day.left' : 'day.joins')}</p>
          {now >= opens ? (
            <button type="button" class="button main" onClick={() => enter(session.id)} data-testid="device-enter">
              {told(left ? 'day.rejoin' : 'day.join')}
            </button>
          ) : null}
        </>
      ) : (
        <p class="quiet">{told('day.elsewhere')}</p>
      )}
    </section>
  );
}

function Later({ sessions, now }: { sessions: DeviceSession[]; now: number }) {
  if (sessions.length === 0) return null;
  return (
    <>
      <h2 class="later">{told('day.later')}</h2>
      <ul class="sessions">
        {sessions.map((session) => (
          <li key={session.id} class="session" data-testid="device-later">
            <span class="what-later">
              <Range from={session.startsAt} to={session.endsAt} day={moment(now).day} /> <b>{titleOf(session)}</b>{' '}
              <span class="quiet">{[leaderOf(session), ...session.rooms].filter(Boolean).join(' · ')}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Offline() {
  return (
    <p class="sentence bad" role="status" data-testid="device-offline">
      <Icon name="alert" /> <span>{told('day.offline')}</span>
    </p>
  );
}

function Today({ day, offline }: { day: DeviceDay; offline: boolean }) {
  useTick(1_000);
  const now = serverNow();
  const { next, later } = shown(day.sessions, now);
  const joins = next?.joins && now >= Date.parse(next.startsAt) && kept.read(LEFT) !== next.id;
  useEffect(() => {
    if (joins && next) enter(next.id);
  }, [joins, next?.id]);
  return (
    <div class="page screen" data-testid="device-day">
      <p class="where">
        <b>{named(day.room)}</b> <span class="quiet">{named(day.site)}</span>
      </p>
      <p class="clock">
        <bdi dir="ltr">{moment(now).time}</bdi>
      </p>
      {offline ? <Offline /> : null}
      {next ? (
        <Next session={next} now={now} />
      ) : (
        <section class="card next" data-testid="device-none">
          <h1 class="what">{told('day.none')}</h1>
          <p class="quiet">{told('day.none.hint')}</p>
        </section>
      )}
      <Later sessions={later} now={now} />
      <TryDevices />
      <p class="quiet">{told('day.device', { name: day.device })}</p>
    </div>
  );
}

/** Keeps a screen from going dark, where the browser can; asked again whenever the page is seen again. */
function useLight(): void {
  useEffect(() => {
    const light = (): void => {
      if (!document.hidden) void navigator.wakeLock?.request('screen').catch(() => undefined);
    };
    light();
    document.addEventListener('visibilitychange', light);
    return () => document.removeEventListener('visibilitychange', light);
  }, []);
}

interface Known {
  day: DeviceDay | null;
  /** Why this browser is no device, if it is none. */
  over: string;
  offline: boolean;
}

/** Follows the day of the terminal from one answer to the next, until this device is none any more. */
function useDay(turn: number): Known {
  const [known, setKnown] = useState<Known>({ day: null, over: '', offline: false });
  useEffect(() => {
    let [live, cut, timer] = [true, new AbortController(), 0];
    const took = (day: DeviceDay): void => {
      const clock = Date.parse(day.now);
      if (!Number.isNaN(clock)) skew.value = clock - Date.now();
      takeZone(day.timeZone);
      setKnown({ day, over: '', offline: false });
      ask(day.tag);
    };
    const failed = (error: unknown, seen: string): void => {
      const over = unpaired(error);
      if (over) setKnown({ day: null, over, offline: false });
      else {
        setKnown((before) => ({ ...before, offline: true }));
        timer = window.setTimeout(() => ask(error instanceof Problem && error.status === 0 ? '' : seen), AGAIN);
      }
    };
    const ask = (seen: string): void => {
      if (!live) return;
      cut = new AbortController();
      deviceDay(seen, cut).then(
        (day) => live && took(day),
        (error: unknown) => live && failed(error, seen),
      );
    };
    // A line that the browser knows to be cut is not waited for.
    const cutOff = (): void => cut.abort();
    window.addEventListener('offline', cutOff);
    ask('');
    return () => {
      live = false;
      window.removeEventListener('offline', cutOff);
      window.clearTimeout(timer);
      cut.abort();
    };
  }, [turn]);
  return known;
}

/** The page of a terminal's device: paired once, it shows what is next, and joins the classes of its room by itself. */
export function Device() {
  const [once] = useState(fromLink);
  const [turn, setTurn] = useState(0);
  const { day, over, offline } = useDay(turn);
  useLight();
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  const paired = (): void => setTurn((n) => n + 1);
  if (day) return <Today day={day} offline={offline} />;
  if (!over) {
    return (
      <>
        {offline ? <Offline /> : null}
        <Loading />
      </>
    );
  }
  const known = over === 'device-revoked' || over === 'device-unknown' ? over : null;
  return (
    <div class="page" data-testid="device-over" data-reason={over}>
      {known ? (
        <section class="card trouble" role="alert">
          <h1>{told(`over.${known}`)}</h1>
          <p>{told(`over.${known}.hint`)}</p>
        </section>
      ) : (
        <h1>{told('pair.title')}</h1>
      )}
      <Pairing once={once} paired={paired} />
    </div>
  );
}
