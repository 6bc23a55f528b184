import { useEffect, useRef, useState } from 'preact/hooks';
import { type ChatAt, type Entry, type File, type Form, price, type Recording, RENEW, type Seat, type SlideAt, slideOf } from '../../protocol/library.ts';
import { linked } from '../../protocol/places.ts';
import { chapters, megabytes, said, slideAt } from '../../protocol/timeline.ts';
import { clock } from '../../protocol/when.ts';
import { t } from '../../words/index.ts';
import { type ReplayKey, told } from '../../words/replay.ts';
import { Icon } from '../icon.tsx';
import { dateWords } from '../parts.tsx';
import { here } from '../router.ts';
import { Transport, useKeys } from './controls.tsx';
import { Delete } from './delete.tsx';
import { library } from './library.ts';
import { lastStop, usePlayback } from './playback.ts';

/** A failed file is asked for again by itself at most so often, milliseconds. */
const AGAIN = 30_000;

export const formName = (recording: Entry, form: Form['form']): string =>
  told(form === 'full' ? 'full' : recording.slideBytes > 0 ? 'light' : 'light.plain');

const seatName = (recording: Recording, { identity, source }: Seat): string => {
  const name = recording.participants?.find((it) => it.identity === identity)?.name || identity;
  return told(source === 'screen' ? 'screen' : 'camera', { name });
};

/** One of several pictures is called by whose it is. */
const fileName = (recording: Recording, file: File): string => {
  const several = recording.forms.filter((it) => it.form === 'full').length > 1;
  const named = file.seat && (several || file.seat.source === 'screen');
  return named && file.seat ? seatName(recording, file.seat) : formName(recording, file.form);
};

/** The main picture is `full`; further ones have numbers. */
const testId = (recording: Recording, file: File): string => {
  const place = recording.forms.filter((it) => it.form === file.form).indexOf(file);
  return `replay-play-${file.form}${place > 0 ? `-${place}` : ''}`;
};

