/** Words of ending a session for all. */
import { teller } from './index.ts';

const zh = {
  'end': '全部结束',
  'ask': '结束这一场？所有人会马上离开，之后谁也不能再进入。',
  'yes': '全部结束',
  'no': '继续',
  'failed': '没有结束成功，请再试一次。',
};

const en: Record<keyof typeof zh, string> = {
  'end': 'End for all',
  'ask': 'End this session? Everybody leaves at once, and nobody can come in again.',
  'yes': 'End for all',
  'no': 'Go on',
  'failed': 'It was not ended. Please try again.',
};

export const told = teller({ zh, en });
