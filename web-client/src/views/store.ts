import { signal } from '@preact/signals';
import { Api, type Me, Problem } from '../protocol/api.ts';
import { type Key, language, problemWords, t } from '../words/index.ts';
import { here } from './router.ts';

/** Session storage that may be shut: reading gives null, writing does nothing. */
export const kept = {
  read(name: string): string | null {
    try {
      return sessionStorage.getItem(`shanqiao.${name}`);
    } catch {
      return null;
    }
  },
  write(name: string, value: string | null): void {
    try {
      if (value === null) sessionStorage.removeItem(`shanqiao.${name}`);
      else sessionStorage.setItem(`shanqiao.${name}`, value);
    } catch {
      // Full or forbidden: only the comfort after a reload is lost.
    }
  },
};

/** The same for values: a kept value that is not JSON counts as none. */
export function recall<T>(name: string): T | null {
  try {
    return JSON.parse(kept.read(name) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/** The person's key, from their link; a tab is one person. */
export const key = signal<string>(kept.read('key') ?? '');
export const me = signal<Me | null>(null);
/** Server clock minus ours, milliseconds: cheap devices are often minutes off. */
export const skew = signal(0);

export const api = (): Api => new Api(key.value);
export const serverNow = (): number => Date.now() + skew.value;

/** Takes the key out of `#/home?key=..`, so that it is not on the screen or in a copied address. */
export function takeKey(): void {
  const found = here.value.query.get('key');
  if (!found) return;
  if (found !== key.value) me.value = null;
  key.value = found;
  kept.write('key', found);
  history.replaceState(null, '', `#/${here.value.page}${here.value.id ? `/${here.value.id}` : ''}`);
}

export async function loadMe(): Promise<Me> {
  const found = await api().me();
  const clock = Date.parse(found.now);
  if (!Number.isNaN(clock)) skew.value = clock - Date.now();
  me.value = found;
  return found;
}

/** What went wrong and what to do, in words. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return t('error.unknown');
  if (error.status === 401) return t('login.over.hint');
  // The servers speak English: it is the sharper text for those who read it.
  const english = language.value === 'en' && error.detail !== '';
  const known = problemWords(error.type, error.params);
  if (known || english) return english ? error.detail : (known ?? '');
  const keys: Record<number, Key> = { 0: 'error.offline', 403: 'error.forbidden', 404: 'error.missing' };
  const words = t(keys[error.status] ?? (error.status >= 500 ? 'error.server' : 'error.unknown'));
  return error.detail ? `${words} ${error.detail}` : words;
}
