import { useEffect, useState } from 'preact/hooks';

type File = typeof import('./materials.tsx');

/** Photos and documents, which come when the page is there: a card is read first. */
export function useMaterials(): File | null {
  const [file, setFile] = useState<File | null>(null);
  useEffect(() => void import('./materials.tsx').then(setFile, () => undefined), []);
  return file;
}
