// @livekit/rtc-node: libwebrtc without a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, seesAndHears } from '../lib/chromium.js';
import { dispose, Native } from '../lib/native.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

let server, browser, pages;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('native-client'), launch('doctor'), host()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
  await dispose();
});

test('two native clients see and hear each other and exchange data', async () => {
  const join = (identity) => Native.join(server, server.token('natives', identity));
  const [one, other] = await Promise.all([join('one'), join('other')]);
  await Promise.all([one.publish('specialist'), other.publish('doctor')]);
  for (const [name, native] of [['one', one], ['other', other]]) {
    await until(`${name} sees 40 frames`, () => native.received.frames >= 40);
    await until(`${name} hears speech`, () => native.received.loudest > 2000);
  }
  await one.say('chat', { id: '1', text: '你好', at: 1 });
  const got = await until('data arrives', () => other.received.data[0]);
  assert.deepEqual([got.topic, got.from, JSON.parse(got.text).text], ['chat', 'one', '你好']);
  await Promise.all([one.leave(), other.leave()]);
});

test('a native client and a browser see and hear each other and exchange data', async () => {
  const page = await stock(browser, pages.url, server, server.token('mixed', 'page'));
  const native = await Native.join(server, server.token('mixed', 'native'));
  await native.publish('specialist');
  await seesAndHears(page, 'the page');
  await until('the native client sees 40 frames', () => native.received.frames >= 40);
  await until('the native client hears speech', () => native.received.loudest > 2000);
  await page.evaluate(() => say('hand', '{"raised":true}'));
  await until('data reaches the native client', () => native.received.data.find((it) => it.topic === 'hand'));
  await native.say('chat', { id: '2', text: '收到', at: 2 });
  await until('data reaches the page', () => page.evaluate(() => told.data.find((it) => it.text.includes('收到'))));
  await native.leave();
  await until('the page is told', () => page.evaluate(() => told.left.includes('native')));
});
