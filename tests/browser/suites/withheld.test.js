// What a person sees when the gateway pauses a picture because a line is thin: which one, why, and that it is over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DataPacket_Kind, RoomServiceClient } from 'livekit-server-sdk';
import { at, enter, heard, launch, open, seesAndHears } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { dispose, Native } from '../lib/native.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let line, server, service, browsers, specialist, doctor, room, camera;

before(async () => {
  line = await Line.start();
  [server, ...browsers] = await Promise.all([
    Server.start('withheld', { env: line.advertised }),
    launch('specialist'),
    launch('doctor'),
  ]);
  await line.leadsTo(server.media);
  service = new RoomServiceClient(server.url, server.key.name, server.key.secret);
  [specialist, doctor] = await Promise.all(browsers.map((browser) => open(browser, { turn: false })));
  await Promise.all([
    enter(specialist, server.people['dr-wang'].home),
    enter(doctor, server.people['dr-li'].home),
  ]);
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  [{ name: room }] = await service.listRooms();
  const { tracks } = await service.getParticipant(room, 'dr-wang');
  camera = tracks.find((track) => track.width > 0)?.sid;
  assert.ok(camera, 'the specialist sends a picture');
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close().catch(() => undefined)));
  await server?.close();
  await line?.close();
  await dispose();
});

/** The gateway's word to the doctor's page, as the signalling core writes it. */
async function say(state, side) {
  const streams = [{ track: camera, state, reason: side && 'line', side }];
  const data = new TextEncoder().encode(JSON.stringify({ streams }));
  await service.sendData(room, data, DataPacket_Kind.RELIABLE, { topic: 'line', destinationIdentities: ['dr-li'] });
}

const sign = (page) => at(page, 'picture-withheld');

test('a paused picture says whose line it is, and that sound goes on', async () => {
  assert.equal(await sign(doctor).count(), 0);
  await say('paused', 'yours');
  await sign(doctor).and(doctor.locator('[data-state="paused"]')).waitFor();
  assert.equal(await sign(doctor).innerText(), '画面已暂停：您这边的网络太慢，声音继续。');
  assert.ok(await doctor.getByTestId('remote-video').first().isVisible(), 'the last picture stays under it');
  assert.equal(await sign(specialist).count(), 0, 'it is the doctor\'s line');
  await say('paused', 'theirs');
  await until('it is the other line', async () => /那边的网络太慢/.test(await sign(doctor).innerText()));
});

test('a smaller picture says so, and a whole one says nothing', async () => {
  await say('smaller', 'yours');
  await sign(doctor).and(doctor.locator('[data-state="smaller"]')).waitFor();
  await say('whole', null);
  await until('nothing is said', async () => (await sign(doctor).count()) === 0);
});

test('nobody but the gateway can say it', async () => {
  const other = await Native.join(server, server.token(room, 'other'));
  await other.say('line', JSON.stringify({ streams: [{ track: camera, state: 'paused', reason: 'line', side: 'yours' }] }));
  await other.say('chat', JSON.stringify({ id: 'after', text: '在吗', at: Date.now() }));
  await doctor.locator('[data-testid="chat-message"][data-identity="other"]').waitFor();
  assert.equal(await sign(doctor).count(), 0);
  await other.leave();
});

test('a line that is too thin pauses the picture, says so, and brings it back when it is better', async () => {
  await line.becomes({ down: 'rate=64k,delay=50ms,queue=400ms', up: 'delay=50ms' });
  const began = Date.now();
  await sign(doctor).and(doctor.locator('[data-state="paused"]')).waitFor({ timeout: 60_000 });
  console.log(`paused and said so after ${Date.now() - began} ms`);
  assert.match(await sign(doctor).innerText(), /您这边的网络太慢/);
  const before = await heard(doctor);
  await until('sound goes on', async () => (await heard(doctor)).energy > before.energy);
  await line.becomes({ down: 'delay=20ms', up: 'delay=20ms' });
  const better = Date.now();
  await until('nothing is paused', async () => (await doctor.locator('[data-testid="picture-withheld"][data-state="paused"]').count()) === 0);
  console.log(`back after ${Date.now() - better} ms`);
  await seesAndHears(doctor, 'the doctor on the good line', { frames: 20 });
});
