/** Words of what others have changed: they come when there is something to tell, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'title': '您的安排有改动',
  'what.cancelled': '取消了：{title}',
  'what.moved': '改了时间：{title}',
  'what.added': '加上了您：{title}',
  'what.removed': '您不用参加了：{title}',
  'what.changed': '有改动：{title}',
  'was': '原来',
  'now': '现在',
  'renamed': '题目原来是“{title}”。',
  'rooms': '房间改了。',
  'terminals': '终端改了。',
  'people': '参加的人改了。',
  'recorded': '改为录像。',
  'unrecorded': '改为不录像。',
  'reason': '原因：{reason}',
  'seen': '知道了',
} as const;

export type NewsKey = keyof typeof zh;

const en: Record<NewsKey, string> = {
  'title': 'Changes of your sessions',
  'what.cancelled': 'Cancelled: {title}',
  'what.moved': 'Another time: {title}',
  'what.added': 'You were added: {title}',
  'what.removed': 'You need not take part: {title}',
  'what.changed': 'Changed: {title}',
  'was': 'Was',
  'now': 'Now',
  'renamed': 'The title was “{title}”.',
  'rooms': 'The rooms changed.',
  'terminals': 'The terminals changed.',
  'people': 'Who takes part changed.',
  'recorded': 'It is recorded now.',
  'unrecorded': 'It is not recorded any more.',
  'reason': 'Why: {reason}',
  'seen': 'Understood',
};

export const news: Record<'zh' | 'en', Record<NewsKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(news);
