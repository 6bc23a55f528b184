// Devices that speak WHIP and WHEP beside stock LiveKit clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { heard, launch, seesAndHears } from '../lib/chromium.js';
import { device, host } from '../lib/device.js';
import { GstDevice } from '../lib/gstreamer.js';
import { Server } from '../lib/server.js';
import { host as hostStock, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

let server, browser, pages, stockPages;

before(async () => {
  [server, browser, pages, stockPages] = await Promise.all([
    Server.start('whip'),
    launch('doctor'),
    host(),
    hostStock(),
  ]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await stockPages?.close();
  await server?.close();
});

const publisher = (room, who) => device(browser, pages, server, 'publish', room, server.token(room, who));
const watcher = (room, who) => device(browser, pages, server, 'watch', room, server.token(room, who));

test('a page publishes by WHIP; a WHEP page and a stock client see and hear it', async () => {
  const camera = await publisher('one', 'camera');
  const screen = await watcher('one', 'screen');
  const client = await stock(browser, stockPages.url, server, server.token('one', 'client'), { publish: false });
  await Promise.all([seesAndHears(screen, 'the WHEP page'), seesAndHears(client, 'the stock client')]);
  const [other, watching] = (await client.evaluate(() => others())).sort();
  assert.equal(other, 'camera');
  assert.match(watching, /^screen\|watch-/, 'a screen is seen as well');
  assert.equal(await camera.evaluate(() => trickle()), 204);

  for (const page of [camera, screen]) {
    assert.deepEqual(await page.evaluate(() => restart()), [200, true]);
    await seesAndHears(screen, 'the WHEP page after an ICE restart');
  }

  assert.equal(await screen.evaluate(() => end()), 200);
  assert.equal(await camera.evaluate(() => end()), 200);
  await until('the client is told', () => client.evaluate(() => told.left.includes('camera')));
  assert.deepEqual([...camera.faults, ...screen.faults], []);
  await Promise.all([camera, screen, client].map((page) => page.context().close()));
});

test('devices that wait for the handshake, and H.264 in single packets, are seen and heard', async () => {
  const room = 'as-they-come';
  const ways = { waits: true, codec: 'packetization-mode=0' };
  const camera = await device(browser, pages, server, 'publish', room, server.token(room, 'camera'), ways);
  const screen = await device(browser, pages, server, 'watch', room, server.token(room, 'screen'), { waits: true });
  const client = await stock(browser, stockPages.url, server, server.token(room, 'client'), { publish: false });
  await Promise.all([seesAndHears(screen, 'the WHEP page'), seesAndHears(client, 'the stock client')]);
  for (const page of [camera, screen]) {
    const sdp = await page.evaluate(() => connection.remoteDescription.sdp);
    assert.ok(sdp.includes('a=setup:active') && sdp.includes('H264'), sdp);
  }
  assert.deepEqual([...camera.faults, ...screen.faults], []);
  await Promise.all([camera, screen, client].map((page) => page.context().close()));
});

// Of three layers Chromium sends the two larger ones of a picture of this size.
for (const rids of [['0', '1', '2'], ['q', 'h'], ['lo', 'hi']]) {
  test(`layers that are called ${rids.join(', ')} from the largest down are ordered by their size`, async () => {
    const room = `layers-${rids.join('')}`;
    const encodings = rids.map((rid, place) => ({ rid, scaleResolutionDownBy: 2 ** place }));
    const camera = await device(browser, pages, server, 'publish', room, server.token(room, 'camera'), { encodings });
    const client = await stock(browser, stockPages.url, server, server.token(room, 'client'), { publish: false });
    await until('the camera is there', () => client.evaluate(() => Boolean(track('camera', 'camera'))));
    for (const [quality, width] of [[0, 320], [2, 640], [0, 320]]) {
      await client.evaluate((it) => room.remoteParticipants.get('camera').getTrackPublication('camera').setVideoQuality(it), quality);
      await until(`${width} pixels come`, async () => (await client.evaluate(() => arrived('camera', 'camera'))).width === width);
    }
    await Promise.all([camera, client].map((page) => page.context().close()));
  });
}

for (const codec of ['VP8', 'H264']) {
  test(`GStreamer publishes ${codec} by WHIP; a WHEP page and a stock client see and hear it`, async () => {
    const room = `gstreamer-${codec}`;
    const camera = new GstDevice(`${server.url}/whip/${room}`, server.token(room, 'camera'), codec);
    await until('the session is there', () => camera.statuses('POST').length === 1);
    const screen = await watcher(room, 'screen');
    const client = await stock(browser, stockPages.url, server, server.token(room, 'client'), { publish: false });
    await Promise.all([seesAndHears(screen, 'the WHEP page'), seesAndHears(client, 'the stock client')]);
    assert.equal(await camera.stop(), 0);
    await until('the client is told', () => client.evaluate(() => told.left.includes('camera')));
    assert.deepEqual([camera.statuses('POST'), camera.statuses('DELETE')], [[201], [200]]);
    assert.ok(camera.statuses('PATCH').every((it) => it === 204) && camera.statuses('PATCH').length > 0);
    await Promise.all([screen, client].map((page) => page.context().close()));
  });
}

test('a WHEP page that waits sees one publisher after another, by either protocol', async () => {
  const screen = await watcher('many', 'screen');
  const first = await publisher('many', 'first');
  // Long enough that a stream which began its numbers anew would be taken for a replay for longer than we wait below.
  const began = Date.now();
  await seesAndHears(screen, 'the screen of the first', { frames: 300 });
  const within = 0.7 * (Date.now() - began);
  const second = await stock(browser, stockPages.url, server, server.token('many', 'second'));
  assert.equal(await first.evaluate(() => end()), 200);
  await seesAndHears(screen, 'the screen of the second', { within });
  await second.evaluate(() => room.disconnect());
  const third = await publisher('many', 'third');
  const got = await seesAndHears(screen, 'the screen of the third');
  assert.ok(got.frames > 0);
  const all = await heard(screen);
  assert.deepEqual([all.voices, all.pictures], [1, 1], 'one stream of each kind all the time');
  assert.deepEqual(screen.faults, []);
  await Promise.all([screen, first, second, third].map((page) => page.context().close()));
});
