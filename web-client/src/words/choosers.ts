/** Words of what few bookings need: terminals, and languages of interpreters. */
import { teller } from './index.ts';

const zh = {
  'pair': '翻译什么语言',
  'pair.any': '语种不限',
  'terminals': '终端',
  'terminals.other': '再选一台别处的终端…',
} as const;

export type ChoosersKey = keyof typeof zh;

const en: Record<ChoosersKey, string> = {
  'pair': 'Between which languages',
  'pair.any': 'any languages',
  'terminals': 'Terminals',
  'terminals.other': 'Add a terminal of another place…',
};

export const choosers: Record<'zh' | 'en', Record<ChoosersKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(choosers);
