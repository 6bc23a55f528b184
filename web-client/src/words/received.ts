/** Words of the page that tells who received a session: they come with it, and not with the first file. */
import { teller } from './index.ts';

const zh = {
  'hint': '只算设备真正收到的。',
  'heard': '听到 {time}',
  'seen': '看到画面 {time}',
  'screen': '看到屏幕 {time}',
  'seconds': '{n} 秒',
  'voice.clear': '声音清楚',
  'voice.broken': '声音有时断续',
  'voice.bad': '声音常听不清',
  'voice.none': '没听到声音',
  'missed': '没有收到，或不知道：{time}',
  'paused': '画面停了 {time}',
  'away': '对方断线 {time}',
  'used': '收发共用 {mb} MB',
  'none': '没有记录',
  'attendance': '到课情况',
} as const;

export type ReceivedKey = keyof typeof zh;

const en: Record<ReceivedKey, string> = {
  'hint': 'Only what devices really received.',
  'heard': 'Heard {time}',
  'seen': 'saw {time}',
  'screen': 'the screen {time}',
  'seconds': '{n} s',
  'voice.clear': 'Clear voice',
  'voice.broken': 'Voice broke up at times',
  'voice.bad': 'Voice often lost',
  'voice.none': 'No voice heard',
  'missed': 'Not received, or not known: {time}',
  'paused': 'Picture paused for {time}',
  'away': 'The other side was cut off for {time}',
  'used': '{mb} MB used, received and sent',
  'none': 'No record',
  'attendance': 'Attendance',
};

export const received: Record<'zh' | 'en', Record<ReceivedKey, string>> = { zh, en };

/** The words of a key in the present language. */
export const told = teller(received);
