import { useState } from 'preact/hooks';

/** Copies a text at a press, and says whether that was done. Plain http has no clipboard: what is copied is to be marked there. */
export function useCopy(text: string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard?.writeText(text).then(() => setCopied(true), () => undefined);
  return { copied, copy };
}
