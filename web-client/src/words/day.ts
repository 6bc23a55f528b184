/** Words of the day of a site: they come with its page. */
import { teller } from './index.ts';

const zh = {
  'title': '日程',
  'site': '机构',
  'previous': '前一天',
  'today': '今天',
  'next': '后一天',
  'empty': '这一天没有安排。',
  'place.none': '没有占用房间或终端',
  'place.terminal': '终端',
  'more': '等，另有 {n} 人',
  'attendance': '到课情况',
  'calls': '通知名单',
  'rest': '还有没显示的，请看别的日子或分机构看。',
  'forbidden': '只有这个机构的人和为它预约的人能看。请选您自己的机构。',
} as const;

export type DayKey = keyof typeof zh;

const en: Record<DayKey, string> = {
  'title': 'Day',
  'site': 'Site',
  'previous': 'Day before',
  'today': 'Today',
  'next': 'Day after',
  'empty': 'Nothing is booked on this day.',
  'place.none': 'In no room and at no terminal',
  'place.terminal': 'Terminal',
  'more': 'and {n} more',
  'attendance': 'Attendance',
  'calls': 'Call list',
  'rest': 'There is more than is shown.',
  'forbidden': 'Only its own people and those who book for it see the day of a site. Choose your own.',
};

export const day: Record<'zh' | 'en', Record<DayKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(day);
