// Sound on poor lines: copies for those who lose, errors that the codec mends, silence that costs next to nothing.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch } from '../lib/chromium.js';
import { Relay } from '../lib/relay.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

/** Payload types of the gateway's offers and of Chromium's. */
const [OPUS, RED] = [111, 63];

let server, browser, pages, relays;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('voice'), launch('teacher'), host()]);
  relays = await Promise.all([1, 2, 3].map(() => Relay.start(server)));
});
after(async () => {
  await browser?.close();
  await Promise.all((relays ?? []).map((it) => it.close()));
  await pages?.close();
  await server?.close();
});

/** A stock client behind a relay, with a microphone of these publishing options if it has some. */
async function join(room, identity, relay, voice) {
  const options = { publish: false, first: relay.first, turn: false };
  const page = await stock(browser, pages.url, server, server.token(room, identity), options);
  if (voice) await page.evaluate((given) => room.localParticipant.setMicrophoneEnabled(true, {}, given), voice);
  return page;
}

/** What the receiver of somebody's voice counts. */
const voice = (page, identity) => page.evaluate((from) => arrived(from, 'microphone'), identity);

const passed = (relay, way, type) => relay.passed[way].get(type) ?? 0;

/** Waits for so many more packets of a voice, and tells what has changed meanwhile. */
async function meanwhile(page, identity, packets) {
  const began = await voice(page, identity);
  const ended = await until(`${packets} packets more`, async () => {
    const it = await voice(page, identity);
    return it.packets >= began.packets + packets && it;
  });
  return Object.fromEntries(Object.entries(ended).map(([name, value]) => [name, value - began[name]]));
}

/** Every test has its own people, whatever became of those before. */
afterEach(async () => {
  relays?.forEach((it) => it.loses({}));
  await Promise.all(browser?.contexts().map((it) => it.close()) ?? []);
});

test('copies of sound go to the listener who loses, and to nobody else', async () => {
  const [way, good, poor] = relays;
  const speaker = await join('copies', 'speaker', way, { dtx: false });
  const listeners = await Promise.all([join('copies', 'good', good), join('copies', 'poor', poor)]);
  await Promise.all(listeners.map((page) => meanwhile(page, 'speaker', 50)));
  assert.ok(passed(way, 'up', RED) > 50, 'the speaker sends copies');
  assert.deepEqual([good, poor].map((it) => passed(it, 'down', RED)), [0, 0], 'while nobody loses, nobody pays for copies');
  poor.loses({ down: 10 });
  await until('copies come', () => passed(poor, 'down', RED) > 0);
  const [plain, copied] = await Promise.all(listeners.map((page) => meanwhile(page, 'speaker', 300)));
  console.log(`with copies: ${copied.lost} packets lost, ${copied.hidden} samples made up`);
  assert.equal(passed(good, 'down', RED), 0);
  assert.ok(plain.lost < copied.lost / 4, JSON.stringify([plain, copied]));
  assert.ok(copied.lost >= 20, JSON.stringify(copied));
  // Without its copy each of them is 960 samples that the listener has to make up.
  assert.ok(copied.hidden < copied.lost * 240, JSON.stringify(copied));
});

test('a listener who loses gets copies of a voice that is sent without', async () => {
  const [way, good, poor] = relays;
  const speaker = await join('made', 'speaker', way, { red: false, dtx: false });
  const [, listener] = await Promise.all([join('made', 'good', good), join('made', 'poor', poor)]);
  await meanwhile(listener, 'speaker', 50);
  const before = [passed(way, 'up', RED), passed(good, 'down', RED)];
  poor.loses({ down: 5 });
  await until('copies come', () => passed(poor, 'down', RED) > 50);
  const copied = await meanwhile(listener, 'speaker', 300);
  console.log(`copies of the gateway's: ${copied.lost} packets lost, ${copied.hidden} samples made up`);
  assert.deepEqual([passed(way, 'up', RED), passed(good, 'down', RED)], before, 'the speaker sends none, and who loses nothing gets none');
  assert.ok(copied.lost >= 40, JSON.stringify(copied));
  assert.ok(copied.hidden < copied.lost * 240, JSON.stringify(copied));
});

