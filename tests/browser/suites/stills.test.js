// Text and stills: a person sees a still of the other one now and then, and no picture and no sound come.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, heard, launch, open, seesAndHears } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

let line, server, pages, browsers, specialist, doctor, room;

before(async () => {
  line = await Line.start();
  [server, pages, ...browsers] = await Promise.all([Server.start('stills'), host(), launch('specialist'), launch('doctor')]);
  await line.leadsTo(server.media);
  [specialist, doctor] = await Promise.all([
    open(browsers[0], { turn: false }),
    open(browsers[1], { turn: false, first: line.first }),
  ]);
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  room = new URL(doctor.url()).hash.split('/')[2].split('?')[0];
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close().catch(() => undefined)));
  await pages?.close();
  await server?.close();
  await line?.close();
});

async function choose(mode) {
  await at(doctor, 'room-used').click();
  await at(doctor, `room-mode-${mode}`).click();
}

/** The still that the doctor sees of somebody: when it came, its bytes, its size and its middle; null without one. */
const still = (identity = 'dr-wang') =>
  doctor.evaluate(async (of) => {
    const image = document.querySelector(`[data-testid="still-picture"][data-identity="${of}"]`);
    if (!image) return null;
    await image.decode();
    const bytes = atob(image.src.split(',')[1]).length;
    return { at: Number(image.dataset.at), bytes, width: image.naturalWidth, src: image.src };
  }, identity);

/** The next still that is another one than this. */
const another = (than) => until('another still', async () => {
  const now = await still();
  return now && now.at !== than?.at && now;
});

test('in that mode stills of the other one come one after the other, and no picture and no sound', async () => {
  await choose('stills');
  const first = await another(null);
  assert.ok(first.width >= 160 && first.width <= 320, `${first.width} pixels wide`);
  const began = { heard: await heard(doctor), line: (await line.counts()).down };
  const stills = [first];
  for (let n = 0; n < 3; n += 1) stills.push(await another(stills.at(-1)));
  const ended = { heard: await heard(doctor), line: (await line.counts()).down };
  const apart = stills.slice(1).map((it, place) => it.at - stills[place].at);
  console.log(`stills of ${stills.map((it) => it.bytes)} bytes, ${apart} ms apart`);
  // The camera's film begins anew now and then.
  assert.ok(stills.slice(1).every((it, place) => it.src !== stills[place].src), 'each is another picture than the one before');
  assert.ok(stills.every((it) => it.bytes > 1000 && it.bytes <= 7500));
  assert.ok(apart.every((ms) => ms > 8000 && ms < 15_000), `${apart}`);
  assert.equal(ended.heard.packets - began.heard.packets, 0, 'no media came');
  const seconds = (stills.at(-1).at - first.at) / 1000;
  const kbps = ((ended.line.delivered_bytes - began.line.delivered_bytes) * 8) / 1000 / seconds;
  console.log(`${kbps.toFixed(1)} kbit/s came down in all`);
  assert.ok(kbps < 30, `${kbps} kbit/s`);
});

test('the page says how old a still is, in both languages', async () => {
  const seconds = async (words) => Number(words.exec(await at(doctor, 'still-age').innerText())?.[1]);
  const first = await seconds(/^(\d+) 秒前/);
  await until('it grows older', async () => (await seconds(/^(\d+) 秒前/)) > first);
  await at(doctor, 'room-lang-switch').click();
  await until('it is told in English', async () => (await seconds(/^Picture from (\d+) s ago/)) >= 0);
  await at(doctor, 'room-lang-switch').click();
});

test('stills are asked of no camera that is off, and end where the picture comes', async () => {
  await at(specialist, 'room-camera').click();
  const last = await still();
  const stale = Date.now();
  await until('the last one is too old to say anything', async () => (await still()) === null, { within: 60_000 });
  console.log(`gone ${Date.now() - stale} ms after the camera`);
  await at(specialist, 'room-camera').click();
  await another(last);
  await choose('full');
  await seesAndHears(doctor, 'the doctor');
  assert.equal(await at(doctor, 'still-picture').count(), 0);
  assert.deepEqual([specialist.faults, doctor.faults], [[], []]);
});

test('of a stock client there is none, and the page says that there is no picture', async () => {
  const theirs = await stock(browsers[0], pages.url, server, server.token(room, 'guest'));
  await until('the guest is there', async () => (await doctor.locator('[data-testid="room-person"][data-identity="guest"]').count()) === 1);
  await choose('stills');
  await another(null);
  assert.equal(await still('guest'), null);
  assert.deepEqual(await theirs.evaluate(() => told.data.filter((it) => it.topic === 'still')), []);
});
