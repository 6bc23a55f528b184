import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../protocol/api.ts';
import { attendance, type ClassAttendance, type PlaceAttendance } from '../../protocol/attendance.ts';
import { moment } from '../../protocol/when.ts';
import { type AttendanceKey, told } from '../../words/attendance.ts';
import { language, named, t } from '../../words/index.ts';
import { dateWords, Empty, Loading, Name, Range, Trouble, useLoad, whenWords } from '../parts.tsx';
import { api, key } from '../store.ts';
import { Counter } from './counter.tsx';
import { Groups } from './groups.tsx';

/** How often it is read again while it is looked at, milliseconds: receipts come some 20 seconds late. */
const AGAIN = 20_000;

/** `38 minutes`, or seconds where it is less than two minutes. */
const spanWords = (s: number): string => (s < 120 ? told('seconds', { n: s }) : t('book.minutes', { n: Math.round(s / 60) }));

function Roster({ of }: { of: PlaceAttendance }) {
  if (of.groups.length === 0) return <p class="quiet">{told('groups.none')}</p>;
  return (
    <ul data-testid="attendance-roster">
      {of.groups.map((group) => (
        <li key={group.groupId}>
          <bdi>{told('group', { name: group.name, n: group.pupils })}</bdi>{' '}
          <span class="quiet">{told('group.teacher', { name: named({ names: group.teacherNames }) })}</span>
        </li>
      ))}
      {of.groups.length > 1 ? <li>{told('groups.all', { n: of.pupils ?? 0 })}</li> : null}
    </ul>
  );
}

function Headcount({ of }: { of: PlaceAttendance }) {
  const { headcount } = of;
  if (!headcount) return <p class="quiet">{told('counted.none')}</p>;
  const above = headcount.count - (of.pupils ?? headcount.count);
  return (
    <p data-testid="attendance-headcount" data-count={headcount.count}>
      <bdi>{told('counted', { n: headcount.count, who: named({ names: headcount.byNames }), when: whenWords(Date.parse(headcount.at)) })}</bdi>
      {headcount.aboveRoster ? <span class="block">{told('counted.above', { n: above })}</span> : null}
    </p>
  );
}

function Place({ held, of, changed }: { held: ClassAttendance; of: PlaceAttendance; changed: (of: ClassAttendance) => void }) {
  return (
    <li class="card later" data-testid="attendance-place" data-id={of.siteId} data-attendance={of.attendance} data-received={of.receivedS}>
      <h2>
        <Name of={of} />{' '}
        <span class={of.attendance === 'present' ? 'tag on' : 'tag'}>{told(`state.${of.attendance}` as AttendanceKey)}</span>
      </h2>
      <p>{told('received', { time: spanWords(of.receivedS), planned: spanWords(of.plannedS) })}</p>
      {of.unknownS > 0 ? <p class="quiet">{told('unknown', { time: spanWords(of.unknownS) })}</p> : null}
      <p>{told('classrooms', { names: of.classrooms.map((one) => named({ names: one.names })).join(t('list.comma')) })}</p>
      <Roster of={of} />
      <Headcount of={of} />
      {of.canCount ? <Counter session={held.sessionId} place={of} counted={changed} /> : null}
      {of.canName ? <Groups of={held} place={of} changed={changed} /> : null}
    </li>
  );
}

function Found({ of, changed }: { of: ClassAttendance; changed: (of: ClassAttendance) => void }) {
  const at = Date.parse(of.startsAt);
  return (
    <div class="page" data-testid="attendance">
      <p class="date">
        {dateWords(at)} <Range from={of.startsAt} to={of.endsAt} day={moment(at).day} />
      </p>
      <h1>
        <bdi>{of.title}</bdi>
      </h1>
      {of.lead ? <p class="quiet">{told('lead', { name: named({ names: of.lead.names }) })}</p> : null}
      {of.cancelled ? <p class="notice">{told('cancelled')}</p> : <p class="quiet">{told('hint')}</p>}
      <ul class="sessions">
        {of.places.map((place) => (
          <Place key={place.siteId} held={of} of={place} changed={changed} />
        ))}
      </ul>
      <a class="button" href="#/day">
        {t('nav.day')}
      </a>
    </div>
  );
}

/** `#/attendance/ID`: what a class was at each of its places, who was to attend there, and how many were counted. */
export function Attendance({ id }: { id: string }) {
  const { value, error, again } = useLoad(() => attendance(api(), id), `${id} ${key.value}`);
  // The answer to what was done here is newer than what was read before it.
  const [newer, setNewer] = useState<ClassAttendance | null>(null);
  useEffect(() => setNewer(null), [value]);
  useEffect(() => {
    const timer = window.setInterval(() => document.hidden || again(), AGAIN);
    return () => window.clearInterval(timer);
  }, [id]);
  useEffect(() => {
    document.title = `${told('title')} · ${t('app.name')}`;
  }, [language.value]);
  // Read again, so that an answer that was on its way before the change does not stand for it.
  const changed = (of: ClassAttendance): void => {
    setNewer(of);
    again();
  };
  const of = newer ?? value;
  if (error instanceof Problem && error.status === 403) return <Empty title={told('title')} hint={told('forbidden')} />;
  if (error && !of) return <Trouble error={error} retry={again} />;
  return of ? <Found of={of} changed={changed} /> : <Loading />;
}
