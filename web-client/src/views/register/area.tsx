import { useEffect, useState } from 'preact/hooks';
import { type Area, areas } from '../../protocol/register.ts';
import { told } from '../../words/register.ts';
import { api } from '../store.ts';

/** How long nobody types before it is looked for, milliseconds. */
const PAUSE = 250;

/** An area with what it lies in, from the widest to itself. */
export const areaWords = ({ name, within }: Area): string => [...within, name].join(' › ');

/** What was found for a word; null before the answer is there. */
export function useAreas(word: string): Area[] | null {
  const [found, setFound] = useState<Area[] | null>(null);
  useEffect(() => {
    setFound(null);
    if (word.trim() === '') return undefined;
    let current = true;
    const timer = window.setTimeout(() => {
      areas(api(), word.trim()).then((them) => current && setFound(them), () => current && setFound([]));
    }, PAUSE);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [word]);
  return found;
}

interface Props {
  /** Empty: none. */
  code: string;
  /** What the chosen one is called, if that is known. */
  known: Area | undefined;
  choose: (code: string, area?: Area) => void;
}

/** The area that a site lies in, looked for by name, pinyin, first letters or code. */
export function AreaField({ code, known, choose }: Props) {
  const [word, setWord] = useState('');
  const found = useAreas(word);
  const take = (taken: string, area?: Area): void => {
    setWord('');
    choose(taken, area);
  };
  if (code) {
    return (
      <div class="pair" data-testid="area-chosen">
        <span>
          <bdi>{known ? areaWords(known) : ''}</bdi> <span class="quiet">{code}</span>
        </span>
        <button type="button" class="button small" onClick={() => take('')} data-testid="area-clear">
          {told('area.clear')}
        </button>
      </div>
    );
  }
  return (
    <>
      <input
        type="text"
        value={word}
        aria-label={told('column.area')}
        placeholder={told('area.look')}
        autocomplete="off"
        onInput={(event) => setWord(event.currentTarget.value)}
        data-testid="area-word"
      />
      {word.trim() && found ? (
        <ul class="choices" role="group" aria-label={told('area.found')}>
          {found.map((area) => (
            <li key={area.code}>
              <button type="button" class="button small" onClick={() => take(area.code, area)} data-testid="area-option" data-code={area.code}>
                {areaWords(area)}
              </button>
            </li>
          ))}
          {found.length === 0 ? (
            <li class="quiet" role="status" data-testid="area-none">
              {told('area.none')} <a href="#/county/areas">{told('area.add')}</a>
            </li>
          ) : null}
        </ul>
      ) : null}
    </>
  );
}
