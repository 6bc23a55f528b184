// The library: finished recordings as they lie on disk, watched, taken up again and deleted in the browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { listed, ticket } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const LENGTH = 120;
const DECK = '0123456789abcdef0123456789abcdef';

let server, browser, visit, lesson;

/** Makes a file of a tone, and of a moving picture if it is the full form. */
function make(file, form) {
  const seconds = ['-t', String(LENGTH)];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-c:a', 'libopus', '-b:a', '12k'];
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=2', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '8', '-b:v', '60k'];
  const inputs = form === 'full' ? [...sound.slice(0, 4), ...picture.slice(0, 4), ...sound.slice(4), ...picture.slice(4)] : sound;
  execFileSync('ffmpeg', ['-v', 'error', ...inputs, ...seconds, '-cues_to_front', '1', file]);
}

/** A page of slides: noise, so that it has a size worth counting. */
function page(file, number) {
  const [width, height] = [640, 360];
  const noise = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => ((i * 2654435761 * number) >>> 13) & 0x3f));
  const raw = `${file}.ppm`;
  writeFileSync(raw, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), noise]));
  execFileSync('cwebp', ['-quiet', '-q', '60', raw, '-o', file]);
  rmSync(raw);
}

/** Puts a finished recording of a session on the disk of a server that does not run. */
function put(data, session, kind, title, slides, chat) {
  const id = `${session}-1`;
  const folder = join(data, 'recordings', id);
  mkdirSync(folder, { recursive: true });
  const form = (name) => {
    const file = `${name}-0123456789abcdef.webm`;
    make(join(folder, file), name);
    const mime = name === 'full' ? 'video/webm; codecs="vp8, opus"' : 'audio/webm; codecs="opus"';
    return { form: name, bytes: statSync(join(folder, file)).size, url: `/replay/recordings/${id}/${file}`, mime };
  };
  const forms = [form('light'), form('full')];
  const startedAt = new Date(Date.now() - 600_000).toISOString();
  const manifest = { v: 1, id, sessionId: session, title, kind, startedAt, durationMs: LENGTH * 1000, state: 'ready', forms, slides, chat };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return { id, forms };
}

function putDeck(data, session) {
  const folder = join(data, 'decks', DECK);
  mkdirSync(join(folder, 'rooms'), { recursive: true });
  writeFileSync(join(folder, 'deck.json'), '{}');
  for (const number of [1, 2, 3]) page(join(folder, `${number}.webp`), number);
  const hash = createHash('sha256').update(session).digest('hex').slice(0, 32);
  writeFileSync(join(folder, 'rooms', hash), '');
}

