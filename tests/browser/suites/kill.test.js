// kill -9 in mid-session, ten times at chance moments: the replay has everything up to one second before.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { dispose, Native } from '../lib/native.js';
import { made } from '../lib/places.js';
import { download, recordings } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { likeness, samples, seconds } from '../lib/sound.js';
import { pause, until } from '../lib/wait.js';

const SEED = Number(process.env.SEED ?? 20261123);
/** What the crash may cost, and what lies between the speaker's queue and the gateway: encoder and loopback. */
const LOST_MS = 1000;
const UNDER_WAY_MS = 150;

let server, session, deck;
const spoken = samples(`${made}/teacher.wav`);

/** Seeded chance in 0..1 (mulberry32). */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

before(async () => {
  server = await Server.start('kill');
  const { body } = await server.ask('teacher-zhang', '/api/v1/me');
  session = body.today.find((it) => it.kind === 'class' && it.joinable).id;
  const { body: pass } = await server.ask('teacher-zhang', `/api/v1/sessions/${session}/join`, { method: 'POST' });
  const uploaded = await fetch(`${server.url}/slides?room=${session}&name=lesson.pdf`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pass.token}`, 'content-type': 'application/pdf' },
    body: readFileSync(`${made}/lesson.pdf`),
  });
  deck = await uploaded.json();
});
after(async () => {
  await server?.close();
  await dispose();
});

const random = chance(SEED);
for (let round = 1; round <= 10; round += 1) {
  const wait = Math.round(3000 + random() * 5000);
  test(`kill ${round} after ${wait} ms (seed ${SEED})`, async () => {
    const joined = await server.ask('teacher-zhang', `/api/v1/sessions/${session}/join`, { method: 'POST' });
    const native = await Native.join(server, joined.body.token);
    await native.publish('teacher');
    await until('speech flows', () => native.spokenMs() > 200);
    await pause(wait);
    await native.say('room-state', { slides: { deck: deck.deck, page: round, pages: deck.pages, title: deck.title } });
    await pause(1000);
    const said = native.spokenMs();
    await server.kill();
    await native.leave();
    await server.again();
    const ready = await until('the take is ready', async () => {
      const found = await recordings(server, 'teacher-zhang');
      return found.length === round ? found : Promise.reject(new Error(`${found.length} of ${round}`));
    }, { within: 180_000 });
    const [recording] = [...ready].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    const sound = samples(await download(server, 'teacher-zhang', recording, 'light'));
    const { value, lagMs } = likeness(sound, spoken);
    assert.ok(value > 0.65, `the voice is the speech: ${value}`);
    const lost = said - (lagMs + seconds(sound) * 1000);
    assert.ok(lost <= LOST_MS + UNDER_WAY_MS, `${Math.round(lost)} ms before the kill are missing`);
    assert.ok(recording.slides.some((it) => it.page === round), 'the slide turned a second before the kill is there');
    console.log(`round ${round}: ${Math.round(seconds(sound) * 1000)} ms kept, ${Math.round(lost)} ms lost, likeness ${value.toFixed(2)}`);
  });
}
