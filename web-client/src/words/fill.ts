import type { Names } from '../protocol/api.ts';

/** What is put into places of a sentence; of names the one in its language. */
export type Values = Record<string, string | number | Names>;

/** Puts values into `{name}` places; an unknown place stays as it is, so that a mistake is seen. */
export function fill(text: string, values: Values, language: 'zh' | 'en' = 'zh'): string {
  const said = (value: Values[string] | undefined) => (typeof value === 'object' ? value[language] || value.zh : value);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(said(values[name]) ?? place));
}