function Chapters({ list, now, seek }: { list: SlideAt[]; now: number; seek: (at: number) => void }) {
  return (
    <section class="chapters">
      <h2>{told('slides')}</h2>
      <ol>
        {list.map((slide, i) => (
          <li key={i}>
            <button
              type="button"
              class={i === now ? 'chapter now' : 'chapter'}
              aria-current={i === now}
              onClick={() => seek(slide.atMs / 1000)}
              data-testid="replay-chapter"
              data-page={slide.page}
            >
              <span>{t('class.goto', { page: slide.page })}</span>
              <bdi dir="ltr">{clock(slide.atMs)}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What was written by now, the newest in sight; a press goes to its moment. */
function Chat({ lines, ms, seek }: { lines: ChatAt[]; ms: number; seek: (at: number) => void }) {
  const log = useRef<HTMLOListElement>(null);
  const now = said(lines, ms);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [now.length]);
  return (
    <section class="replay-chat">
      <h2>{told('chat')}</h2>
      {now.length === 0 ? <p class="quiet">{told('chat.none')}</p> : null}
      <ol ref={log} tabIndex={0} aria-label={told('chat')}>
        {now.map((line, i) => (
          <li key={i} data-testid="replay-chat-line">
            <button type="button" class="moment" onClick={() => seek(line.atMs / 1000)}>
              <bdi dir="ltr">{clock(line.atMs)}</bdi>
            </button>{' '}
            <b>
              <bdi>{line.name || line.identity}</bdi>
            </b>{' '}
            <bdi>{line.text}</bdi>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface PlayingProps {
  recording: Recording;
  form: File;
  start: number;
  speed: number;
  setSpeed: (speed: number) => void;
  moved: (at: number) => void;
}

function Playing({ recording, form, start, speed, setSpeed, moved }: PlayingProps) {
  const length = recording.durationMs / 1000;
  const playback = usePlayback({ id: recording.id, form: form.form, length, start, speed, moved });
  const slides = [...recording.slides].sort((a, b) => a.atMs - b.atMs);
  const list = chapters(slides, recording.durationMs);
  const ms = playback.at * 1000;
  const place = slideAt(slides, ms);
  const [slide, next] = [slides[place], slides[place + 1]];
  const chapter = slideAt(list, ms);
  useKeys(playback, (step) => {
    const to = list[chapter + step];
    if (to) playback.seek(to.atMs / 1000);
  });
  const nextUrl = next ? slideOf(recording.id, next) : '';
  useEffect(() => {
    if (nextUrl) new Image().src = nextUrl;
  }, [nextUrl]);
  const again = (): void => void library().renew(recording.id).then(playback.reload, playback.reload);
  // What was opened may have ended while the device slept: that needs nobody's hand.
  const tried = useRef(0);
  useEffect(() => {
    if (!playback.failed || Date.now() - tried.current < AGAIN) return;
    tried.current = Date.now();
    again();
  }, [playback.failed]);
  const picture = slide ? (
    <img
      src={slideOf(recording.id, slide)}
      alt={t('class.goto', { page: slide.page })}
      data-testid="slide-image"
      data-page={slide.page}
    />
  ) : null;
  const shared = {
    key: form.url,
    ref: (element: HTMLMediaElement | null): void => {
      playback.media.current = element;
    },
    src: form.url,
    preload: 'metadata',
    ...playback.handlers,
  } as const;
  return (
    <div class="playing">
      {form.form === 'light' ? (
        <>
          {slides.length > 0 ? <figure class="replay-slide">{picture}</figure> : null}
          <audio {...shared} data-testid="replay-audio" />
        </>
      ) : (
        <div class={slide ? 'beside' : ''}>
          <video {...shared} playsInline onClick={playback.toggle} data-testid="replay-video" />
          {picture}
        </div>
      )}
      {playback.failed ? (
        <section class="card trouble" role="alert" data-testid="problem">
          <p>{told('failed')}</p>
          <button type="button" class="button" onClick={again}>
            {t('action.retry')}
          </button>
        </section>
      ) : null}
      <Transport playback={playback} length={length} speed={speed} setSpeed={setSpeed} />
      {recording.chat?.length ? <Chat lines={recording.chat} ms={ms} seek={playback.seek} /> : null}
      {list.length > 0 ? <Chapters list={list} now={chapter} seek={playback.seek} /> : null}
      <p class="quiet small">{told('keys')}</p>
    </div>
  );
}

/** Where to begin: what the address says, else where this device stopped, unless that was the very end. */
function beginning(recording: Recording): { start: number; form: File | null } {
  const link = linked(here.value.query);
  const stop = lastStop(recording.id);
  const start = link.at ?? stop?.at ?? 0;
  const length = recording.durationMs / 1000;
  return { start: start < length - 5 ? start : 0, form: recording.forms.find((one) => one.form === link.form) ?? null };
}

/** One recording: first the choice with its price in megabytes, then the player. */
export function Player({ recording, canDelete }: { recording: Recording; canDelete: boolean }) {
  const [begin] = useState(() => beginning(recording));
  const [chosen, choose] = useState<File | null>(begin.form);
  const [speed, setSpeed] = useState(1);
  /** Where it is now, seconds: the other form goes on there. */
  const place = useRef(begin.start);
  const ready = recording.state === 'ready';
  useEffect(() => {
    const timer = window.setInterval(() => void library().renew(recording.id).catch(() => undefined), RENEW);
    return () => window.clearInterval(timer);
  }, [recording.id]);
  return (
    <div class={chosen ? 'page replay chosen' : 'page replay'}>
      <h1>
        <bdi>{recording.title}</bdi>
      </h1>
      <p class="quiet">
        <span class="tag">{t(`kind.${recording.kind}`)}</span> {dateWords(Date.parse(recording.startedAt))}
        {' · '}
        <bdi>{told('duration', { time: clock(recording.durationMs) })}</bdi>
        {recording.damagedSeconds ? ` · ${told('damaged', { n: recording.damagedSeconds })}` : ''}
      </p>
      {ready ? null : <p>{told(`state.${recording.state}` as ReplayKey)}</p>}
      {ready && !chosen ? <p>{told('choose')}</p> : null}
      <div class="forms">
        {(ready ? recording.forms : []).map((form) => (
          <button
            type="button"
            key={form.url}
            class={chosen === form ? 'button strong' : 'button'}
            aria-pressed={chosen === form}
            onClick={() => choose(form)}
            data-testid={testId(recording, form)}
          >
            <Icon name="play" />
            <span>
              {fileName(recording, form)} <b>{told('size', { mb: megabytes(price(recording, form)) })}</b>
            </span>
          </button>
        ))}
      </div>
      {recording.unseen?.length ? (
        <p class="quiet small">
          {told('unseen', { names: recording.unseen.map((it) => seatName(recording, it)).join(' · ') })}
        </p>
      ) : null}
      {chosen ? (
        <Playing
          key={chosen.url}
          recording={recording}
          form={chosen}
          start={place.current}
          speed={speed}
          setSpeed={setSpeed}
          moved={(at) => (place.current = at)}
        />
      ) : null}
      <p class="replay-foot">
        <a class="button small" href="#/replay">
          {t('action.back')}
        </a>
      </p>
      {canDelete && ready ? <Delete recording={recording} /> : null}
    </div>
  );
}
