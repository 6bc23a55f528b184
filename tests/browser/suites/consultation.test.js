// A booked consultation: specialist and village doctor, each in a browser of their own with a voice of their own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, comesBy, direct, enter, heard, inRoom, launch, open, picture, seesAndHears } from '../lib/chromium.js';
import { listed, playsBothForms, recordings, voiceIn } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { lasted, pause, until } from '../lib/wait.js';

let server, browsers, specialist, doctor, began;

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('consultation'), launch('specialist'), launch('doctor')]);
  [specialist, doctor] = await Promise.all(browsers.map((browser) => open(browser)));
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

test('both come in by their links and see and hear each other', async () => {
  await Promise.all([
    enter(specialist, server.people['dr-wang'].home),
    enter(doctor, server.people['dr-li'].home),
  ]);
  began = Date.now();
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await Promise.all([comesBy(specialist, 'the specialist', direct), comesBy(doctor, 'the doctor', direct)]);
  await at(doctor, 'remote-audio').waitFor({ state: 'attached' });
});

test('the picture is the other person and moves', async () => {
  const first = await until('the doctor sees the specialist', () => picture(doctor, 'dr-wang'));
  const [red, green, blue] = first.corner;
  assert.ok(blue > red + 40 && blue > green, `the specialist sits before blue, not ${first.corner}`);
  await until('the picture moves', async () => (await picture(doctor, 'dr-wang')).time > first.time + 0.5);
  const other = await until('the specialist sees the doctor', () => picture(specialist, 'dr-li'));
  assert.ok(other.corner[1] > other.corner[0] + 40, `the doctor sits before green, not ${other.corner}`);
});

test('chat goes both ways', async () => {
  for (const [from, to, text] of [
    [specialist, doctor, '请把心电图发给我。'],
    [doctor, specialist, '好的,马上发。<b>谢谢</b>'],
  ]) {
    await at(from, 'chat-input').fill(text);
    await at(from, 'chat-send').click();
    await at(to, 'chat-message').filter({ hasText: text }).waitFor();
    await at(from, 'chat-message').filter({ hasText: text }).waitFor();
  }
});

test('mute is silence at the other side, and unmute is speech again', async () => {
  await at(doctor, 'room-mute').click();
  // Longer than any pause of the speech, so that silence is no accident.
  await until(
    'four seconds of silence',
    async () => {
      const { energy } = await heard(specialist);
      await pause(4000);
      return (await heard(specialist)).energy - energy < 1e-5;
    },
  );
  await at(doctor, 'room-mute').click();
  await seesAndHears(specialist, 'the specialist', { frames: 10 });
});

test('a reload comes back in by itself', async () => {
  await doctor.reload();
  await inRoom(doctor);
  await Promise.all([seesAndHears(doctor, 'the doctor'), seesAndHears(specialist, 'the specialist')]);
  await until('the doctor is there once', async () => (await at(specialist, 'remote-video').count()) === 1);
});

test('leaving is seen, and nothing went wrong on either page', async () => {
  await lasted(began, 24);
  await at(doctor, 'room-leave').click();
  await until('the specialist is alone', async () => (await at(specialist, 'remote-video').count()) === 0);
  await at(specialist, 'room-leave').click();
  assert.deepEqual([specialist.faults, doctor.faults], [[], []]);
});

test('the replay lists it and plays voice and picture, with seek, in the browser', async () => {
  const [recording] = await recordings(server, 'dr-wang');
  assert.equal(recording.kind, 'consultation');
  assert.ok(recording.durationMs > 15_000, `${recording.durationMs} ms`);
  await playsBothForms(specialist, server.people['dr-wang'].home, recording);
});

test('the recorded voices are what the two of them said', async () => {
  const [recording] = await recordings(server, 'dr-wang');
  for (const form of ['light', 'full']) {
    const { voice, other, seconds } = await voiceIn(server, 'dr-wang', recording, form, ['specialist', 'doctor'], 'teacher');
    console.log(`${form}: likeness ${voice.toFixed(2)}, a stranger's ${other.toFixed(2)}`);
    assert.ok(voice > 0.5 && voice > other + 0.1, `${form}: like theirs ${voice}, like a stranger's ${other}`);
    assert.ok(Math.abs(seconds * 1000 - recording.durationMs) < 1500, `${form}: ${seconds} s`);
  }
});

test('a consultation is hidden from those who did not take part', async () => {
  assert.equal((await listed(server, 'reader')).filter((it) => it.kind === 'consultation').length, 0);
  const [recording] = await recordings(server, 'dr-wang');
  assert.equal((await server.ask('reader', `/api/v1/recordings/${recording.id}/ticket`, { method: 'POST' })).status, 403);
  const { url } = recording.forms[0];
  assert.equal((await server.ask('reader', url)).status, 401, 'who somebody is opens nothing at the recorder');
  assert.equal((await fetch(server.url + url)).status, 401);
});
