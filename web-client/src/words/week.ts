/** Words of the page of a week: they come with it, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'title': '一周安排',
  'whose': '看谁的',
  'choose': '请选人、房间或机构',
  'people': '人员',
  'rooms': '房间',
  'sites': '机构',
  'previous': '前一周',
  'next': '后一周',
  'this': '这一周',
  'days': '选一天',
  'empty': '没有安排',
  'more': '安排太多，只显示前面的。请按人或按房间看。',
  'count': '{n} 场',
} as const;

export type WeekKey = keyof typeof zh;

const en: Record<WeekKey, string> = {
  'title': 'A week',
  'whose': 'Whose',
  'choose': 'Choose a person, a room or a site',
  'people': 'People',
  'rooms': 'Rooms',
  'sites': 'Sites',
  'previous': 'Week before',
  'next': 'Week after',
  'this': 'This week',
  'days': 'Choose a day',
  'empty': 'Nothing',
  'more': 'There is too much: only the first are shown. Look at one person or room.',
  'count': '{n}',
};

export const week: Record<'zh' | 'en', Record<WeekKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(week);
