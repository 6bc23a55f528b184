// Microphones and cameras that come off, fall silent or are plugged in during a call: the person is told, the next one
// is taken, and the others see what is gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, browsers, specialist, doctor;

/** The browser's edge: which devices it lists and opens, and the tracks that it gave. */
const edge = `(() => {
  const devices = navigator.mediaDevices;
  const [list, get] = [devices.enumerateDevices.bind(devices), devices.getUserMedia.bind(devices)];
  window.edge = { hidden: () => false, refuse: {}, last: {}, listed: 0 };
  devices.enumerateDevices = async () => {
    const all = (await list()).filter((it) => !window.edge.hidden(it));
    window.edge.listed += 1;
    return all;
  };
  devices.getUserMedia = async (wanted) => {
    const kind = wanted.audio ? 'audio' : 'video';
    if (window.edge.refuse[kind]) throw new DOMException('by the test', window.edge.refuse[kind]);
    const stream = await get(wanted);
    window.edge.last[kind] = stream.getTracks()[0];
    return stream;
  };
})();`;

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('devices'), launch('specialist'), launch('doctor')]);
  specialist = await open(browsers[0]);
  doctor = await open(browsers[1], { first: edge });
  await enter(specialist, server.people['dr-wang'].home);
  await enter(doctor, server.people['dr-li'].home);
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

const happens = (kind, event) =>
  doctor.evaluate(([of, what]) => window.edge.last[of].dispatchEvent(new Event(what)), [kind, event]);

/** Nothing of this kind is plugged in any more, or everything again. */
async function plugged(kind, there) {
  await doctor.evaluate(
    ([of, is]) => {
      window.edge.hidden = (it) => !is && it.kind === of + 'input';
      window.edge.refuse[of] = is ? undefined : 'NotFoundError';
    },
    [kind, there],
  );
}
const change = () => doctor.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));

async function told(device, why) {
  const began = Date.now();
  const alert = doctor.locator(`[data-testid="device-alert"][data-device="${device}"][data-why="${why}"]`);
  await alert.waitFor();
  console.log(`${device} ${why} after ${Date.now() - began} ms: ${(await alert.innerText()).trim()}`);
}
const untold = (device) =>
  until('nothing is said of it any more', async () => (await doctor.locator(`[data-testid="device-alert"][data-device="${device}"]`).count()) === 0);

/** Whether the specialist sees the doctor muted. */
const muted = (is) =>
  until(`the doctor is ${is ? '' : 'not '}shown as muted`, async () => ((await at(specialist, 'room-stage').locator('.muted').count()) > 0) === is);

test('the next microphone is taken when one is pulled out, and the person is told', async () => {
  const before = await doctor.evaluate(() => window.edge.last.audio.getSettings().deviceId);
  await happens('audio', 'ended');
  await told('microphone', 'switched');
  assert.notEqual(await doctor.evaluate(() => window.edge.last.audio.getSettings().deviceId), before);
  await muted(false);
  await seesAndHears(specialist, 'the specialist', { frames: 20 });
});

test('without another one the person is told, the others see it, and the one that comes is taken', async () => {
  await plugged('audio', false);
  await happens('audio', 'ended');
  await told('microphone', 'gone');
  await muted(true);
  await plugged('audio', true);
  await change();
  await told('microphone', 'taken');
  await muted(false);
  await seesAndHears(specialist, 'the specialist', { frames: 20 });
});

test('a permission that is withdrawn is told as that', async () => {
  await doctor.evaluate(() => (window.edge.refuse.audio = 'NotAllowedError'));
  await happens('audio', 'ended');
  await told('microphone', 'refused');
  await muted(true);
  await doctor.evaluate(() => (window.edge.refuse.audio = undefined));
  await at(doctor, 'room-mute').click();
  await untold('microphone');
  await muted(false);
});

test('a microphone that the system mutes is told on both sides until it is back', async () => {
  await happens('audio', 'mute');
  await told('microphone', 'silenced');
  await muted(true);
  await happens('audio', 'unmute');
  await untold('microphone');
  await muted(false);
});

test('another microphone that is plugged in is offered', async () => {
  const used = () => doctor.evaluate(() => window.edge.last.audio.getSettings().deviceId);
  const before = await used();
  const listed = await doctor.evaluate((now) => {
    window.edge.hidden = (it) => it.kind === 'audioinput' && it.deviceId !== now;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    return window.edge.listed;
  }, before);
  await until('the page has looked', () => doctor.evaluate((then) => window.edge.listed > then, listed));
  await untold('microphone');
  await plugged('audio', true);
  await change();
  await told('microphone', 'plugged');
  assert.equal(await used(), before, 'the one in use goes on');
  await at(doctor, 'device-use').click();
  await untold('microphone');
  await until('another one is in use', async () => (await used()) !== before);
});

test('a camera that comes off is told, the others see no picture, and it is taken again', async () => {
  await plugged('video', false);
  await happens('video', 'ended');
  await told('camera', 'gone');
  await until('the picture is gone', async () => (await at(specialist, 'remote-video').count()) === 0);
  await plugged('video', true);
  await change();
  await told('camera', 'taken');
  await seesAndHears(specialist, 'the specialist', { frames: 20 });
  await happens('video', 'mute');
  await told('camera', 'silenced');
  await until('the picture is gone', async () => (await at(specialist, 'remote-video').count()) === 0);
  await happens('video', 'unmute');
  await untold('camera');
  await seesAndHears(specialist, 'the specialist', { frames: 20 });
  assert.deepEqual([specialist.faults, doctor.faults], [[], []]);
});
