import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Names as Called, type Participant, Problem, type Session } from '../protocol/api.ts';
import { dayAfter, type Moment, moment } from '../protocol/when.ts';
import { type Key, named, t } from '../words/index.ts';
import { Icon } from './icon.tsx';
import { explain, refusal } from './store.ts';

/** `9月5日 星期六`, for an instant (milliseconds) in China. */
export function dateWords(ms: number): string {
  const m = moment(ms);
  const month = t(`date.month.${m.month}` as Key);
  return t('date.full', { month, date: m.date, weekday: t(`date.weekday.${m.weekday}` as Key) });
}

/** `9月5日 14:00` */
export function whenWords(ms: number): string {
  const m = moment(ms);
  return `${t('date.short', { month: t(`date.month.${m.month}` as Key), date: m.date })} ${m.time}`;
}

/**
 * From when to when (RFC 3339), as it is read in a list of `day` (YYYY-MM-DD): the date stands before a start on
 * another day, and an end on a later day than the start says so. Times keep their direction in right-to-left text.
 */
export function Range({ from, to, day }: { from: string; to: string; day: string }) {
  const [start, end] = [moment(Date.parse(from)), moment(Date.parse(to))];
  const date = (at: Moment): string => t('date.short', { month: t(`date.month.${at.month}` as Key), date: at.date });
  // Two times stay on one line; with a date between them they are wider than a phone.
  return (
    <span>
      {start.day === day ? null : <>{date(start)} </>}
      <span class={end.day === start.day ? 'range' : undefined}>
        <bdi dir="ltr">{start.time}</bdi>–
        {end.day === start.day ? null : <>{end.day === dayAfter(start.day, 1) ? t('date.next') : date(end)} </>}
        <bdi dir="ltr">{end.time}</bdi>
      </span>
    </span>
  );
}

export function Name({ of }: { of: { names: Called } }) {
  return <bdi>{named(of)}</bdi>;
}

/** `王建国、李秀英`; every name keeps its own direction. */
export function Names({ of }: { of: { names: Called }[] }) {
  return (
    <>
      {of.map((one, i) => (
        <span key={i}>
          {i > 0 ? t('list.comma') : ''}
          <Name of={one} />
        </span>
      ))}
    </>
  );
}

export const roleName = (role: string): string =>
  t((['specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer', 'interpreter', 'patient', 'pupil', 'screen'].includes(role)
    ? `role.${role}`
    : 'role.none') as Key);

/** The others of a session: name, role and where they sit. */
export function With({ session, except }: { session: Session; except: string }) {
  const others = session.participants.filter((p) => p.personId !== except);
  if (others.length === 0) return null;
  return (
    <ul class="with" aria-label={t('home.with')}>
      {others.map((p) => (
        <li key={p.personId}>
          <Name of={p} />
          <span class="quiet">
            {roleName(p.role)}
            {' · '}
            <Name of={{ names: p.organizationNames }} />
          </span>
          <SiteLines of={[p]} />
        </li>
      ))}
    </ul>
  );
}

/** `600 kbit/s` or `1.2 Mbit/s`. */
const bitRate = (bitsPerSecond: number): string =>
  bitsPerSecond < 1e6 ? `${Math.round(bitsPerSecond / 1e4) * 10} kbit/s` : `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;

/** How the lines of these people's sites were last, each site once; nothing of a site that is not known. */
export function SiteLines({ of, named: withName = false }: { of: Participant[]; named?: boolean }) {
  const first = (p: Participant, at: number): boolean => of.findIndex((it) => it.organizationNames.zh === p.organizationNames.zh) === at;
  const known = of.filter((p, at) => p.line && first(p, at));
  return (
    <>
      {known.map(({ line, organizationNames }) =>
        line ? (
          <span class="quiet block small" key={organizationNames.zh} data-testid="site-line">
            {withName ? (
              <>
                <Name of={{ names: organizationNames }} />{' '}
              </>
            ) : null}
            {t('site.line', {
              rate: bitRate(line.bitsPerSecond),
              loss: Math.round(line.lossPercent),
              trip: line.roundTripMs,
              when: whenWords(Date.parse(line.at)),
            })}
          </span>
        ) : null,
      )}
    </>
  );
}

/** Waits before a page tries by itself again, milliseconds: the last one from then on. */
const RETRY_AFTER = [2_000, 4_000, 8_000, 15_000, 30_000];

/** What went wrong, with what to do, and a way on. What passes by itself is tried again by itself. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const refused = error instanceof Problem && error.linkIsRefused ? error : null;
  const passes = error instanceof Problem && error.passes && retry !== undefined;
  const tries = useRef(0);
  useEffect(() => {
    if (refused) refusal.value = refused;
  }, [refused]);
  useEffect(() => {
    if (!passes || !retry) return undefined;
    const wait = RETRY_AFTER[Math.min(tries.current, RETRY_AFTER.length - 1)];
    tries.current += 1;
    const timer = window.setTimeout(retry, wait);
    return () => window.clearTimeout(timer);
  }, [error]);
  // The page to log in takes the place of this one.
  if (refused) return <Loading />;
  return (
    <section class="card trouble" role="alert" data-testid="problem">
      <h2>
        <Icon name="alert" /> {t(passes ? 'error.away' : 'error.title')}
      </h2>
      <p>
        {explain(error)} {passes ? t('error.again') : null}
      </p>
      {retry ? (
        <button type="button" class="button" onClick={retry} data-testid="retry">
          {t('action.retry')}
        </button>
      ) : null}
    </section>
  );
}

/** Where the page came by plain http: no browser gives a camera or a microphone then. */
export function Insecure() {
  return (
    <section class="card trouble" data-testid="insecure">
      <h2>
        <Icon name="alert" /> {t('insecure.title')}
      </h2>
      <p>{t('insecure.hint', { address: `https://${location.hostname}` })}</p>
      <p class="quiet small">{t('insecure.operator')}</p>
    </section>
  );
}

export function Empty({ title, hint, children }: { title: string; hint: string; children?: ComponentChildren }) {
  return (
    <section class="card empty" data-testid="empty">
      <h2>{title}</h2>
      <p class="quiet">{hint}</p>
      {children}
    </section>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {t('app.loading')}
    </p>
  );
}

/** Draws again every `ms`, for clocks and countdowns. */
export function useTick(ms: number): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => tick((n) => n + 1), ms);
    return () => window.clearInterval(timer);
  }, [ms]);
}

/** Loads when its subject changes; `again` loads once more. A late answer to an old question is dropped. */
export function useLoad<T>(load: () => Promise<T>, subject: string): { value: T | null; error: unknown; again: () => void } {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    load().then(
      (found) => {
        if (!current) return;
        setError(null);
        setValue(found);
      },
      (why: unknown) => current && setError(why),
    );
    return () => {
      current = false;
    };
  }, [subject, turn]);
  return { value, error, again: () => setTurn((n) => n + 1) };
}

/** A file that did not come over a weak line is asked for again after this, milliseconds. */
const AGAIN = 5000;

/** A part of a page that comes when the page is there, once it is `wanted`; null until then. */
export function useFile<File>(load: () => Promise<File>, wanted = true): File | null {
  const [file, setFile] = useState<{ file: File } | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!wanted || file) return;
    let timer = 0;
    load().then(
      (came) => setFile({ file: came }),
      () => (timer = window.setTimeout(() => setTries(tries + 1), AGAIN)),
    );
    return () => window.clearTimeout(timer);
  }, [tries, wanted]);
  return file && file.file;
}
