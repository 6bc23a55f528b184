// The room keeps what everybody sees: a teacher on another computer, a late classroom, a page that is loaded again and a stock
// client are right at once, and nobody is told the same thing twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, inRoom, launch, open } from '../lib/chromium.js';
import { made, out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { pause, until } from '../lib/wait.js';

let server, pages, browsers, room, teacher, early, late, guest;

before(async () => {
  [server, pages, ...browsers] = await Promise.all([Server.start('room-state'), host(), launch('teacher'), launch('doctor')]);
  const { body } = await server.ask('teacher-zhang', '/api/v1/me');
  room = body.today.find((it) => it.kind === 'class' && it.joinable).id;
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await pages?.close();
  await server?.close();
});

const home = (person) => server.people[person].home;
const slide = (page, number) => at(page, 'slide-image').and(page.locator(`[data-page="${number}"]`));
const hand = (page, identity) => at(page, 'hand-item').and(page.locator(`[data-identity="${identity}"]`));
/** The state of the room as a stock client has it. */
const state = () => guest.evaluate(() => JSON.parse(room.metadata).state);
const write = (said) => guest.evaluate((text) => say('room-state', text), JSON.stringify(said));
const texts = (page) => page.locator('[data-testid="chat-message"] .said').allTextContents();
/** The bytes of each word on the room that the page's socket brought while `act` ran. */
async function rooms(page, act) {
  const words = [];
  const hear = ({ payload }) => {
    if (/"room_?update"/i.test(String(payload))) words.push(Buffer.byteLength(String(payload)));
  };
  page.sockets.forEach((socket) => socket.on('framereceived', hear));
  await act();
  page.sockets.forEach((socket) => socket.off('framereceived', hear));
  return words;
}

test('a teacher shows slides, and a classroom raises its hand and writes', async () => {
  [teacher, early] = await Promise.all([open(browsers[0]), open(browsers[1])]);
  early.sockets = [];
  early.on('websocket', (socket) => early.sockets.push(socket));
  await Promise.all([enter(teacher, home('teacher-zhang'), { hurry: true }), enter(early, home('class-a'), { hurry: true })]);
  await at(teacher, 'slide-upload').setInputFiles(`${made}/lesson.pdf`);
  await slide(teacher, 1).waitFor();
  for (const number of [2, 3]) {
    await at(teacher, 'slide-next').click();
    await slide(early, number).waitFor();
  }
  await at(early, 'hand-raise').click();
  await hand(teacher, 'class-a').waitFor();
  await at(early, 'chat-input').fill('云是水汽变的');
  await at(early, 'chat-send').click();
  await until('it is read', async () => (await texts(teacher)).length === 1);
});

test('a late classroom sees the page and reads the chat at once', async () => {
  late = await open(browsers[1]);
  await enter(late, home('class-b'), { hurry: true });
  const began = Date.now();
  await slide(late, 3).waitFor();
  console.log(`the page is there ${Date.now() - began} ms after the room`);
  await until('what was written is there', async () => (await texts(late)).join() === '云是水汽变的');
  assert.equal(await at(late, 'chat-message').getAttribute('data-identity'), 'class-a');
});

test('a teacher who opens the link on another computer has slides and hands and turns pages', async () => {
  const other = await open(browsers[0]);
  await enter(other, home('teacher-zhang'), { hurry: true });
  await slide(other, 3).waitFor();
  await hand(other, 'class-a').waitFor();
  await until('what was written is there', async () => (await texts(other)).join() === '云是水汽变的');
  await at(teacher, 'room-take-over').waitFor();
  await at(other, 'slide-next').click();
  await Promise.all([early, late, other].map((page) => slide(page, 4).waitFor()));
  if (process.env.PICTURES) await other.screenshot({ path: `${out}/room-state-other-computer.png` });
  await teacher.context().close();
  teacher = other;
});

test('pages that are loaded again are as they were, and nothing is there twice', async () => {
  await Promise.all([teacher.reload(), early.reload(), late.reload()]);
  await Promise.all([teacher, early, late].map(inRoom));
  await Promise.all([teacher, early, late].map((page) => slide(page, 4).waitFor()));
  await hand(teacher, 'class-a').waitFor();
  assert.equal(await at(early, 'hand-raise').getAttribute('aria-pressed'), 'true', 'its own hand is up');
  for (const page of [teacher, early, late]) {
    await until('what was written is there', async () => (await texts(page)).length > 0);
    assert.deepEqual(await texts(page), ['云是水汽变的']);
  }
  await at(teacher, 'slide-previous').click();
  await Promise.all([early, late].map((page) => slide(page, 3).waitFor()));
});

test('a stock client reads the state and raises its hand, and turns no pages', async () => {
  guest = await stock(browsers[1], pages.url, server, server.token(room, 'guest'), { publish: false });
  const told = await state();
  assert.deepEqual([told.slides.page, told.slides.by, told.hands.map((it) => it.of)], [3, 'teacher-zhang', ['class-a']]);
  await until('what was written comes', () =>
    guest.evaluate(() => told.data.some((it) => it.topic === 'chat-log' && it.text.includes('云是水汽变的'))),
  );
  await write({ hand: true });
  await hand(teacher, 'guest').waitFor();
  await write({ slides: { ...told.slides, page: 1 } });
  // What goes from page to page is believed by nobody either.
  await guest.evaluate(() => say('room-state', '{"version":99,"hands":[]}', { destinationIdentities: ['class-b'] }));
  await guest.evaluate(() => say('hand-taken', '{"identity":"class-a"}'));
  await pause(1000);
  assert.deepEqual([(await state()).slides.page, await at(late, 'slide-image').getAttribute('data-page')], [3, '3']);
  assert.equal(await hand(teacher, 'class-a').count(), 1);
  await write({ hand: false });
  await hand(teacher, 'guest').waitFor({ state: 'detached' });
});

test('who is called is told so until it speaks, and the hand is down', async () => {
  // Who came in a hurry has no open microphone: the button that answers the call opens it.
  await hand(teacher, 'class-a').locator('[data-testid="hand-take"]').click();
  await at(early, 'hand-called').waitFor();
  await hand(teacher, 'class-a').waitFor({ state: 'detached' });
  // Over a thin line a page takes long to load again: the room has given it up meanwhile.
  const address = early.url();
  await early.goto('about:blank');
  await until('the room has given it up', async () => !(await state()).called);
  await early.goto(address);
  await at(early, 'hand-called').waitFor();
  await until('who leads sees it as well', async () => (await state()).called?.of === 'class-a');
  await at(early, 'room-mute').click();
  await at(early, 'hand-called').waitFor({ state: 'detached' });
  await early.reload();
  await inRoom(early);
  await slide(early, 3).waitFor();
  assert.equal(await at(early, 'hand-called').count(), 0);
});

test('nothing is repeated while nothing happens', async () => {
  const turned = await rooms(early, async () => {
    await at(teacher, 'slide-next').click();
    await slide(early, 4).waitFor();
  });
  console.log(`a page that is turned: ${turned.join(' and ')} bytes to each who is there`);
  assert.ok(turned.length > 0, 'a turn is told');
  await at(teacher, 'slide-previous').click();
  await slide(early, 3).waitFor();
  await pause(1000);
  assert.deepEqual(await rooms(early, () => pause(17_000)), []);
});

test('the hand of who leaves is down', async () => {
  await at(late, 'hand-raise').click();
  await hand(teacher, 'class-b').waitFor();
  await at(late, 'room-leave').click();
  await hand(teacher, 'class-b').waitFor({ state: 'detached' });
});

test('after a restart of the gateway the pages bring back what was theirs', async () => {
  await at(early, 'hand-raise').click();
  await hand(teacher, 'class-a').waitFor();
  await server.kill();
  await server.again();
  await Promise.all([teacher, early].map(inRoom));
  const [again] = [await open(browsers[1])];
  await enter(again, home('class-b'), { hurry: true });
  await slide(again, 3).waitFor();
  await hand(teacher, 'class-a').waitFor();
  await at(teacher, 'slide-next').click();
  await Promise.all([early, again].map((page) => slide(page, 4).waitFor()));
});
