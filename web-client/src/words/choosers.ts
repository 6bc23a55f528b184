/** Words of what few bookings need: terminals, and languages of interpreters. */
import { teller } from './index.ts';

const zh = {
  'pair': '翻译什么语言',
  'pair.any': '语种不限',
  'terminals': '终端',
  'terminals.other': '再选一台别处的终端',
  'terminals.choose': '请选择',
  'language.zh': '中文',
  'language.bo': '藏语',
  'language.ug': '维吾尔语',
  'language.mn': '蒙古语',
  'language.kk': '哈萨克语',
  'language.ko': '朝鲜语',
  'language.ii': '彝语',
  'language.za': '壮语',
  'language.csl': '中国手语',
} as const;

export type ChoosersKey = keyof typeof zh;

const en: Record<ChoosersKey, string> = {
  'pair': 'Between which languages',
  'pair.any': 'any languages',
  'terminals': 'Terminals',
  'terminals.other': 'Add a terminal of another place',
  'terminals.choose': 'Please choose',
  'language.zh': 'Chinese',
  'language.bo': 'Tibetan',
  'language.ug': 'Uyghur',
  'language.mn': 'Mongolian',
  'language.kk': 'Kazakh',
  'language.ko': 'Korean',
  'language.ii': 'Yi',
  'language.za': 'Zhuang',
  'language.csl': 'Chinese Sign Language',
};

export const choosers: Record<'zh' | 'en', Record<ChoosersKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(choosers);

/** What a language is called here, by its code; null for one that this page has no word for. */
export const languageWords = (code: string): string | null => (`language.${code}` in zh ? told(`language.${code}` as ChoosersKey) : null);
