// Reliable data to a listener on a thin line: all of it arrives, slowly; nobody is thrown out, and the others go on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../lib/chromium.js';
import { Relay } from '../lib/relay.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

const FILE = 2_000_000;

let server, browser, pages, thin;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('slow-lines'), launch('doctor'), host()]);
  thin = await Relay.start(server);
});
after(async () => {
  await browser?.close();
  await thin?.close();
  await pages?.close();
  await server?.close();
});

const enter = (room, identity, more = {}) =>
  stock(browser, pages.url, server, server.token(room, identity), { publish: false, turn: false, ...more });

/** What a page has had of files and messages, and the states of its connection. */
const had = (page) => page.evaluate(() => ({ files: told.streams, messages: told.data.length, states: told.states }));

test('a file and a burst of messages reach a listener on 1 Mbit/s whole, and hold the sender back', async () => {
  const sender = await enter('data', 'sender');
  const [fast, slow] = await Promise.all([enter('data', 'fast'), enter('data', 'slow', { first: thin.first })]);
  await until('all are there', () => sender.evaluate(() => others().length === 2));
  thin.slows(1_000_000);
  await sender.evaluate((size) => void room.localParticipant.sendFile(new File([bytes(size)], 'x.bin'), { topic: 'files' }), FILE);
  for (const page of [fast, slow]) {
    const { files } = await until('the file arrives', async () => {
      const it = await had(page);
      return it.files.length > 0 && it;
    });
    assert.deepEqual(files.map(({ size, good }) => [size, good]), [[FILE, true]]);
  }
  await sender.evaluate(async () => {
    const message = new Uint8Array(15_000).fill(65);
    for (let n = 0; n < 120; n += 1) await room.localParticipant.publishData(message, { reliable: true, topic: 'burst' });
  });
  for (const page of [fast, slow]) {
    await until('all messages arrive', async () => (await had(page)).messages === 120);
    assert.deepEqual((await had(page)).states, ['connecting', 'connected']);
  }
  const metrics = await (await fetch(server.metrics)).text();
  assert.match(metrics, /gateway_data_held_back_total [1-9]/);
  assert.doesNotMatch(metrics, /reason="data_(skipped|not_sent|rate)"/);
});
