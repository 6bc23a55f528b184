// How large a picture reaches a person on a good line: as large as the other side sends it, whoever came first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, picture, seesAndHears } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

/** What our page's camera sends, in pixels. */
const SENT = 640;

let server, browsers, specialist, doctor;

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('picture-size'), launch('specialist'), launch('doctor')]);
  [specialist, doctor] = await Promise.all(browsers.map((browser) => open(browser)));
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
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
