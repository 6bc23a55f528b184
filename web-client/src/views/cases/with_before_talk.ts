import { useEffect, useState } from 'preact/hooks';

type File = typeof import('./before_talk.tsx');

/** A file that did not come over a weak line is asked for again after this, milliseconds. */
const AGAIN = 5000;

/** Check-in and consents, which come when the page is there. */
export function useBeforeTalk(): File | null {
  const [file, setFile] = useState<File | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let timer = 0;
    import('./before_talk.tsx').then(setFile, () => (timer = window.setTimeout(() => setTries(tries + 1), AGAIN)));
    return () => window.clearTimeout(timer);
  }, [tries]);
  return file;
}
