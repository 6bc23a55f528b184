/** Pairs of languages between which people interpret, as people call them. */

/** `bo-zh` as "藏语–中文" or "Tibetan–Chinese"; `signed` is what Chinese Sign Language is called, which few browsers know. */
export function pairName(pair: string, language: string, signed: string): string {
  const names = new Intl.DisplayNames([language], { type: 'language' });
  return pair
    .split('-')
    .map((code) => (code === 'csl' ? signed : (names.of(code) ?? code)))
    .join('–');
}
