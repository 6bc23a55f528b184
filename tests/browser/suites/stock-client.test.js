// The stock npm livekit-client in the same room as our client and as other stock clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, comesBy, direct, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

let server, browser, pages;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('stock-client'), launch('doctor'), host()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
});

test('two stock clients see and hear each other and exchange data', async () => {
  const join = (identity) => stock(browser, pages.url, server, server.token('two', identity));
  const [one, other] = await Promise.all([join('one'), join('other')]);
  await Promise.all([seesAndHears(one, 'one'), seesAndHears(other, 'other')]);
  await Promise.all([comesBy(one, 'one', direct), comesBy(other, 'the other', direct)]);
  await one.evaluate(() => say('chat', '{"id":"1","text":"听得见吗?","at":1}'));
  const got = await until('the data packet arrives', () => other.evaluate(() => told.data[0]));
  assert.deepEqual([got.topic, got.from, JSON.parse(got.text).text], ['chat', 'one', '听得见吗?']);
  await one.evaluate(() => room.disconnect());
  await until('the other is told', () => other.evaluate(() => told.left.includes('one')));
  await Promise.all([one.context().close(), other.context().close()]);
});

for (const [mode, singlePeerConnection] of [['two connections', false], ['one connection', true]]) {
  test(`over ${mode} browsers tell what becomes of each packet of a picture`, async () => {
    const told = (fate) => server.counted(`gateway_told_packets_total{fate="${fate}"}`);
    const all = () => Promise.all(['arrived', 'lost', 'unusable'].map(told));
    const begun = await all();
    const since = async () => (await all()).map((count, at) => count - begun[at]);
    const join = (identity) => stock(browser, pages.url, server, server.token(mode, identity), { room: { singlePeerConnection } });
    const both = await Promise.all([join('one'), join('other')]);
    await Promise.all([seesAndHears(both[0], 'one'), seesAndHears(both[1], 'other')]);
    const [arrived, lost, unusable] = await until('they tell', async () => {
      const counts = await since();
      return counts[0] > 300 && counts;
    });
    console.log(`# told: ${arrived} arrived, ${lost} lost, ${unusable} unusable`);
    assert.ok(lost <= arrived / 20 && unusable <= arrived / 20, 'on a line that loses nothing');
    await Promise.all(both.map((it) => it.context().close()));
  });
}

test('a stock client and our client see and hear each other and chat', async () => {
  const ours = await open(browser);
  await enter(ours, server.people['dr-li'].home);
  const session = new URL(ours.url()).hash.split('/')[2].split('?')[0];
  const theirs = await stock(browser, pages.url, server, server.token(session, 'guest', '--name', '客人'));
  await Promise.all([seesAndHears(ours, 'ours'), seesAndHears(theirs, 'theirs')]);
  await at(ours, 'chat-input').fill('您好,客人');
  await at(ours, 'chat-send').click();
  const got = await until('our chat arrives at theirs', () =>
    theirs.evaluate(() => told.data.find((it) => it.topic === 'chat')),
  );
  assert.equal(JSON.parse(got.text).text, '您好,客人');
  await theirs.evaluate(() => say('chat', JSON.stringify({ id: 'g1', text: '您好,医生', at: Date.now() })));
  await at(ours, 'chat-message').filter({ hasText: '您好,医生' }).waitFor();
  assert.deepEqual(ours.faults, []);
});

test('a token to listen only sends nothing and still hears', async () => {
  const speaker = await stock(browser, pages.url, server, server.token('listen', 'speaker'));
  const listener = await stock(browser, pages.url, server, server.token('listen', 'listener', '--subscribe'), {
    publish: false,
  });
  await seesAndHears(listener, 'listener');
  const refused = await listener.evaluate(() =>
    room.localParticipant.setMicrophoneEnabled(true).then(
      () => 'published',
      (error) => error.message,
    ),
  );
  assert.notEqual(refused, 'published');
  assert.equal(await speaker.evaluate(() => document.querySelectorAll('[data-identity="listener"]').length), 0);
});

test('who presses at once, before the camera has opened, is seen and heard as well', async () => {
  const hasty = await open(browser);
  await enter(hasty, server.people['teacher-zhang'].home, { hurry: true });
  const session = new URL(hasty.url()).hash.split('/')[2].split('?')[0];
  const watcher = await stock(browser, pages.url, server, server.token(session, 'watcher'), { publish: false });
  await seesAndHears(watcher, 'the watcher');
});
