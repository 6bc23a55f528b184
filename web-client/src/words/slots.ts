/** Words of the search for free times, and of bookings against hours: they come with the booking page. */
import { teller } from './index.ts';

const zh = {
  'title': '找大家都有空的时间',
  'days': '在哪几天里找',
  'days.1': '这一天',
  'days.7': '这一天起七天内',
  'days.30': '这一天起三十天内',
  'find': '开始找',
  'finding': '正在找…',
  'fits': '您选的时间大家都有空。',
  'blocked': '您选的时间不行：',
  'offer': '大家都有空的时间，点一下就填进预约：',
  'none': '这几天里没有大家都有空的时间。请多找几天、换人换房间，或缩短时长。',
  'hours': '{name}：不在开放时间',
  'exception': '{name}：那天另有安排',
  'holiday': '{name}：{what}放假',
  'overlay': '{name}：{what}',
  'taken': '{name}：已有安排',
  'held': '{name}：有人正在预约，保留到 {time}',
  'held.free': '有人正在预约；如果没有约成，{time} 起这个时间就空出来。',
  'travel': '{name}：前后一场离得太近，路上来不及',
  'full': '{name}的线路那时带不动',
  'shared': '{name}：一处要用两次',
  'nearest': '最近可以：{time}',
  'unpublished': '{years} 年的放假安排还没有公布，只按星期计算，公布后可能变化。',
  'more': '还有 {n} 项',
  'problem.not-open': '这个时间有人或房间不开放。',
  'free': '大家都开放、都有空的最早时间：{time}',
  'free.take': '改到这个时间',
  'insist': '如果一定要在这个时间，请写明原因（会记录下来）',
  'insist.send': '仍按这个时间预约',
} as const;

export type SlotsKey = keyof typeof zh;

const en: Record<SlotsKey, string> = {
  'title': 'Find a time when all are free',
  'days': 'On which days',
  'days.1': 'this day',
  'days.7': 'seven days from this day',
  'days.30': 'thirty days from this day',
  'find': 'Look',
  'finding': 'Looking…',
  'fits': 'All are free at the time that you chose.',
  'blocked': 'The time that you chose does not work:',
  'offer': 'All are free then. Press one to fill it in:',
  'none': 'On these days there is no time when all are free. Look over more days, choose others, or a shorter time.',
  'hours': '{name}: outside of its hours',
  'exception': '{name}: other hours on that day',
  'holiday': '{name}: holiday ({what})',
  'overlay': '{name}: {what}',
  'taken': '{name}: taken',
  'held': '{name}: held until {time} for another booking',
  'held.free': 'Another booking is being made. If that does not come about, this time is free again from {time}.',
  'travel': '{name}: the session before or after is too near for the way',
  'full': 'The line of {name} cannot carry it then',
  'shared': '{name}: needed twice',
  'nearest': 'Nearest: {time}',
  'unpublished': 'The holidays of {years} are not published yet: weekdays alone were counted, and this may change.',
  'more': '{n} more',
  'problem.not-open': 'Somebody or something is not open then.',
  'free': 'All are open and free from {time}',
  'free.take': 'Take this time',
  'insist': 'If it must be then, write why (this is kept)',
  'insist.send': 'Book it then all the same',
};

export const slots: Record<'zh' | 'en', Record<SlotsKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(slots);
