import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem, type Session } from '../protocol/api.ts';
import { moment } from '../protocol/when.ts';
import { type Key, named, t } from '../words/index.ts';
import { Icon } from './icon.tsx';
import { explain } from './store.ts';

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

/** A time range keeps its direction in right-to-left text. */
export function Range({ from, to }: { from: string; to: string }) {
  return (
    <bdi class="range" dir="ltr">
      {moment(Date.parse(from)).time}–{moment(Date.parse(to)).time}
    </bdi>
  );
}

export function Name({ of }: { of: { name: string; nameEn?: string | null } }) {
  return <bdi>{named(of)}</bdi>;
}

/** `王建国、李秀英`; every name keeps its own direction. */
export function Names({ of }: { of: { name: string; nameEn?: string | null }[] }) {
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
  t((['specialist', 'village_doctor', 'lead_teacher', 'classroom', 'observer'].includes(role)
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
            {p.organizationName ? (
              <>
                {' · '}
                <Name of={{ name: p.organizationName, nameEn: p.organizationNameEn ?? null }} />
              </>
            ) : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What went wrong, with what to do, and a way on. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const over = error instanceof Problem && error.linkIsOver;
  return (
    <section class="card trouble" role="alert" data-testid="problem">
      <h2>
        <Icon name="alert" /> {t(over ? 'login.over' : 'error.title')}
      </h2>
      <p>{explain(error)}</p>
      {retry && !over ? (
        <button type="button" class="button" onClick={retry} data-testid="retry">
          {t('action.retry')}
        </button>
      ) : null}
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
    setError(null);
    load().then(
      (found) => current && setValue(found),
      (why: unknown) => current && setError(why),
    );
    return () => {
      current = false;
    };
  }, [subject, turn]);
  return { value, error, again: () => setTurn((n) => n + 1) };
}
