/** Words of the page on which hours are kept. */
import { teller } from './index.ts';

const zh = {
  'title': '开放时间',
  'whose': '谁的开放时间',
  'choose': '请选择',
  'of.organization': '机构',
  'of.room': '房间',
  'of.terminal': '终端',
  'of.person': '人员',
  'hint': '一处的房间、终端和人员，除了自己的时间，还按机构的时间。',
  'always': '随时可用',
  'weekly': '每周的开放时间',
  'days': '星期几',
  'from': '从',
  'to': '到',
  'remove': '去掉第 {n} 行',
  'add.week': '加一段时间',
  'closed': '停用的日子（如送修、放假）',
  'closed.name': '原因',
  'closed.from': '第一天',
  'closed.to': '最后一天',
  'add.closed': '加停用的日子',
  'power': '每周停用的时段（如停电）',
  'add.power': '加停用的时段',
  'holidays': '法定节假日不开放',
  'rest': '另有 {n} 条规则由其他系统设定，这里不显示，保存后不变。',
  'save': '保存',
  'saving': '正在保存…',
  'saved': '已保存。已经约好的不受影响。',
  'forbidden': '只有本县的预约员能改开放时间。',
  'wrong': '有没填对的地方，请看红字。',
  'fault.end-before-start': '结束要晚于开始。',
  'fault.not-weekdays': '请选星期几，不要重复。',
  'fault.not-a-day': '请选日期。',
  'fault.not-a-name': '请写原因，一行，最多 {most} 个字。',
  'fault.not-a-time-of-day': '请写几点几分。',
  'fault.too-many': '太多了，最多 {most} 条。',
} as const;

export type HoursKey = keyof typeof zh;

const en: Record<HoursKey, string> = {
  'title': 'Hours',
  'whose': 'Whose hours',
  'choose': 'choose',
  'of.organization': 'Sites',
  'of.room': 'Rooms',
  'of.terminal': 'Terminals',
  'of.person': 'People',
  'hint': 'Rooms, terminals and people of a site keep its hours beside their own.',
  'always': 'At any time',
  'weekly': 'Hours of the week',
  'days': 'On which days',
  'from': 'From',
  'to': 'To',
  'remove': 'Take row {n} away',
  'add.week': 'Add hours',
  'closed': 'Days on which it is closed (in repair, away)',
  'closed.name': 'Why',
  'closed.from': 'First day',
  'closed.to': 'Last day',
  'add.closed': 'Add closed days',
  'power': 'Closed hours of each week (without power)',
  'add.power': 'Add closed hours',
  'holidays': 'Closed on legal holidays',
  'rest': '{n} more rules were set by other programs. They are not shown here, and stay as they are.',
  'save': 'Save',
  'saving': 'Saving…',
  'saved': 'Saved. What is booked already stays.',
  'forbidden': 'Only the schedulers of the county keep hours.',
  'wrong': 'Something is not right yet: see the red lines.',
  'fault.end-before-start': 'The end must be after the start.',
  'fault.not-weekdays': 'Choose the days of the week, each once.',
  'fault.not-a-day': 'Choose a date.',
  'fault.not-a-name': 'Write why, in one line of at most {most} characters.',
  'fault.not-a-time-of-day': 'Write hour and minute.',
  'fault.too-many': 'Too many: at most {most}.',
};

export const hours: Record<'zh' | 'en', Record<HoursKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(hours);

/** Whether there are such words. */
export const isKey = (key: string): key is HoursKey => key in zh;
