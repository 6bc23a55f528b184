import { signal } from '@preact/signals';
import type { Names } from '../protocol/api.ts';
import { fill, type Values } from './fill.ts';
import { type Key, zh } from './zh.ts';

export type { Key } from './zh.ts';
export type Language = 'zh' | 'en';

/** Chinese comes with the first file: one round trip less for nearly everybody. */
const catalogs: { zh: Record<Key, string>; en: Record<Key, string> | null } = { zh, en: null };
const KEPT = 'shanqiao.language';

export const language = signal<Language>('zh');

/** Switches after the catalog is here and keeps the choice; stays as it is when the catalog cannot be loaded. */
export async function speak(wanted: Language): Promise<void> {
  if (!(await show(wanted))) return;
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // Storage is shut in some WebViews: the choice then lasts as long as the page.
  }
}

/** Switches without keeping the choice; `false` when the catalog cannot be loaded. */
export async function show(wanted: Language): Promise<boolean> {
  if (wanted === 'en') {
    catalogs.en = catalogs.en ?? (await import('./en.ts').then((file) => file.en).catch(() => null));
    if (!catalogs.en) return false;
  }
  language.value = wanted;
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en';
  return true;
}

/** The first of a browser's languages that there is a catalog for; Chinese if there is none. */
export function ownLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'zh' || primary === 'en') return primary;
  }
  return 'zh';
}

/** The kept choice, else the browser's own. */
export function spoken(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Storage is shut: the browser's own language it is.
  }
  if (kept === 'zh' || kept === 'en') return kept;
  return ownLanguage(navigator.languages ?? [navigator.language]);
}

/** The words of a key in the present language. */
export function t(key: Key, values: Values = {}): string {
  return fill((catalogs[language.value] ?? zh)[key], values, language.value);
}

/** The same for the words of one page, which come with it and not with the first file. */
export const teller =
  <PageKey extends string>(words: Record<Language, Record<PageKey, string>>) =>
  (key: PageKey, values: Values = {}): string =>
    fill(words[language.value][key], values, language.value);

/** Our own words for a problem that a server named, e.g. `/problems/not-a-pdf`; null for one we do not know. */
export function problemWords(type: string, values: Values = {}): string | null {
  const key = `problem.${type.split('/').pop() ?? ''}`;
  return key in zh ? t(key as Key, values) : null;
}

/** The name of something in the present language, or else in Chinese. */
export const named = ({ names }: { names: Names }): string => names[language.value] || names.zh;
