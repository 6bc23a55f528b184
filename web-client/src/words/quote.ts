/** Words of the booking page about what a session takes of lines: they come with it, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'title': '流量和网络',
  'hint': '每个地点最多用这么多，快用完时自动省流量。',
  'takes': '最多 {mb} MB',
  'takes.price': '最多 {mb} MB，{price}',
  'yuan': '{yuan} 元',
  'free': '不收费',
  'people': '{n} 人',
  'left': '本月还剩 {left} MB（共 {all} MB）',
  'mode': '{name}用多少流量',
  'mode.no': '{mode} · {takes} · 带不动',
  'mode.yes': '{mode} · {takes}',
  'short.line': '{from} 到 {until} 网络带不动：{over}。',
  'short.month': '本月流量不够：还剩 {left} MB。',
  'over.down': '接收差 {kbps} kbit/s',
  'over.up': '发送差 {kbps} kbit/s',
  'take': '改用“{mode}”（{takes}）',
  'none': '哪种方式都带不动，请换个时间。',
  'later': '最早 {time} 带得动。',
  'later.take': '改到这个时间',
  'away': '现在算不出流量，仍然可以预约。',
  'problem.line-full': '有地点的网络带不动。请改少用流量的方式，或换个时间。',
  'problem.line-booked': '这条线路上已有的预约更多。请先取消一些。',
  'problem.not-owed': '这一次并不欠着，什么都没有改动。',
  'register': '机构与人员',
  'screens': '终端',
  'line.open': '这里的线路',
  'line.down': '能接收（kbit/s）',
  'line.up': '能发送（kbit/s）',
  'line.unbound': '不限',
  'line.price': '流量价格：从几点起，每 MB 几分钱',
  'line.from': '从几点起',
  'line.fen': '每 MB 几分钱',
  'line.more': '加一段时间',
  'line.less': '去掉第 {n} 段',
  'line.save': '保存线路',
  'fault.down': '“能接收”要写整数，或留空。',
  'fault.up': '“能发送”要写整数，或留空。',
  'fault.bands': '每段价格要有不同的开始时间，和不小于 0 的价格。',
} as const;

export type QuoteKey = keyof typeof zh;

const en: Record<QuoteKey, string> = {
  'title': 'Data and lines',
  'hint': 'The most that each site uses: near the end of it less is sent.',
  'takes': 'up to {mb} MB',
  'takes.price': 'up to {mb} MB, {price}',
  'yuan': '¥{yuan}',
  'free': 'free of charge',
  'people': 'people: {n}',
  'left': '{left} MB of {all} MB left this month',
  'mode': 'How much data for {name}',
  'mode.no': '{mode} · {takes} · too much',
  'mode.yes': '{mode} · {takes}',
  'short.line': 'The line is too thin from {from} to {until}: {over}.',
  'short.month': 'Not enough is left of the month: {left} MB.',
  'over.down': '{kbps} kbit/s short to it',
  'over.up': '{kbps} kbit/s short from it',
  'take': 'Use “{mode}” ({takes})',
  'none': 'No mode fits. Choose another time.',
  'later': 'It fits from {time}.',
  'later.take': 'Take this time',
  'away': 'The data cannot be told now. You can book all the same.',
  'problem.line-full': 'A line cannot carry it. Choose a lesser mode or another time.',
  'problem.line-booked': 'More is booked on this line. Cancel some of it first.',
  'problem.not-owed': 'This one is not owed; nothing was changed.',
  'register': 'Sites and people',
  'screens': 'Terminals',
  'line.open': 'The line here',
  'line.down': 'To the site (kbit/s)',
  'line.up': 'From the site (kbit/s)',
  'line.unbound': 'no bound',
  'line.price': 'Price of data: from when, how many fen for a MB',
  'line.from': 'From',
  'line.fen': 'fen for a MB',
  'line.more': 'Add a time of day',
  'line.less': 'Remove price {n}',
  'line.save': 'Save the line',
  'fault.down': '“To the site” must be a whole number, or empty.',
  'fault.up': '“From the site” must be a whole number, or empty.',
  'fault.bands': 'Each price needs a begin of its own, and a price of 0 or more.',
};

export const quote: Record<'zh' | 'en', Record<QuoteKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(quote);

/** Our words for a problem of lines, e.g. `/problems/line-full`; null for another one. */
export function lineProblem(type: string): string | null {
  const name = type.split('/').pop();
  return name === 'line-full' || name === 'line-booked' ? told(`problem.${name}`) : null;
}