before(async () => {
  [server, browser] = await Promise.all([Server.start('library'), launch('teacher')]);
  const sessions = async (person, kind) =>
    (await server.ask(person, '/api/v1/me')).body.today.find((it) => it.kind === kind).id;
  const [consultation, school] = [await sessions('dr-wang', 'consultation'), await sessions('teacher-zhang', 'class')];
  await server.stop();
  visit = put(server.data, consultation, 'consultation', '高血压患者远程会诊', [], [
    { atMs: 10_000, identity: 'dr-li', name: '李医生', text: '血压 <b>150</b>/95' },
    { atMs: 60_000, identity: 'dr-wang', name: '王主任', text: '继续观察' },
  ]);
  // Forty pages in two seconds, then two that stay.
  const turns = Array.from({ length: 40 }, (_, i) => ({ atMs: i * 50, deck: DECK, page: (i % 3) + 1 }));
  lesson = put(server.data, school, 'class', '三年级科学：水的循环', [
    ...turns,
    { atMs: 8_000, deck: DECK, page: 1 },
    { atMs: 60_000, deck: DECK, page: 2 },
  ]);
  putDeck(server.data, school);
  await server.again();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Notes every address that the page asks for. */
function addresses(view) {
  const seen = [];
  view.on('request', (request) => seen.push(request.url()));
  return seen;
}

async function toPlayer(view, person, { id }, form) {
  await view.goto(server.people[person].home.replace(/#\/\w+/, '#/replay'));
  await view.locator(`[data-testid="replay-item"][data-id="${id}"] [data-testid="replay-open"]`).click();
  await at(view, `replay-play-${form}`).click();
  const element = at(view, form === 'full' ? 'replay-video' : 'replay-audio');
  await until(`${form} plays`, () => element.evaluate((it) => it.currentTime > 0.5 && it.readyState >= 2));
  return element;
}

const seek = (view, seconds) =>
  at(view, 'replay-seek').evaluate((it, to) => {
    it.value = String(to);
    it.dispatchEvent(new Event('input', { bubbles: true }));
  }, seconds);

test('both forms play by cookies, and no address carries a token or a ticket', async () => {
  const view = await open(browser);
  const seen = addresses(view);
  await toPlayer(view, 'class-a', lesson, 'light');
  await seek(view, 70);
  await at(view, 'slide-image').and(view.locator('[data-page="2"]')).waitFor();
  await until('the page is drawn', () => at(view, 'slide-image').evaluate((it) => it.complete && it.naturalWidth > 0));
  await at(view, 'replay-play-full').click();
  await until('the picture goes on there', () =>
    at(view, 'replay-video').evaluate((it) => it.currentTime > 70 && it.readyState >= 2 && it.videoWidth > 0));
  assert.ok(seen.some((it) => it.includes('/replay/recordings/')), 'addresses were seen');
  assert.deepEqual(seen.filter((it) => /eyJ|token|ticket=|key=/.test(it.split('#')[0])), []);
  const [cookie] = await view.context().cookies(`${server.url}/replay/recordings/${lesson.id}/x`);
  assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict', JSON.stringify(cookie));
  assert.deepEqual(await view.context().cookies(`${server.url}/replay/recordings/${visit.id}/x`), []);
  assert.deepEqual(view.faults, []);
  await view.context().close();
});

test('answers and the files of the page are packed, media are not', async () => {
  // As a browser asks on plain http, where it takes no brotli; `fetch` unpacks, the header stays.
  const headers = { 'accept-encoding': 'gzip, deflate' };
  const encoding = async (path, bearer) => {
    const answer = await fetch(server.url + path, { headers: { ...headers, ...(bearer && { authorization: `Bearer ${bearer}` }) } });
    assert.equal(answer.status, 200, path);
    return answer.headers.get('content-encoding');
  };
  const see = await ticket(server, 'class-a', lesson.id);
  const script = /assets\/index-[\w-]+\.js/.exec(await (await fetch(server.url)).text())[0];
  assert.equal(await encoding('/api/v1/me', server.people['class-a'].token), 'gzip');
  assert.equal(await encoding('/replay/recordings', await ticket(server, 'class-a')), 'gzip');
  assert.equal(await encoding(`/replay/recordings/${lesson.id}`, see), 'gzip');
  assert.equal(await encoding(`/${script}`), 'gzip');
  assert.equal(await encoding(lesson.forms[0].url, see), null);
});

test('the price of a form is its file and the slides', async () => {
  const [told] = (await listed(server, 'class-a')).filter((it) => it.id === lesson.id);
  const bytes = [1, 2].map((number) => statSync(join(server.data, 'decks', DECK, `${number}.webp`)).size);
  assert.ok(bytes[0] > 20_000, `${bytes}`);
  assert.equal(told.slideBytes, bytes[0] + bytes[1], 'the pages that could be seen, each once');
  const view = await open(browser, { locale: 'en-US' });
  await view.goto(server.people['class-a'].home.replace('#/home', '#/replay'));
  const words = await view.locator(`[data-testid="replay-item"][data-id="${lesson.id}"] .sizes`).innerText();
  for (const form of lesson.forms) {
    assert.ok(words.includes(`${((form.bytes + told.slideBytes) / 1e6).toFixed(1)} MB`), words);
  }
  await view.context().close();
});

test('chapters are the pages that stayed', async () => {
  const view = await open(browser);
  await toPlayer(view, 'class-a', lesson, 'light');
  assert.deepEqual(await at(view, 'replay-chapter').evaluateAll((all) => all.map((it) => it.dataset.page)), ['1', '2']);
  await view.context().close();
});

test('chat is shown from its moment on, as text', async () => {
  const view = await open(browser);
  await toPlayer(view, 'dr-li', visit, 'light');
  assert.equal(await at(view, 'replay-chat-line').count(), 0);
  await seek(view, 20);
  const line = at(view, 'replay-chat-line');
  await line.waitFor();
  assert.match(await line.innerText(), /0:10[\s\S]*李医生[\s\S]*血压 <b>150<\/b>\/95/);
  await seek(view, 61);
  await until('both lines', async () => (await line.count()) === 2);
  await line.nth(0).locator('button').click();
  await until('one line again', async () => (await line.count()) === 1);
  await view.context().close();
});

for (const viewport of [{ width: 1280, height: 800 }, { width: 360, height: 740 }]) {
  test(`picture and controls share a screen of ${viewport.width}x${viewport.height}`, async () => {
    const view = await open(browser, { viewport });
    for (const [person, recording] of [['dr-li', visit], ['class-a', lesson]]) {
      for (const form of ['light', 'full']) {
        await toPlayer(view, person, recording, form);
        for (const scrolled of [0, 300, 9999]) {
          await view.evaluate((y) => window.scrollTo(0, y), scrolled);
          const box = await at(view, 'replay-toggle').boundingBox();
          const inside = box.y >= 0 && box.y + box.height <= viewport.height && box.x + box.width <= viewport.width;
          assert.ok(inside || scrolled === 9999, `${recording.id} ${form} at ${scrolled}: ${JSON.stringify(box)}`);
        }
        const wide = await view.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${wide} pixels too wide`);
        if (process.env.PICTURES) {
          await view.evaluate(() => window.scrollTo(0, 0));
          await view.screenshot({ path: `out/library-${recording === visit ? 'visit' : 'lesson'}-${form}-${viewport.width}.png` });
        }
      }
    }
    await view.context().close();
  });
}

test('the speed stays over a change of form', async () => {
  const view = await open(browser);
  const element = await toPlayer(view, 'dr-li', visit, 'light');
  await at(view, 'replay-speed').selectOption('1.5');
  assert.equal(await element.evaluate((it) => it.playbackRate), 1.5);
  await at(view, 'replay-play-full').click();
  await until('the video is as fast', () => at(view, 'replay-video').evaluate((it) => it.playbackRate === 1.5));
  assert.equal(await at(view, 'replay-speed').inputValue(), '1.5');
  await view.context().close();
});

test('a reload, an address and a new tab take up where it stopped', async () => {
  const first = await open(browser);
  await toPlayer(first, 'dr-li', visit, 'light');
  await seek(first, 77);
  const plays = (view, id) =>
    until('it goes on there', () => at(view, id).evaluate((it) => it.currentTime >= 76 && it.currentTime < 100));
  await first.reload();
  await plays(first, 'replay-audio');
  assert.match(first.url(), /#\/replay\/[^?]+\?t=\d+&form=light$/);
  const later = await first.context().newPage();
  await first.close();
  await toPlayer(later, 'dr-li', visit, 'full');
  await plays(later, 'replay-video');
  const key = new URL(server.people['dr-li'].home).hash.split('?')[1];
  const other = await open(browser);
  await other.goto(`${server.url}/#/replay/${visit.id}?t=80&form=full&${key}`);
  await plays(other, 'replay-video');
  await Promise.all([later.context().close(), other.context().close()]);
});

test('only who may is offered to delete, and what is deleted is gone for all at once', async () => {
  const pupil = await open(browser);
  await toPlayer(pupil, 'class-a', lesson, 'light');
  assert.equal(await at(pupil, 'replay-delete').count(), 0);
  const asked = await server.ask('class-a', `/api/v1/recordings/${lesson.id}/deletion`, { method: 'POST' });
  assert.equal(asked.status, 403);
  assert.match(asked.body.detail, /only a scheduler or the person who led/);
  const view = await open(browser);
  await toPlayer(view, 'teacher-zhang', lesson, 'light');
  await at(view, 'replay-delete').click();
  await at(view, 'replay-delete-keep').click();
  assert.equal((await listed(server, 'class-a')).length, 1);
  await at(view, 'replay-delete').click();
  await at(view, 'replay-delete-confirm').click();
  await at(view, 'replay-deleted').waitFor();
  assert.equal(await view.locator(`[data-id="${lesson.id}"]`).count(), 0);
  assert.deepEqual(await listed(server, 'class-a'), []);
  assert.ok(!existsSync(join(server.data, 'recordings', lesson.id)));
  assert.deepEqual(readdirSync(join(server.data, 'decks')), []);
  // The demo's links are printed for people; what the program logs has none of them.
  const logged = readFileSync(server.logPath, 'utf8').split('\n').filter((line) => !line.includes('/#/'));
  assert.deepEqual(logged.filter((line) => line.includes('eyJ')), []);
  await Promise.all([pupil.context().close(), view.context().close()]);
});
