import { Problem } from '../../protocol/api.ts';
import { type GuestKey, has, told } from '../../words/guests.ts';
import { explain } from '../store.ts';

/** What went wrong and what to do, in the words of these pages. */
export function guestWords(error: unknown): string {
  if (!(error instanceof Problem)) return explain(error);
  const name = error.type.split('/').pop() ?? '';
  const fault = error.more.faults?.find((it) => has(`fault.${it.code}`));
  if (fault) return told(`fault.${fault.code}` as GuestKey, fault.params);
  const key = name === 'ticket-over' ? `over.${error.more.reason ?? ''}` : `problem.${name}`;
  return has(key) ? told(key, error.more.params) : explain(error);
}
