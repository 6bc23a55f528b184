import { useEffect } from 'preact/hooks';
import { speeds } from '../../protocol/timeline.ts';
import { clock } from '../../protocol/when.ts';
import { told } from '../../words/replay.ts';
import { Icon } from '../icon.tsx';
import { JUMP, type Playback } from './playback.ts';

interface Props {
  playback: Playback;
  /** Seconds. */
  length: number;
  speed: number;
  setSpeed: (speed: number) => void;
}

/** Play, jump, seek, speed; always in sight. The position runs left to right in every language. */
export function Transport({ playback, length, speed, setSpeed }: Props) {
  const { at, playing, seek, toggle } = playback;
  const position = `${clock(at * 1000)} / ${clock(length * 1000)}`;
  return (
    <div class="transport" dir="ltr" data-testid="replay-transport">
      <input
        type="range"
        min={0}
        max={Math.max(1, Math.floor(length))}
        step={1}
        value={Math.floor(at)}
        aria-label={told('position')}
        aria-valuetext={position}
        onInput={(event) => seek(Number(event.currentTarget.value))}
        data-testid="replay-seek"
      />
      <div class="buttons">
        <button type="button" class="button" onClick={() => seek(at - JUMP)} data-testid="replay-back">
          <Icon name="back" /> {told('back')}
        </button>
        <button type="button" class="button strong" onClick={toggle} data-testid="replay-toggle">
          <Icon name={playing ? 'pause' : 'play'} /> {told(playing ? 'pause' : 'play')}
        </button>
        <button type="button" class="button" onClick={() => seek(at + JUMP)} data-testid="replay-forward">
          <Icon name="forward" /> {told('forward')}
        </button>
        <span class="position" data-testid="replay-position">
          {position}
        </span>
        <label class="field speed">
          <span>{told('speed')}</span>
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
      </div>
    </div>
  );
}

/** Space plays, arrows jump; `chapter` goes so many chapters on. */
export function useKeys(playback: Playback, chapter: (step: number) => void): void {
  useEffect(() => {
    const acts: Record<string, () => void> = {
      ' ': playback.toggle,
      ArrowLeft: () => playback.seek(playback.at - JUMP),
      ArrowRight: () => playback.seek(playback.at + JUMP),
      ArrowUp: () => chapter(-1),
      ArrowDown: () => chapter(1),
    };
    const press = (event: KeyboardEvent): void => {
      const act = acts[event.key];
      // These elements have a meaning of their own for the keys.
      if (!act || (event.target as HTMLElement | null)?.closest('button, select, input, a, [tabindex="0"]')) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
}
