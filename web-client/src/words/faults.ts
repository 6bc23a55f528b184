/** What is wrong with one entry of a form, by the word that the server has for it: they come with the forms. */
import { teller } from './index.ts';

const zh = {
  'fault.title-missing': '请写题目，写成一行。',
  'fault.title-too-long': '题目太长，最多 {most} 个字。',
  'fault.end-before-start': '结束时间要晚于开始时间。',
  'fault.too-short': '太短，至少 {minutes} 分钟。',
  'fault.too-long': '太长，最多 {hours} 小时；其余的请另约一场。',
  'fault.start-in-the-past': '开始时间已经过去，请选一个以后的时间。',
  'fault.too-far-ahead': '太远了，最多能提前 {days} 天预约。',
  'fault.role-missing': '“{kind}”要有一位“{role}”，请加上。',
  'fault.role-only-once': '“{kind}”只能有一位“{role}”。',
  'fault.nobody-speaks': '“{kind}”里至少要有一位能说话的人，旁听的人只能听。',
  'fault.person-twice': '{id}选了两次，请去掉一个。',
  'fault.room-twice': '{id}选了两次，请去掉一个。',
  'fault.terminal-twice': '{id}选了两次，请去掉一个。',
  'fault.too-many-people': '人太多，最多 {most} 位。',
  'fault.too-many-rooms': '房间太多，最多 {most} 间。',
  'fault.too-many-terminals': '终端太多，最多 {most} 台。',
  'fault.person-unknown': '名单里没有{id}，请重新选人。',
  'fault.room-unknown': '名单里没有{id}，请重新选房间。',
  'fault.terminal-unknown': '名单里没有{id}，请重新选终端。',
  'fault.role-not-held': '{id}没有登记为“{role}”，请换一个角色或换一个人。',
  'fault.not-an-amount': '请写 0 到 {most} 之间的整数（MB），或者不填。',
  'fault.mode-above-most': '一开始的方式不能超过最多允许的方式。',
  'fault.not-a-time': '日期或时间没有写全，请重新选。',
  'fault.session-has-begun': '已经开始了，不能改开始时间。可以改时长，或取消后另约一场。',
  'fault.end-in-the-past': '结束时间已经过去，请选一个以后的时间，或取消这一场。',
  'fault.recording-told': '已经可以进入了，录不录像不能再改。要改，请取消后另约一场。',
  'fault.languages-not-held': '{id}没有登记翻译这两种语言，请换人或换语种。',
  'fault.minor-alone': '{names}未成年，不能让一位成年人单独陪着。请加上第二位成年人（如教师、医生），或监护人。',
  'fault.reason-too-long': '原因写成一行，最多 {most} 个字。',
} as const;

export type FaultKey = keyof typeof zh;

const en: Record<FaultKey, string> = {
  'fault.title-missing': 'Write a title, in one line.',
  'fault.title-too-long': 'The title is too long: at most {most} characters.',
  'fault.end-before-start': 'The end must be after the start.',
  'fault.too-short': 'Too short: at least {minutes} min.',
  'fault.too-long': 'Too long: at most {hours} hours. Book the rest as a second session.',
  'fault.start-in-the-past': 'The start is in the past. Choose a time to come.',
  'fault.too-far-ahead': 'Too far ahead: at most {days} days.',
  'fault.role-missing': '“{kind}” needs a person as “{role}”. Add one.',
  'fault.role-only-once': '“{kind}” has only one person as “{role}”.',
  'fault.nobody-speaks': '“{kind}” needs somebody who can speak; observers only listen.',
  'fault.person-twice': '{id} is chosen twice. Take one away.',
  'fault.room-twice': '{id} is chosen twice. Take one away.',
  'fault.terminal-twice': '{id} is chosen twice. Take one away.',
  'fault.too-many-people': 'Too many people: at most {most}.',
  'fault.too-many-rooms': 'Too many rooms: at most {most}.',
  'fault.too-many-terminals': 'Too many terminals: at most {most}.',
  'fault.person-unknown': '{id} is not in the directory. Choose somebody else.',
  'fault.room-unknown': '{id} is not in the directory. Choose another room.',
  'fault.terminal-unknown': '{id} is not in the directory. Choose another terminal.',
  'fault.role-not-held': '{id} is not registered as “{role}”. Choose another role or another person.',
  'fault.not-an-amount': 'Write a whole number of MB from 0 to {most}, or leave it empty.',
  'fault.mode-above-most': 'To begin with there cannot be more than what is allowed at most.',
  'fault.not-a-time': 'The date or the time is not complete. Choose them again.',
  'fault.session-has-begun': 'It has begun: its start stays. Choose another length, or cancel it and book a new one.',
  'fault.end-in-the-past': 'The end is in the past. Choose a time to come, or cancel the session.',
  'fault.recording-told': 'People may be inside already, so recording stays as it is. To change it, cancel and book anew.',
  'fault.languages-not-held': '{id} is not registered as who interprets these languages. Choose another person or other languages.',
  'fault.minor-alone': '{names} is a minor, and no adult is ever alone with one. Add a second adult, such as a teacher or a doctor, or a guardian.',
  'fault.reason-too-long': 'Write the reason in one line, at most {most} characters.',
};

export const faults: Record<'zh' | 'en', Record<FaultKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(faults);
