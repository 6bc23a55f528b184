// What our page sends: copies of its voice while its own line loses, and no size of its picture that nobody looks at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, inRoom, launch, open } from '../lib/chromium.js';
import { Relay } from '../lib/relay.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

/** The payload type of copies in the gateway's answer. */
const RED = 63;

let server, browsers, pages, relay, doctor, listener;

before(async () => {
  [server, pages, ...browsers] = await Promise.all([Server.start('uplink'), host(), launch('doctor'), launch('teacher')]);
  relay = await Relay.start(server);
  doctor = await open(browsers[0], { turn: false, first: relay.first });
  await doctor.goto(`${server.url}/#/room/uplink?token=${server.token('uplink', 'doctor', '--publish', '--subscribe')}`);
  await inRoom(doctor);
  await at(doctor, 'room-camera').click();
  await at(doctor, 'room-mute').click();
  listener = await stock(browsers[1], pages.url, server, server.token('uplink', 'listener', '--subscribe'), { publish: false, turn: false });
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await relay?.close();
  await pages?.close();
  await server?.close();
});

/** Pictures that the page encoded so far, by width, and packets of sound that it sent. */
const sent = () =>
  doctor.evaluate(async () => {
    const sums = { pictures: {}, sound: 0 };
    for (const connection of window.keptConnections) {
      for (const it of (await connection.getStats()).values()) {
        if (it.type !== 'outbound-rtp') continue;
        if (it.kind === 'audio') sums.sound += it.packetsSent;
        else sums.pictures[it.rid] = it.framesEncoded;
      }
    }
    return sums;
  });

/** Waits until so many more packets of sound were sent, and tells what else was meanwhile. */
async function meanwhile(packets) {
  const began = await sent();
  const copies = relay.passed.up.get(RED) ?? 0;
  const ended = await until(`${packets} packets of sound more`, async () => {
    const it = await sent();
    return it.sound >= began.sound + packets && it;
  });
  const more = (rid) => (ended.pictures[rid] ?? 0) - (began.pictures[rid] ?? 0);
  return { small: more('q'), large: more('h'), copies: (relay.passed.up.get(RED) ?? 0) - copies };
}

test('both sizes of the picture are sent to who looks, and only the small one to who wants no more', async () => {
  await until('both sizes are sent', async () => {
    const { small, large } = await meanwhile(30);
    return small > 5 && large > 5;
  });
  const wants = (quality) => listener.evaluate((it) => {
    for (const track of room.remoteParticipants.get('doctor').videoTrackPublications.values()) track.setVideoQuality(it);
  }, quality);
  await wants(0);
  await until('the small one alone is sent', async () => {
    const { small, large } = await meanwhile(30);
    return small > 5 && large === 0;
  });
  await wants(2);
  await until('both are sent again', async () => {
    const { small, large } = await meanwhile(30);
    return small > 5 && large > 5;
  });
});

test('the voice goes with copies while the way up loses, for which nothing is said to the gateway', async () => {
  assert.equal((await meanwhile(30)).copies, 0, 'a good line pays for none');
  const offers = await doctor.evaluate(() => {
    window.offers = 0;
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (text) {
      if (String(text).includes('"offer"')) window.offers += 1;
      return send.call(this, text);
    };
    return window.offers;
  });
  relay.loses({ up: 8 });
  await until('copies are sent', async () => (await meanwhile(17)).copies > 10);
  await until('the gateway takes what was lost from them', async () => {
    const metrics = await (await fetch(server.metrics)).text();
    return Number(/^gateway_sound_recovered_total\S* (\d+)/m.exec(metrics)?.[1]) > 5;
  });
  assert.equal(await doctor.evaluate(() => window.offers), offers);
  relay.loses({});
});
