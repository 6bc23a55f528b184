// A consultation on a thin line: everybody comes by a relay that stands before the media port, and shares its line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { heard, inRoom, launch, open, seesAndHears, ways } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { claims, sign } from '../lib/token.js';
import { pause, until } from '../lib/wait.js';

/** Up it is only far away: the publisher is in the same place. */
const THIN = { down: 'rate=600k,delay=75ms,loss=5%,queue=400ms', up: 'delay=75ms' };
const BITS_PER_S = 600_000;
/** How long what is sent is looked at, seconds. */
const LOOK = 15;
/** Two layers that fill a thin line more than twice. */
const camera = {
  videoCodec: 'vp8',
  simulcast: true,
  videoEncoding: { maxBitrate: 1_200_000, maxFramerate: 20 },
  layers: [{ width: 320, height: 180, encoding: { maxBitrate: 150_000, maxFramerate: 20 } }],
};

let line, server, browsers, pages;

before(async () => {
  line = await Line.start();
  [server, pages, ...browsers] = await Promise.all([
    Server.start('thin-line', { env: line.advertised }),
    host(),
    launch('teacher'),
    launch('doctor'),
  ]);
  await line.leadsTo(server.media);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await pages?.close();
  await server?.close();
  await line?.close();
});

/** A page of ours that only listens, of that site. */
async function listener(room, identity, site) {
  const page = await open(browsers[1], { turn: false });
  const more = { attributes: site ? { site } : {}, video: { room, roomJoin: true, canPublish: false, canSubscribe: true } };
  const token = sign(claims(server.key, room, identity, more), server.key.secret);
  await page.goto(`${server.url}/#/room/${room}?token=${token}`);
  await inRoom(page);
  return page;
}

/** What two moments of a page or a relay differ by. */
const between = (a, b) => Object.fromEntries(Object.keys(a).map((name) => [name, b[name] - a[name]]));

test('behind a line of 600 kbit/s with 5 % loss sound goes on for all of one site, and all of it came by that line', async () => {
  const publisher = await stock(browsers[0], pages.url, server, server.token('thin', 'publisher'), { camera, turn: false });
  const listeners = [await listener('thin', 'one'), await listener('thin', 'other')];
  for (const page of listeners) await seesAndHears(page, 'a listener on the good line', { frames: 20 });
  await line.becomes(THIN);
  // The queue and the buffers of the good line empty.
  await pause(2000);
  const began = { line: await line.counts(), heard: await Promise.all(listeners.map(heard)) };
  await pause(LOOK * 1000);
  const ended = { line: await line.counts(), heard: await Promise.all(listeners.map(heard)) };

  const down = between(began.line.down, ended.line.down);
  const most = BITS_PER_S * LOOK * 1.25 / 8;
  assert.ok(down.delivered_bytes < most, `${down.delivered_bytes} bytes came down, at most ${most} fit`);
  for (const [place, page] of listeners.entries()) {
    const { samples, concealed, packets } = between(began.heard[place], ended.heard[place]);
    assert.ok(packets > 0 && packets <= down.delivered, `${packets} packets, ${down.delivered} passed the relay`);
    assert.ok(samples > 0 && concealed < samples / 2, `${concealed} of ${samples} samples were made up`);
    const found = await ways(page);
    assert.ok(found.length > 0 && found.every((it) => it.protocol === 'udp' && it.port === line.port), JSON.stringify(found));
  }
  await line.becomes({ down: 'delay=5ms', up: 'delay=5ms' });
  for (const page of [...listeners]) await seesAndHears(page, 'a listener once the line is good again', { frames: 20 });
  assert.deepEqual(publisher.faults, []);
});

test('two devices of one clinic share its line: both hear, and there is a picture', async () => {
  const room = 'clinic';
  const publisher = await stock(browsers[0], pages.url, server, server.token(room, 'publisher'), { camera, turn: false });
  const devices = await Promise.all(['tablet', 'computer'].map((identity) => listener(room, identity, 'clinic')));
  for (const page of devices) await seesAndHears(page, 'a device on the good line', { frames: 20 });
  await line.becomes({ ...THIN, down: 'rate=800k,delay=75ms,loss=5%,queue=400ms' });
  // It takes a while until it is known what the line carries for both.
  const counted = await until(
    'both hear, and there is a picture',
    async () => {
      const began = await Promise.all(devices.map(heard));
      await pause(5000);
      const ended = await Promise.all(devices.map(heard));
      const window = began.map((before, place) => between(before, ended[place]));
      const frames = window.reduce((sum, it) => sum + it.frames, 0);
      const whole = window.every(({ samples, concealed }) => concealed < samples / 10);
      return (whole && frames >= 20 && window) || Promise.reject(new Error(JSON.stringify(window)));
    },
    { within: 120_000 },
  );
  console.log(`two devices on 800 kbit/s: ${counted.map((it) => `${it.frames} pictures, ${it.concealed} of ${it.samples} made up`).join('; ')}`);
  assert.deepEqual(publisher.faults, []);
});
