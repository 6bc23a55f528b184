import { useEffect, useRef, useState } from 'preact/hooks';
import type { Form } from '../../protocol/library.ts';
import { readStops, type Stop, withStop } from '../../protocol/places.ts';

/** Seconds. */
export const JUMP = 10;
/** The address and the kept place follow at most so often, milliseconds. */
const KEEP = 3000;
const KEPT = 'shanqiao.stops';

/** Where this recording was left, on this device. */
export function lastStop(id: string): Stop | null {
  try {
    return readStops(localStorage.getItem(KEPT))[id] ?? null;
  } catch {
    // Storage that is shut keeps nothing.
    return null;
  }
}

function keepStop(id: string, at: number, form: Form['form']): void {
  // A reload, and whoever gets this address, goes on here.
  history.replaceState(null, '', `#/replay/${encodeURIComponent(id)}?t=${Math.floor(at)}&form=${form}`);
  try {
    const stops = withStop(readStops(localStorage.getItem(KEPT)), id, { at: Math.floor(at), form, kept: Date.now() });
    localStorage.setItem(KEPT, JSON.stringify(stops));
  } catch {
    // As above.
  }
}

interface Wanted {
  id: string;
  form: Form['form'];
  /** Seconds. */
  length: number;
  /** Where to begin, seconds. */
  start: number;
  speed: number;
  /** Told every position. */
  moved: (at: number) => void;
}

/** Follows one media element: position in seconds, playing or not, failed or not. */
export function usePlayback({ id, form, length, start, speed, moved }: Wanted) {
  const media = useRef<HTMLMediaElement | null>(null);
  const kept = useRef(0);
  const [at, setAt] = useState(start);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const here = useRef(start);
  /** Before its metadata an element stands at 0, which is no position of ours. */
  const ready = useRef(false);
  const move = (to: number, now: boolean): void => {
    here.current = to;
    setAt(to);
    moved(to);
    if (!now && Date.now() - kept.current < KEEP) return;
    kept.current = Date.now();
    keepStop(id, to, form);
  };
  const seek = (to: number): void => {
    const wanted = Math.max(0, Math.min(to, length));
    move(wanted, true);
    if (media.current) media.current.currentTime = wanted;
  };
  useEffect(() => {
    if (media.current) media.current.playbackRate = speed;
  }, [speed]);
  const handlers = {
    onTimeUpdate: (event: Event) => {
      if (ready.current) move((event.currentTarget as HTMLMediaElement).currentTime, false);
    },
    onPlay: () => setPlaying(true),
    onPause: () => {
      setPlaying(false);
      move(here.current, true);
    },
    onError: () => setFailed(true),
    onLoadedMetadata: (event: Event) => {
      const element = event.currentTarget as HTMLMediaElement;
      setFailed(false);
      element.playbackRate = speed;
      if (here.current > 0 && here.current < length - 1) element.currentTime = here.current;
      ready.current = true;
      element.play()?.catch(() => undefined);
    },
  };
  const toggle = (): void => {
    if (!media.current) return;
    if (media.current.paused) media.current.play()?.catch(() => undefined);
    else media.current.pause();
  };
  /** Loads again from where it stopped. */
  const reload = (): void => {
    setFailed(false);
    ready.current = false;
    media.current?.load();
  };
  return { media, at, playing, failed, seek, toggle, handlers, reload };
}

export type Playback = ReturnType<typeof usePlayback>;
