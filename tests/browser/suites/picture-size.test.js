// How large a picture reaches a person on a good line: as large as the other side sends it, whoever came first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, picture, seesAndHears } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { pause, until } from '../lib/wait.js';

/** What our page's camera sends, in pixels. */
const SENT = 640;

let server, browsers, pages, specialist, doctor;

before(async () => {
  [server, pages, ...browsers] = await Promise.all([Server.start('picture-size'), host(), launch('specialist'), launch('doctor')]);
  [specialist, doctor] = await Promise.all(browsers.map((browser) => open(browser)));
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await pages?.close();
  await server?.close();
});

/** Waits until the page has the whole picture of the other one. */
const whole = (page, who, other) =>
  until(`${who} sees ${SENT} pixels`, async () => {
    const width = (await picture(page, other))?.width;
    return width === SENT || Promise.reject(new Error(`${width}`));
  });

test('who comes second sees what the first sends, and the other way round', async () => {
  await enter(specialist, server.people['dr-wang'].home);
  await enter(doctor, server.people['dr-li'].home);
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await Promise.all([whole(doctor, 'the doctor', 'dr-wang'), whole(specialist, 'the specialist', 'dr-li')]);
});

test('saving data and taking it back gives the whole picture again', async () => {
  await at(doctor, 'room-saver').click();
  await until('the picture is gone', async () => (await at(doctor, 'remote-video').count()) === 0);
  await at(doctor, 'room-saver').click();
  // What is shown at first may be a frame from before.
  await seesAndHears(doctor, 'the doctor');
  await whole(doctor, 'the doctor', 'dr-wang');
  await whole(specialist, 'the specialist', 'dr-li');
  assert.deepEqual([specialist.faults, doctor.faults], [[], []]);
});

test('a stock client that asks for fewer pictures a second is sent fewer, in the same size, and the others all', async () => {
  const room = 'rate';
  await stock(browsers[0], pages.url, server, server.token(room, 'publisher'), { turn: false });
  const join = (name) => stock(browsers[1], pages.url, server, server.token(room, name, '--subscribe'), { publish: false, turn: false });
  const [slow, quick] = [await join('slow'), await join('quick')];
  const seen = (page) => page.evaluate(() => arrived('publisher', 'camera'));
  const rates = async () => {
    const began = [await seen(slow), await seen(quick)];
    await pause(4000);
    const ended = [await seen(slow), await seen(quick)];
    return ended.map((it, place) => ({ fps: (it.frames - began[place].frames) / 4, width: it.width }));
  };
  const become = (what, fits) =>
    until(what, async () => {
      const found = await rates();
      return (fits(...found) && found) || Promise.reject(new Error(JSON.stringify(found)));
    });
  await become('both see it in full', (one, other) => one.fps > 14 && other.fps > 14 && one.width === 640 && other.width === 640);
  const ask = (fps) => slow.evaluate((it) => room.remoteParticipants.get('publisher').getTrackPublication('camera').setVideoFPS(it), fps);
  await ask(10);
  const [slowly] = await become('one sees half of it', (one, other) => one.fps > 4 && one.fps < 12 && other.fps > 14);
  console.log(`${slowly.fps} pictures a second of ${slowly.width} pixels`);
  assert.equal(slowly.width, 640);
  await ask(30);
  await become('all of it again', (one) => one.fps > 14 && one.width === 640);
});
