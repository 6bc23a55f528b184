/** Words of a time that is held while its booking is filled in: they come when a free time is chosen. */
import { teller } from './index.ts';

const zh = {
  'held': '这个时间已为您保留到 {time}，请在这之前预约。',
  'longer': '再保留五分钟',
  'over': '保留的时间已过，别人可以预约这个时间了；您仍可以试着预约。',
  'lost': '这个时间刚被别人占用，请再找一个时间。',
  'unheld': '这个时间没有保留，您仍可以预约。',
} as const;

export type HoldingKey = keyof typeof zh;

const en: Record<HoldingKey, string> = {
  'held': 'This time is held for you until {time}. Book it before then.',
  'longer': 'Hold it five minutes longer',
  'over': 'The time is not held any more, and others can book it now. You can still try to book it.',
  'lost': 'Somebody else has just taken this time. Look for another one.',
  'unheld': 'This time is not held for you. You can still book it.',
};

export const holding: Record<'zh' | 'en', Record<HoldingKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(holding);
