// @livekit/rtc-node: libwebrtc without a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RoomEvent } from '@livekit/rtc-node';
import { SimulateScenarioKind as Drill } from '@livekit/rtc-ffi-bindings';
import { AccessToken } from 'livekit-server-sdk';
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

/** A native client that may do everything. */
async function enter(room, identity) {
  const token = new AccessToken(server.key.name, server.key.secret, { identity });
  token.addGrant({ roomJoin: true, room, canUpdateOwnMetadata: true });
  return Native.join(server, await token.toJwt());
}

test('native clients and a page stream texts and files, call methods and describe themselves', async () => {
  const [one, other] = await Promise.all(['one', 'other'].map((it) => enter('words', it)));
  const page = await stock(browser, pages.url, server, server.token('words', 'page'), { publish: false });
  const streams = [];
  other.room.registerTextStreamHandler('notes', async (reader, from) => streams.push([from.identity, await reader.readAll()]));
  other.room.registerByteStreamHandler('files', async (reader, from) => {
    streams.push([from.identity, Buffer.concat(await reader.readAll()).length]);
  });
  other.room.localParticipant.registerRpcMethod('add', async ({ payload }) => String(JSON.parse(payload).reduce((sum, it) => sum + it, 0)));
  const { localParticipant } = one.room;
  await localParticipant.sendText('病历'.repeat(20_000), { topic: 'notes' });
  const writer = await localParticipant.streamBytes({ topic: 'files', name: 'ecg.bin' });
  await writer.write(new Uint8Array(100_000));
  await writer.close();
  await page.evaluate(() => room.localParticipant.sendText('从网页', { topic: 'notes' }));
  await until('all streams arrive', () => streams.length === 3);
  assert.deepEqual(new Set(streams.map(([from, what]) => `${from} ${what.length ?? what}`)), new Set(['one 40000', 'one 100000', 'page 3']));
  await until('the page has the text as well', () => page.evaluate(() => told.streams.some((it) => it.from === 'one' && it.text?.length === 40_000)));

  const call = (destinationIdentity, payload) => localParticipant.performRpc({ destinationIdentity, method: 'add', payload });
  assert.deepEqual([await call('other', '[1,2]'), await call('page', '[3,4]')], ['3', '7']);
  await assert.rejects(call('nobody', '[]'));
  const answer = () => room.localParticipant.performRpc({ destinationIdentity: 'other', method: 'add', payload: '[5,6]' });
  assert.equal(await page.evaluate(answer), '11');

  await localParticipant.setAttributes({ hand: 'up' });
  await localParticipant.updateMetadata('m');
  await localParticipant.updateName('王医生');
  const seen = other.room.remoteParticipants.get('one');
  await until('the other sees it', () => seen.attributes.hand === 'up' && seen.metadata === 'm' && seen.name === '王医生');
  await Promise.all([one.leave(), other.leave(), page.context().close()]);
});

test('a native client comes back from every fault', async () => {
  const [one, other] = await Promise.all(['one', 'other'].map((it) => enter('faults', it)));
  await Promise.all([one.publish('specialist'), other.publish('doctor')]);
  await until('both see each other', () => [one, other].every((it) => it.received.frames > 20));
  for (const drill of ['SIMULATE_SIGNAL_RECONNECT', 'SIMULATE_MIGRATION', 'SIMULATE_NODE_FAILURE']) {
    const back = new Promise((done) => one.room.once(RoomEvent.Reconnected, done));
    await one.room.simulateScenario(Drill[drill]);
    await back;
    const before = [one, other].map((it) => it.received.frames);
    await until(`both see each other after ${drill}`, () => [one, other].every((it, at) => it.received.frames > before[at] + 20), { within: 30_000 });
    assert.deepEqual([...other.room.remoteParticipants.keys()], ['one'], drill);
  }
  await Promise.all([one.leave(), other.leave()]);
});
