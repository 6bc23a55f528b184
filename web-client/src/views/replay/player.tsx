import { useEffect, useRef, useState } from 'preact/hooks';
import type { Form, Recording, SlideAt } from '../../protocol/api.ts';
import { megabytes, slideAt, speeds } from '../../protocol/timeline.ts';
import { clock } from '../../protocol/when.ts';
import { type Key, t } from '../../words/index.ts';
import { Icon } from '../icon.tsx';
import { dateWords } from '../parts.tsx';
import { api, kept } from '../store.ts';

/** Seconds. */
const JUMP = 10;

export const formName = (recording: Recording, form: 'light' | 'full'): string =>
  t(form === 'full' ? 'replay.full' : recording.slides.length > 0 ? 'replay.light' : 'replay.light.plain');

/** Follows one media element: position in seconds, playing or not, failed or not. */
function usePlayback(id: string, length: number) {
  const media = useRef<HTMLMediaElement | null>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const seek = (to: number): void => {
    const wanted = Math.max(0, Math.min(to, length));
    setAt(wanted);
    if (media.current) media.current.currentTime = wanted;
  };
  const handlers = {
    onTimeUpdate: (event: Event) => {
      const now = (event.currentTarget as HTMLMediaElement).currentTime;
      setAt(now);
      kept.write(`at.${id}`, String(Math.floor(now)));
    },
    onPlay: () => setPlaying(true),
    onPause: () => setPlaying(false),
    onError: () => setFailed(true),
    onLoadedMetadata: (event: Event) => {
      const element = event.currentTarget as HTMLMediaElement;
      const last = Number(kept.read(`at.${id}`) ?? 0);
      setFailed(false);
      if (last > 5 && last < length - 5) element.currentTime = last;
      element.play()?.catch(() => undefined);
    },
  };
  const toggle = (): void => {
    if (!media.current) return;
    if (media.current.paused) media.current.play()?.catch(() => undefined);
    else media.current.pause();
  };
  const retry = (): void => {
    setFailed(false);
    media.current?.load();
  };
  return { media, at, playing, failed, seek, toggle, handlers, retry };
}

type Playback = ReturnType<typeof usePlayback>;

function Speed({ playback }: { playback: Playback }) {
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    if (playback.media.current) playback.media.current.playbackRate = speed;
  }, [speed, playback.playing]);
  return (
    <label class="field speed">
      <span>{t('replay.speed')}</span>
      <select
        value={String(speed)}
        onChange={(event) => setSpeed(Number(event.currentTarget.value))}
        data-testid="replay-speed"
      >
        {speeds.map((one) => (
          <option key={one} value={String(one)}>
            {one}×
          </option>
        ))}
      </select>
    </label>
  );
}

/** Play, jump, seek, speed; the position runs left to right in every language. */
function Transport({ playback, length }: { playback: Playback; length: number }) {
  const { at, playing, seek, toggle } = playback;
  const position = `${clock(at * 1000)} / ${clock(length * 1000)}`;
  return (
    <div class="transport" dir="ltr">
      <input
        type="range"
        min={0}
        max={Math.max(1, Math.floor(length))}
        step={1}
        value={Math.floor(at)}
        aria-label={t('replay.position')}
        aria-valuetext={position}
        onInput={(event) => seek(Number(event.currentTarget.value))}
        data-testid="replay-seek"
      />
      <div class="buttons">
        <button type="button" class="button" onClick={() => seek(at - JUMP)} data-testid="replay-back">
          <Icon name="back" /> {t('replay.back')}
        </button>
        <button type="button" class="button strong" onClick={toggle} data-testid="replay-toggle">
          <Icon name={playing ? 'pause' : 'play'} /> {t(playing ? 'replay.pause' : 'replay.play')}
        </button>
        <button type="button" class="button" onClick={() => seek(at + JUMP)} data-testid="replay-forward">
          <Icon name="forward" /> {t('replay.forward')}
        </button>
        <span class="position" data-testid="replay-position">
          {position}
        </span>
        <Speed playback={playback} />
      </div>
    </div>
  );
}

