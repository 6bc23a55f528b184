import { signal } from '@preact/signals';
import { Api, type Me, Problem } from '../protocol/api.ts';
import { setZone, zoneName } from '../protocol/when.ts';
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
  /** Nothing of who was here before stays for the next person: of what is kept only the zone is nobody's. */
  forget(): void {
    try {
      const zone = kept.read('zone');
      sessionStorage.clear();
      kept.write('zone', zone);
    } catch {
      // Nothing was kept.
    }
  },
};

/** What this device remembers from session to session; storage that is shut remembers nothing. */
export const device = {
  read(name: string): string | null {
    try {
      return localStorage.getItem(`shanqiao.${name}`);
    } catch {
      return null;
    }
  },
  write(name: string, value: string): void {
    try {
      localStorage.setItem(`shanqiao.${name}`, value);
    } catch {
      // The choice then lasts as long as the page.
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

/** The person's key, from their link; a tab is one person. Empty where a cookie says who it is. */
export const key = signal<string>(kept.read('key') ?? '');
export const me = signal<Me | null>(null);
/** Why it is not known who asks: the page then shows where to log in. */
export const refusal = signal<Problem | null>(null);
/** The county's zone as the server named it: who shows a time reads it, and is drawn again when it comes. */
export const zone = signal(zoneName());
/** Server clock minus ours, milliseconds: cheap devices are often minutes off. */
export const skew = signal(0);

export const api = (): Api => new Api(key.value);
export const serverNow = (): number => Date.now() + skew.value;

/** Takes the key out of `#/home?key=..`, so that it is not on the screen or in a copied address. */
export function takeKey(): void {
  const found = here.value.query.get('key');
  if (!found) return;
  if (found !== key.value) {
    me.value = null;
    kept.forget();
  }
  key.value = found;
  kept.write('key', found);
  const rest = new URLSearchParams(here.value.query);
  rest.delete('key');
  const { page, id } = here.value;
  const query = rest.toString();
  history.replaceState(null, '', `#/${page}${id ? `/${encodeURIComponent(id)}` : ''}${query ? `?${query}` : ''}`);
}

/** Shows times in this zone from now on, and after a reload from the beginning. */
export function takeZone(name: string | null): void {
  if (!name || !setZone(name)) return;
  kept.write('zone', name);
  zone.value = name;
}

export async function loadMe(): Promise<Me> {
  const found = await api().me();
  const clock = Date.parse(found.now);
  if (!Number.isNaN(clock)) skew.value = clock - Date.now();
  takeZone(found.timeZone);
  me.value = found;
  return found;
}

/** What went wrong and what to do, in words. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return t('error.unknown');
  if (error.linkIsRefused) return t('login.again');
  // The servers speak English: it is the sharper text for those who read it.
  if (language.value === 'en' && error.detail !== '') return error.detail;
  const known = problemWords(error.type, error.more.params);
  if (known) return known;
  const keys: Record<number, Key> = { 0: 'error.offline', 403: 'error.forbidden', 404: 'error.missing' };
  return t(keys[error.status] ?? (error.status >= 500 ? 'error.server' : 'error.unknown'));
}
