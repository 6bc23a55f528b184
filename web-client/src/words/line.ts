/** Words of the room about lines and still pictures: they come with the room, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'weak.down': '您这边接收的网络弱，听别人可能断续{done}。',
  'weak.up': '您这边发送的网络弱，别人听您可能断续{done}。',
  'weak.both': '您这边网络弱，您和别人互相听可能断续{done}。',
  'weak.theirs': '{name}那边发送的网络弱，听起来可能断续{done}。',
  'weak.server': '服务器太忙，声音和画面可能断续。不是您的网络问题。',
  'done.smaller': '，画面已缩小',
  'done.paused': '，画面已暂停',
  'done.protected': '，声音已加保护',
  'hint': '请靠近路由器，或点“省流量”。',
  'still.age': '{n} 秒前的画面',
  'still.none': '还没有画面',
} as const;

export type LineKey = keyof typeof zh;

const en: Record<LineKey, string> = {
  'weak.down': 'The line to you is weak: you may hear the others in pieces{done}.',
  'weak.up': 'The line from you is weak: the others may hear you in pieces{done}.',
  'weak.both': 'Your line is weak: you and the others may hear each other in pieces{done}.',
  'weak.theirs': 'The line from {name} is weak: you may hear them in pieces{done}.',
  'weak.server': 'The server is busy: sound and picture may break up. It is not your line.',
  'done.smaller': '; the picture is smaller',
  'done.paused': '; the picture is paused',
  'done.protected': '; the voice is protected',
  'hint': 'Go nearer to the router, or press “Save data”.',
  'still.age': 'Picture from {n} s ago',
  'still.none': 'No picture yet',
};

export const line: Record<'zh' | 'en', Record<LineKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(line);
