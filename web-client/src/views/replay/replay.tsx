import { useEffect } from 'preact/hooks';
import type { Recording } from '../../protocol/api.ts';
import { megabytes } from '../../protocol/timeline.ts';
import { clock, moment } from '../../protocol/when.ts';
import { type Key, t } from '../../words/index.ts';
import { dateWords, Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { api, key, loadMe, me } from '../store.ts';
import { formName, Player } from './player.tsx';

function Item({ recording }: { recording: Recording }) {
  const at = Date.parse(recording.startedAt);
  const ready = recording.state === 'ready';
  return (
    <li class="session" data-testid="replay-item" data-id={recording.id} data-state={recording.state}>
      <span class="what">
        <span class="tag">{t(`kind.${recording.kind}`)}</span> <bdi class="title">{recording.title}</bdi>
        <span class="quiet block">
          {dateWords(at)} <bdi dir="ltr">{moment(at).time}</bdi>
          {recording.durationMs > 0 ? (
            <>
              {' · '}
              <bdi>{t('replay.duration', { time: clock(recording.durationMs) })}</bdi>
            </>
          ) : null}
        </span>
        {ready ? (
          <span class="sizes block">
            {recording.forms.map((form) => (
              <span key={form.form}>
                {formName(recording, form.form)} <b>{t('replay.size', { mb: megabytes(form.bytes) })}</b>
              </span>
            ))}
          </span>
        ) : (
          <span class="block">{t(`replay.state.${recording.state}` as Key)}</span>
        )}
      </span>
      {ready ? (
        <a class="button strong" href={`#/replay/${recording.id}`} data-testid="replay-open">
          {t('replay.open')}
        </a>
      ) : null}
    </li>
  );
}

function Library() {
  const { value, error, again } = useLoad(() => api().recordings(), key.value);
  const unfinished = value?.some((one) => one.state === 'assembling' || one.state === 'recording') ?? false;
  useEffect(() => {
    if (!unfinished) return undefined;
    const timer = window.setInterval(again, 10_000);
    return () => window.clearInterval(timer);
  }, [unfinished]);
  if (error && !value) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  const sorted = [...value].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  return (
    <div class="page replays">
      <h1>{t('replay.title')}</h1>
      {sorted.length === 0 ? <Empty title={t('replay.empty')} hint={t('replay.empty.hint')} /> : null}
      <ul class="sessions">
        {sorted.map((recording) => (
          <Item key={recording.id} recording={recording} />
        ))}
      </ul>
    </div>
  );
}

function One({ id }: { id: string }) {
  const { value, error, again } = useLoad(() => api().recording(id), id);
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Player recording={value} /> : <Loading />;
}

/** The list of recordings, or one of them. */
export function Replay({ id }: { id: string }) {
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  return id ? <One id={id} /> : <Library />;
}
