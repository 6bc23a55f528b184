import { useRef, useState } from 'preact/hooks';
import { unique } from '../../protocol/api.ts';
import { type ClassAttendance, countedFrom, countPupils, type PlaceAttendance, PUPILS_MAX, pupilsTyped } from '../../protocol/attendance.ts';
import { told } from '../../words/attendance.ts';
import { api } from '../store.ts';
import { reasonOf, Sentence } from './sentences.tsx';

// The styles of all pages come with the first file, where there is no room for what one page alone has.
/** A number that is read from the other side of a classroom, and keys for a thumb. */
const LINE = { display: 'grid', gridTemplateColumns: '72px minmax(0, 1fr) 72px', gridGap: '0.6rem', margin: '0.6rem 0' };
const KEY = { minHeight: '72px', padding: 0, justifyContent: 'center', fontSize: '2rem' };
const NUMBER = { width: '100%', minHeight: '72px', fontSize: '2.6rem', fontWeight: 700, textAlign: 'center' };

/** How many pupils there are: it begins with those of the roster, so that a full room is one press. */
export function Counter({ session, place, counted }: { session: string; place: PlaceAttendance; counted: (of: ClassAttendance) => void }) {
  const [text, setText] = useState(String(countedFrom(place)));
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const once = useRef({ count: -1, key: '' });
  const type = (next: string): void => {
    setText(next);
    setSaved(null);
    setWrong(false);
  };
  const step = (by: number): void => type(String(Math.max(0, Math.min(PUPILS_MAX, (pupilsTyped(text) ?? 0) + by))));
  const submit = (event: Event): void => {
    event.preventDefault();
    const count = pupilsTyped(text);
    setError(null);
    if (count === null) return setWrong(true);
    // The same number that did not get through is sent as the same request.
    if (once.current.count !== count) once.current = { count, key: unique() };
    setBusy(true);
    countPupils(api(), session, place.siteId, count, once.current.key)
      .then((of) => {
        once.current = { count: -1, key: '' };
        setSaved(count);
        counted(of);
      }, setError)
      .then(() => setBusy(false));
  };
  const key = (by: number, word: 'count.less' | 'count.more', sign: string) => (
    <button type="button" class="button" style={KEY} aria-label={told(word)} onClick={() => step(by)} data-testid={`attendance-${word.slice(6)}`}>
      {sign}
    </button>
  );
  return (
    <form noValidate onSubmit={submit} data-testid="attendance-counter">
      <p>
        <b>{told('count')}</b>
      </p>
      <div style={LINE}>
        {key(-1, 'count.less', '−')}
        <input
          style={NUMBER}
          type="text"
          inputMode="numeric"
          maxLength={3}
          aria-label={told('count')}
          value={text}
          onInput={(event) => type(event.currentTarget.value)}
          data-testid="attendance-count"
        />
        {key(1, 'count.more', '+')}
      </div>
      {wrong ? <Sentence text={told('fault.not-so-many')} id="attendance-note-count" /> : null}
      {error ? <Sentence text={reasonOf(error)} id="attendance-trouble" /> : null}
      <button type="submit" class="button main" disabled={busy} data-testid="attendance-save">
        {told('count.save')}
      </button>
      {saved === null ? null : (
        <p role="status" data-testid="attendance-saved">
          {told('count.saved', { n: saved })}
        </p>
      )}
    </form>
  );
}
