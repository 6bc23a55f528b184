import { signal } from '@preact/signals';
import { fill } from './fill.ts';
import { type Key, zh } from './zh.ts';

export type { Key } from './zh.ts';
export type Language = 'zh' | 'en';

/** Chinese comes with the first file: one round trip less for nearly everybody. */
const catalogs: { zh: Record<Key, string>; en: Record<Key, string> | null } = { zh, en: null };
const KEPT = 'shanqiao.language';

export const language = signal<Language>('zh');

/** Switches after the catalog is here; stays as it is when it cannot be loaded. */
export async function speak(wanted: Language): Promise<void> {
  if (wanted === 'en') {
    catalogs.en = catalogs.en ?? (await import('./en.ts').then((file) => file.en).catch(() => null));
    if (!catalogs.en) return;
  }
  language.value = wanted;
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // Storage is shut in some WebViews: the choice then lasts as long as the page.
  }
}

/** The kept choice, else Chinese. */
export function spoken(): Language {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

/** The words of a key in the present language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill((catalogs[language.value] ?? zh)[key], values);
}

/** Our own words for a problem that a server named, e.g. `/problems/not-a-pdf`; null for one we do not know. */
export function problemWords(type: string, values: Record<string, string | number> = {}): string | null {
  const key = `problem.${type.split('/').pop() ?? ''}`;
  return key in zh ? t(key as Key, values) : null;
}

/** The name in the present language. */
export function named(thing: { name: string; nameEn?: string | null }): string {
  return language.value === 'en' && thing.nameEn ? thing.nameEn : thing.name;
}
