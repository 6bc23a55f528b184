/** Words of what only whoever leads a session can do in its room. */
import { teller } from './index.ts';

const zh = {
  'end': '全部结束',
  'end.ask': '结束这一场？所有人会马上离开，之后谁也不能再进入。',
  'end.no': '继续',
  'ask': '请人加入',
  'ask.role': '请谁',
  'ask.find': '按姓名或单位查找',
  'ask.none': '没有可以请的人。',
  'ask.more': '还有更多人，请输入姓名查找。',
  'ask.busy': '现在另有预约',
  'ask.done': '已请{name}加入，对方的首页上会出现这一场。',
  'ask.close': '关闭',
};

const en: Record<keyof typeof zh, string> = {
  'end': 'End for all',
  'end.ask': 'End this session? Everybody leaves at once, and nobody can come in again.',
  'end.no': 'Go on',
  'ask': 'Ask in',
  'ask.role': 'Whom',
  'ask.find': 'Find by name or place',
  'ask.none': 'There is nobody to be asked.',
  'ask.more': 'There are more: type a name.',
  'ask.busy': 'Booked elsewhere now',
  'ask.done': '{name} is asked in and finds this session on the home page.',
  'ask.close': 'Close',
};

export const told = teller({ zh, en });
