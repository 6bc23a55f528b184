/** Words about invitations by mail: they come with their pages, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'title': '邮件通知',
  'own.off': '本县没有设置发邮件，不会有邮件。',
  'own.none': '登记里没有您的邮箱。需要邮件通知，请管理员登记。',
  'own.to': '邀请和变动会发到：{address}',
  'own.wanted': '我要收邮件',
  'own.language': '邮件用的语言',
  'own.zh': '中文',
  'own.en': '英文',
  'own.save': '保存',
  'own.saved': '已保存',
  'page.off': '本县没有设置发邮件，没有人收到邮件。请当面或打电话告诉大家。',
  'page.hint': '会议属于一个系列时，这里是整个系列的邮件。',
  'fate.no_address': '没有登记邮箱',
  'fate.unwanted': '不要邮件',
  'fate.waiting': '等待发出',
  'fate.sent': '已发出',
  'fate.refused': '邮箱不收，请核对地址，并用别的方式告诉',
  'fate.given_up': '两天没有发出，请用别的方式告诉',
  'fate.none': '还没有发过',
  'reply': '邮件服务器说：{reply}',
} as const;

export type MailsKey = keyof typeof zh;

const en: Record<MailsKey, string> = {
  'title': 'Invitations by mail',
  'own.off': 'This county sends no mails.',
  'own.none': 'The register has no mail address of yours. If you want mails, ask an administrator to write it down.',
  'own.to': 'Invitations and changes go to {address}',
  'own.wanted': 'Send me mails',
  'own.language': 'Language of the mails',
  'own.zh': 'Chinese',
  'own.en': 'English',
  'own.save': 'Save',
  'own.saved': 'Saved',
  'page.off': 'This county sends no mails: nobody was told by mail. Tell people yourself.',
  'page.hint': 'Of a session in a series these are the mails of the series.',
  'fate.no_address': 'No mail address',
  'fate.unwanted': 'Wants no mails',
  'fate.waiting': 'Waits to be sent',
  'fate.sent': 'Sent',
  'fate.refused': 'Refused: check the address, and tell them in another way',
  'fate.given_up': 'Not sent for two days: tell them in another way',
  'fate.none': 'None so far',
  'reply': 'The mail server said: {reply}',
};

export const mails: Record<'zh' | 'en', Record<MailsKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(mails);