/** One of five was lost on the way up, and next to nothing of it is missing here: a lost packet is 960 samples. */
const whole = ({ recovered, lost, hidden }) => recovered >= 40 && lost <= 3 && hidden < recovered * 240;

test("what a speaker's line loses comes from its own copies", async () => {
  const [way, good] = relays;
  await join('found', 'speaker', way, { dtx: false });
  const listener = await join('found', 'listener', good);
  await meanwhile(listener, 'speaker', 50);
  const before = passed(good, 'down', RED);
  way.loses({ up: 5 });
  // A machine that stands still for a moment makes the listener make up sound as well: one of eight windows has to be whole.
  const windows = [];
  do {
    const began = await server.counted('gateway_sound_recovered_total');
    const found = await meanwhile(listener, 'speaker', 300);
    windows.push({ recovered: (await server.counted('gateway_sound_recovered_total')) - began, ...found });
    console.log(`the speaker's copies: ${JSON.stringify(windows.at(-1))}`);
  } while (!whole(windows.at(-1)) && windows.length < 8);
  assert.ok(whole(windows.at(-1)), JSON.stringify(windows));
  assert.equal(passed(good, 'down', RED), before, 'the listener loses nothing');
});

test('in-band error correction passes through to the listener', async () => {
  const [way, good] = relays;
  const speaker = await join('mending', 'speaker', way, { red: false, dtx: false });
  const listener = await join('mending', 'listener', good);
  const [before, copies] = [passed(way, 'up', RED), passed(good, 'down', RED)];
  way.loses({ up: 10 });
  const mended = await until('a loss is mended by what came after it', async () => {
    const it = await voice(listener, 'speaker');
    return it.mended > 20 && it;
  });
  console.log(`in-band: lost ${mended.lost}, mended ${mended.mended}`);
  assert.equal(passed(way, 'up', RED), before, 'the speaker was told to send no copies');
  assert.equal(passed(good, 'down', RED), copies, 'what never came is not lost on the way to the listener');
});

test('silence costs next to nothing, is no loss, and ends with the first word', async () => {
  const [way, good] = relays;
  const speaker = await join('silence', 'speaker', way, { red: false });
  const listener = await join('silence', 'listener', good);
  await meanwhile(listener, 'speaker', 50);
  await speaker.evaluate(() => {
    room.localParticipant.getTrackPublication('microphone').track.mediaStreamTrack.enabled = false;
  });
  const rate = async () => {
    const [began, count] = [Date.now(), passed(good, 'down', OPUS)];
    await meanwhile(listener, 'speaker', 5);
    return ((passed(good, 'down', OPUS) - count) * 1000) / (Date.now() - began);
  };
  const quiet = await until('the speaker falls silent', async () => {
    const packets_per_s = await rate();
    return packets_per_s < 10 && packets_per_s;
  });
  const before = await voice(listener, 'speaker');
  await meanwhile(listener, 'speaker', 15);
  const silent = await voice(listener, 'speaker');
  console.log(`silence: ${quiet.toFixed(1)} packets a second of 50`);
  assert.ok(silent.lost - before.lost <= 2, 'packets that were never sent are not lost');
  const quality = () => listener.evaluate(() => room.remoteParticipants.get('speaker').connectionQuality);
  const judged = await until('the line was judged', async () => ((await quality()) === 'unknown' ? null : quality()));
  assert.ok(['excellent', 'good'].includes(judged), judged);
  await speaker.evaluate(() => {
    room.localParticipant.getTrackPublication('microphone').track.mediaStreamTrack.enabled = true;
  });
  await until('the voice is heard again', async () => (await voice(listener, 'speaker')).energy > silent.energy + 0.002);
});
