/** Pairs of languages between which people interpret, as people call them. */

/** `bo-zh` as "藏语–中文" or "Tibetan–Chinese"; `own` has the names that few browsers know, by code. */
export function pairName(pair: string, language: string, own: (code: string) => string | null): string {
  const names = new Intl.DisplayNames([language], { type: 'language' });
  return pair
    .split('-')
    .map((code) => own(code) ?? names.of(code) ?? code)
    .join('–');
}
