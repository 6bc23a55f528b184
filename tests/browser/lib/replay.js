// Recordings: waiting for them, playing them, and comparing their voices with what was said.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from './chromium.js';
import { made, out } from './places.js';
import { likeness, samples, seconds } from './sound.js';
import { pause, until } from './wait.js';

/** The ticket that the scheduler gives to this person: for the list, or for one recording. */
export async function ticket(server, person, id) {
  const path = id ? `/api/v1/recordings/${id}/ticket` : '/api/v1/recordings';
  const { status, body } = await server.ask(person, path, { method: id ? 'POST' : 'GET' });
  return status === 200 ? body.ticket : Promise.reject(new Error(`${status} ${JSON.stringify(body)}`));
}

/** The list as this person is told it. */
export async function listed(server, person) {
  const { body } = await server.ask(await ticket(server, person), '/replay/recordings');
  return body.recordings;
}

/** The recordings that this person can play, with everything that is told of each, once there is one and none is under work. */
export async function recordings(server, person, { within = 180_000 } = {}) {
  const ready = await until(
    'a recording is ready',
    async () => {
      const list = await listed(server, person);
      const settled = list.every((it) => ['ready', 'failed'].includes(it.state));
      const found = list.filter((it) => it.state === 'ready');
      return settled && found.length > 0 ? found : Promise.reject(new Error(JSON.stringify(list).slice(0, 400)));
    },
    { within, every: 500 },
  );
  const one = async ({ id }) => (await server.ask(await ticket(server, person, id), `/replay/recordings/${id}`)).body;
  return Promise.all(ready.map(one));
}

/** From the library: the recording's length and megabytes are told, and voice and picture play with seek. */
export async function playsBothForms(page, home, recording) {
  await page.goto(home.replace('#/home', '#/replay'));
  const item = page.locator(`[data-testid="replay-item"][data-id="${recording.id}"]`);
  await item.waitFor();
  assert.match(await item.innerText(), /\d:\d\d[\s\S]*\d\s*MB/, 'duration and megabytes are told');
  await item.locator('[data-testid="replay-open"]').click();
  await at(page, 'replay-play-light').click();
  await playsThrough(page, 'replay-audio', recording.durationMs);
  await at(page, 'replay-play-full').click();
  await playsThrough(page, 'replay-video', recording.durationMs);
}

/** The element plays, knows its length, and goes on from where it is set. */
export async function playsThrough(page, id, durationMs) {
  const selector = `[data-testid="${id}"]`;
  await until(`${id} is there`, () => page.evaluate((it) => Boolean(document.querySelector(it)), selector));
  const state = () =>
    page.evaluate((name) => {
      const it = document.querySelector(name);
      const { totalVideoFrames } = it.getVideoPlaybackQuality?.() ?? {};
      return {
        time: it.currentTime,
        length: it.duration,
        ready: it.readyState,
        paused: it.paused,
        ended: it.ended,
        fault: it.error?.message,
        frames: totalVideoFrames,
        width: it.videoWidth,
      };
    }, selector);
  const so = (now, good) => (good ? now : Promise.reject(new Error(JSON.stringify(now))));
  await page.evaluate((name) => {
    const it = document.querySelector(name);
    // Without a loudspeaker Firefox plays into a stream or not at all.
    it.mozCaptureStream?.();
    return it.play();
  }, selector);
  await until(`${id} plays`, async () => {
    const now = await state();
    return so(now, now.time > 1 && now.ready >= 2);
  });
  const { length, fault } = await state();
  assert.equal(fault, undefined);
  assert.ok(Math.abs(length * 1000 - durationMs) < 1500, `${id} knows its length: ${length} s of ${durationMs} ms`);
  const middle = length * 0.6;
  await page.evaluate(
    ([it, time]) => {
      document.querySelector(it).currentTime = time;
    },
    [selector, middle],
  );
  await until(`${id} goes on after the seek`, async () => {
    const now = await state();
    return so(now, now.ready >= 2 && now.time > middle + 1 && now.time < middle + 15);
  });
  if (id === 'replay-video') {
    await until(`${id} shows pictures`, async () => {
      const now = await state();
      return so(now, now.frames > 10 && now.width > 0);
    });
  }
}

/** Fetches one form into out/. */
export async function download(server, person, recording, form) {
  const { url } = recording.forms.find((it) => it.form === form);
  const token = await ticket(server, person, recording.id);
  const answer = await fetch(new URL(url, server.url), { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, url);
  mkdirSync(out, { recursive: true });
  const path = join(out, `${recording.id}.${form}.webm`);
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return path;
}

/**
 * How alike the recorded sound is to what these people said: the median over windows of 8 s, one beginning every 4 s,
 * of the best likeness with any of them (in a mix, whoever dominates the window), and the same for somebody who was not
 * there. A recording without three windows says too little.
 */
export async function voiceIn(server, person, recording, form, speakers, stranger) {
  const sound = samples(await download(server, person, recording, form));
  const spoken = Object.fromEntries([...speakers, stranger].map((name) => [name, samples(`${made}/${name}.wav`)]));
  const windows = [];
  for (let from = 0; from + WINDOW <= sound.length; from += WINDOW / 2) windows.push(sound.subarray(from, from + WINDOW));
  assert.ok(windows.length >= 3, `${seconds(sound)} s are too short to know a voice`);
  const found = { voice: [], other: [] };
  for (const part of windows) {
    const value = (name) => likeness(part, spoken[name]).value;
    found.voice.push(Math.max(...speakers.map(value)));
    found.other.push(value(stranger));
    // Sockets want a turn: one that the server has closed meanwhile must not be taken for a live one.
    await pause(0);
  }
  return { voice: median(found.voice), other: median(found.other), seconds: seconds(sound) };
}

const WINDOW = 8 * 8000;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
