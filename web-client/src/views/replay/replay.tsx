import { Problem } from '../../protocol/api.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Entry, type Further, price } from '../../protocol/library.ts';
import { megabytes } from '../../protocol/timeline.ts';
import { clock, moment } from '../../protocol/when.ts';
import { t } from '../../words/index.ts';
import { type ReplayKey, told } from '../../words/replay.ts';
import { Icon } from '../icon.tsx';
import { dateWords, Empty, Loading, Trouble, useLoad } from '../parts.tsx';
import { kept, key, loadMe, me } from '../store.ts';
import { library } from './library.ts';
import { formName, Player } from './player.tsx';

function Item({ recording }: { recording: Entry }) {
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
              <bdi>{told('duration', { time: clock(recording.durationMs) })}</bdi>
            </>
          ) : null}
        </span>
        {ready ? (
          <span class="sizes block">
            {recording.forms.filter((form, at, all) => all.findIndex((it) => it.form === form.form) === at).map((form) => (
              <span key={form.form}>
                {formName(recording, form.form)} <b>{told('size', { mb: megabytes(price(recording, form)) })}</b>
              </span>
            ))}
          </span>
        ) : (
          <span class="block">{told(`state.${recording.state}` as ReplayKey)}</span>
        )}
      </span>
      {ready ? (
        <a class="button strong" href={`#/replay/${encodeURIComponent(recording.id)}`} data-testid="replay-open">
          {told('open')}
        </a>
      ) : null}
    </li>
  );
}

/** The parts of the list that were asked for, one after the other. */
function useParts() {
  const first = useLoad(() => library().part(), key.value);
  const [rest, setRest] = useState<Entry[]>([]);
  const [place, setPlace] = useState<Further | null | undefined>(undefined);
  const [problem, setProblem] = useState<unknown>(null);
  const asking = useRef(false);
  const next = place === undefined ? (first.value?.next ?? null) : place;
  const more = async (): Promise<void> => {
    if (!next || asking.current) return;
    asking.current = true;
    setProblem(null);
    try {
      const part = await library().part(next);
      setRest((list) => [...list, ...part.recordings]);
      setPlace(part.next);
    } catch (error) {
      setProblem(error);
    }
    asking.current = false;
  };
  const head = first.value?.recordings ?? [];
  const list = [...head, ...rest.filter((one) => !head.some((other) => other.id === one.id))];
  return { ...first, list, next, more, problem };
}

function Library() {
  const { value, error, again, list, next, more, problem } = useParts();
  const [deleted] = useState(() => kept.read('deleted'));
  useEffect(() => kept.write('deleted', null), []);
  const unfinished = list.some((one) => one.state === 'assembling' || one.state === 'recording');
  useEffect(() => {
    if (!unfinished) return undefined;
    const timer = window.setInterval(again, 10_000);
    return () => window.clearInterval(timer);
  }, [unfinished]);
  if (error && !value) return <Trouble error={error} retry={again} />;
  if (!value) return <Loading />;
  return (
    <div class="page replays">
      <h1>{t('replay.title')}</h1>
      {deleted ? (
        <p class="sentence good" role="status" data-testid="replay-deleted">
          <Icon name="check" /> {told('deleted', { title: deleted })}
        </p>
      ) : null}
      {list.length === 0 && !next ? <Empty title={told('empty')} hint={told('empty.hint')} /> : null}
      <ul class="sessions">
        {list.map((recording) => (
          <Item key={recording.id} recording={recording} />
        ))}
      </ul>
      {problem ? <Trouble error={problem} /> : null}
      {next ? (
        <button type="button" class="button" onClick={() => void more()} data-testid="replay-more">
          {told('more')}
        </button>
      ) : null}
    </div>
  );
}

function One({ id }: { id: string }) {
  const { value, error, again } = useLoad(() => library().open(id), id);
  if (error instanceof Problem && error.type === '/problems/consent-withdrawn') return <Empty title={told('problem.consent-withdrawn')} hint="" />;
  if (error) return <Trouble error={error} retry={again} />;
  return value ? <Player recording={value.recording} canDelete={value.canDelete} /> : <Loading />;
}

/** The list of recordings, or one of them. */
export function Replay({ id }: { id: string }) {
  useEffect(() => {
    if (!me.value) loadMe().catch(() => undefined);
  }, []);
  return id ? <One id={id} /> : <Library />;
}