function SlideList({ slides, now, seek }: { slides: SlideAt[]; now: number; seek: (at: number) => void }) {
  return (
    <section class="chapters">
      <h2>{t('replay.slides')}</h2>
      <ol>
        {slides.map((slide, i) => (
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

function useKeys(playback: Playback, slides: SlideAt[], now: number): void {
  useEffect(() => {
    const jump = (to: SlideAt | undefined): void => {
      if (to) playback.seek(to.atMs / 1000);
    };
    const acts: Record<string, () => void> = {
      ' ': playback.toggle,
      ArrowLeft: () => playback.seek(playback.at - JUMP),
      ArrowRight: () => playback.seek(playback.at + JUMP),
      ArrowUp: () => jump(slides[now - 1]),
      ArrowDown: () => jump(slides[now + 1]),
    };
    const press = (event: KeyboardEvent): void => {
      const act = acts[event.key];
      // These elements have a meaning of their own for the keys.
      if (!act || (event.target as HTMLElement | null)?.closest('button, select, input, a')) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
}

function Playing({ recording, form }: { recording: Recording; form: Form }) {
  const length = recording.durationMs / 1000;
  const playback = usePlayback(recording.id, length);
  const slides = [...recording.slides].sort((a, b) => a.atMs - b.atMs);
  const now = slideAt(slides, playback.at * 1000);
  const next = slides[now + 1];
  const slide = slides[now];
  useKeys(playback, slides, now);
  useEffect(() => {
    if (next) new Image().src = api().media(next.url);
  }, [next?.url]);
  const src = api().media(form.url);
  const ref = (element: HTMLMediaElement | null): void => {
    playback.media.current = element;
  };
  const picture = slide ? (
    <img
      src={api().media(slide.url)}
      alt={t('class.goto', { page: slide.page })}
      data-testid="slide-image"
      data-page={slide.page}
    />
  ) : null;
  return (
    <div class="playing">
      {form.form === 'light' ? (
        <>
          {slides.length > 0 ? <figure class="replay-slide">{picture}</figure> : null}
          <audio key={src} ref={ref} src={src} preload="metadata" data-testid="replay-audio" {...playback.handlers} />
        </>
      ) : (
        <div class={slide ? 'beside' : ''}>
          <video
            key={src}
            ref={ref}
            src={src}
            preload="metadata"
            playsInline
            onClick={playback.toggle}
            data-testid="replay-video"
            {...playback.handlers}
          />
          {picture}
        </div>
      )}
      {playback.failed ? (
        <section class="card trouble" role="alert" data-testid="problem">
          <p>{t('replay.failed')}</p>
          <button type="button" class="button" onClick={playback.retry}>
            {t('action.retry')}
          </button>
        </section>
      ) : null}
      <Transport playback={playback} length={length} />
      {slides.length > 0 ? <SlideList slides={slides} now={now} seek={playback.seek} /> : null}
      <p class="quiet small">{t('replay.keys')}</p>
    </div>
  );
}

/** One recording: first the choice with its price in megabytes, then the player. */
export function Player({ recording }: { recording: Recording }) {
  const [chosen, choose] = useState<Form | null>(null);
  const ready = recording.state === 'ready';
  return (
    <div class="page replay">
      <p class="quiet">
        <span class="tag">{t(`kind.${recording.kind}`)}</span> {dateWords(Date.parse(recording.startedAt))}
        {' · '}
        <bdi>{t('replay.duration', { time: clock(recording.durationMs) })}</bdi>
        {recording.damagedSeconds ? ` · ${t('replay.damaged', { n: recording.damagedSeconds })}` : ''}
      </p>
      <h1>
        <bdi>{recording.title}</bdi>
      </h1>
      {ready ? <p>{t('replay.choose')}</p> : <p>{t(`replay.state.${recording.state}` as Key)}</p>}
      <div class="forms">
        {(ready ? recording.forms : []).map((form) => (
          <button
            type="button"
            key={form.form}
            class={chosen === form ? 'button strong' : 'button'}
            aria-pressed={chosen === form}
            onClick={() => choose(form)}
            data-testid={`replay-play-${form.form}`}
          >
            <Icon name="play" />
            <span>
              {formName(recording, form.form)} <b>{t('replay.size', { mb: megabytes(form.bytes) })}</b>
            </span>
          </button>
        ))}
      </div>
      {chosen ? <Playing key={chosen.form} recording={recording} form={chosen} /> : null}
      <p>
        <a class="button small" href="#/replay">
          {t('action.back')}
        </a>
      </p>
    </div>
  );
}
