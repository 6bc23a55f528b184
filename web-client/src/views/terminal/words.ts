import { Problem } from '../../protocol/api.ts';
import { type DeviceKey, has, told } from '../../words/device.ts';
import { explain } from '../store.ts';

/** What went wrong and what to do, in the words of these pages. */
export function deviceWords(error: unknown): string {
  // The browser's own refusal, of its database or of its keys.
  if (!(error instanceof Problem)) return told('problem.no-key');
  const fault = error.more.faults?.find((it) => has(`fault.${it.code}`));
  if (fault) return told(`fault.${fault.code}` as DeviceKey, fault.params);
  const key = `problem.${error.type.split('/').pop() ?? ''}`;
  return has(key) ? told(key, error.more.params) : explain(error);
}
