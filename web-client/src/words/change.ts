/** Words of changing a booking: they come with the booking page, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'title': '改预约',
  'open': '修改',
  'guests': '来宾票',
  'mails': '邮件',
  'save': '保存修改',
  'saving': '正在保存…',
  'saved': '已改好：{title}，{time}',
  'filled': '时间已改好，请再点“保存修改”。',
  'back': '回到预约',
  'reason.change': '为什么改（会告诉参加的人，可以不填）',
  'reason.cancel': '为什么取消（会告诉参加的人，可以不填）',
  'begun': '这一场已经开始：开始时间不能改，时长可以改。',
  'over': '这一场已经结束，不能再改。',
  'cancelled': '这一场已经取消，不能再改。',
  'meanwhile': '刚才别人改了这一场，您的修改还没有保存',
  'meanwhile.now': '现在是：',
  'meanwhile.keep': '仍用我填的',
  'meanwhile.take': '用现在的，重新填',
  'time': '时间',
  'recorded': '录',
  'unrecorded': '不录',
  'nobody': '无',
  'terminals': '终端',
  'free': '这一场最晚可以到 {time}。',
  'free.take': '改到这时结束',
  'unchanged': '您没有改动什么。',
  'repeats': '重复多次（系列）',
  'series': '整个系列',
  'week': '一周安排',
} as const;

export type ChangeKey = keyof typeof zh;

const en: Record<ChangeKey, string> = {
  'title': 'Change a booking',
  'open': 'Change',
  'guests': 'Guest tickets',
  'mails': 'Mails',
  'save': 'Save the change',
  'saving': 'Saving…',
  'saved': 'Changed: {title}, {time}',
  'filled': 'The time is filled in. Press “Save the change” again.',
  'back': 'Back to booking',
  'reason.change': 'Why it changes (shown to who takes part; may be empty)',
  'reason.cancel': 'Why it is cancelled (shown to who takes part; may be empty)',
  'begun': 'It has begun: its start stays, its length can change.',
  'over': 'This session is over and cannot be changed.',
  'cancelled': 'This session is cancelled and cannot be changed.',
  'meanwhile': 'Somebody else has just changed this session, and your change is not saved',
  'meanwhile.now': 'It is now:',
  'meanwhile.keep': 'Keep what I wrote',
  'meanwhile.take': 'Begin with what it is now',
  'time': 'Time',
  'recorded': 'yes',
  'unrecorded': 'no',
  'nobody': 'none',
  'terminals': 'Terminals',
  'free': 'This session can last until {time}.',
  'free.take': 'End it then',
  'unchanged': 'You have changed nothing.',
  'repeats': 'Repeat it (a series)',
  'series': 'The series',
  'week': 'A week at a glance',
};

export const change: Record<'zh' | 'en', Record<ChangeKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(change);
