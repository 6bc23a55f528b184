// A booking is moved, and the other person's page says so; two schedulers do not overwrite each other; who is taken out of a
// running session is out of its room.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { at, enter, launch, open } from '../lib/chromium.js';
import { out as pictures } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { took, until } from '../lib/wait.js';

const TITLE = '糖尿病复诊会诊';
const PHONE = { width: 360, height: 740 };
const out = process.env.PICTURES && pictures;
let server, browser, desk, home, day, session;

const rfc3339 = (time) => `${day}T${time}:00+08:00`;
const path = () => `/api/v1/sessions/${session.id}`;
const read = async () => (await server.ask('scheduler', path())).body;
const patch = (id, change) => server.ask('scheduler', `/api/v1/sessions/${id}`, { method: 'PATCH', headers: { 'if-match': '*' }, body: change });
const picture = async (page, name) => {
  if (!out) return;
  mkdirSync(out, { recursive: true });
  await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
};

const book = async (title, starts, ends, people) => {
  const body = { kind: 'consultation', title, startsAt: rfc3339(starts), endsAt: rfc3339(ends), roomIds: [], recording: false };
  const participants = [
    { personId: people[0], role: 'specialist' },
    { personId: people[1], role: 'village_doctor' },
  ];
  const booked = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body: { ...body, participants } });
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
  return booked.body;
};

before(async () => {
  [server, browser] = await Promise.all([Server.start('changing'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  day = new Date(Date.parse(`${body.now.slice(0, 10)}T00:00:00Z`) + 2 * 86_400_000).toISOString().slice(0, 10);
  session = await book(TITLE, '10:00', '10:30', ['dr-wang', 'dr-li']);
  await book('另一场', '15:00', '16:00', ['dr-wang', 'dr-sun']);
  [desk, home] = await Promise.all([open(browser), open(browser, { viewport: PHONE })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Types into a field, and loads the page anew in the same task. */
async function typedAndGone(id, text) {
  const gone = desk.waitForEvent('load');
  const type = ([testId, value]) => {
    const field = document.querySelector(`[data-testid="${testId}"]`);
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    location.reload();
  };
  await Promise.all([gone, desk.evaluate(type, [id, text]).catch(() => undefined)]);
}

/** The scheduler's form of this session, opened from the list of its day. */
async function openForm() {
  await desk.goto(server.people.scheduler.home.replace('#/home', `#/book`));
  await at(desk, 'book-date').fill(day);
  const entry = desk.locator(`[data-testid="book-session"][data-id="${session.id}"]`);
  await entry.locator('[data-testid="book-change"]').click();
  await at(desk, 'change-form').waitFor();
}

test('a session is moved on the page of the scheduler, and the other person is told what it was and what it is', async () => {
  await home.goto(server.people['dr-li'].home);
  await home.getByText(TITLE).first().waitFor();
  assert.equal(await at(home, 'home-news').count(), 0);
  await openForm();
  assert.equal(await at(desk, 'book-title').inputValue(), TITLE);
  assert.equal(await at(desk, 'book-person-1').inputValue(), 'dr-li');
  await at(desk, 'change-submit').click();
  await at(desk, 'book-done').filter({ hasText: '没有改动' }).waitFor();
  await at(desk, 'book-time').fill('14:00');
  // What was typed outlives a page that is gone before it was drawn again.
  await typedAndGone('change-reason', '王主任上午有手术');
  await until('the draft is back', async () => (await at(desk, 'book-time').inputValue()) === '14:00');
  assert.equal(await at(desk, 'change-reason').inputValue(), '王主任上午有手术');
  await picture(desk, 'change-desk-zh');
  await at(desk, 'change-submit').click();
  await at(desk, 'book-done').filter({ hasText: '已改好' }).waitFor();
  const now = await read();
  assert.deepEqual([now.startsAt, now.endsAt, now.version], [rfc3339('14:00'), rfc3339('14:30'), 2]);

  await home.reload();
  const news = at(home, 'home-news-item');
  await news.waitFor();
  assert.equal(await news.getAttribute('data-what'), 'moved');
  const told = await news.innerText();
  for (const part of [TITLE, '10:00', '14:00', '王主任上午有手术']) assert.ok(told.includes(part), `${part}: ${told}`);
  await picture(home, 'news-phone-zh');
  await at(home, 'lang-switch').click();
  await home.getByText('Another time').waitFor();
  await picture(home, 'news-phone-en');
  await at(home, 'lang-switch').click();
  await at(home, 'home-news-seen').click();
  await until('it is understood', async () => (await at(home, 'home-news').count()) === 0);
  await home.reload();
  await home.getByText(TITLE).first().waitFor();
  assert.equal(await at(home, 'home-news-item').count(), 0);
});

test('a clash is told as when booking, and a fault at its field', async () => {
  await openForm();
  await at(desk, 'book-title').fill(' ');
  await at(desk, 'change-submit').click();
  await at(desk, 'book-note-title').waitFor();
  await at(desk, 'book-title').fill(TITLE);
  await at(desk, 'book-time').fill('15:10');
  await at(desk, 'change-submit').click();
  await at(desk, 'book-problem').waitFor();
  const told = await at(desk, 'book-problem').innerText();
  assert.match(told, /王主任/);
  assert.match(told, /16:00/);
  assert.equal((await read()).startsAt, rfc3339('14:00'), 'nothing was changed');
  await at(desk, 'book-next-free').click();
  await at(desk, 'change-submit').click();
  await at(desk, 'book-done').filter({ hasText: '已改好' }).waitFor();
  assert.equal((await read()).startsAt, rfc3339('16:00'));
});

test('what somebody else has changed meanwhile is shown, and neither overwrites the other', async () => {
  await openForm();
  await at(desk, 'book-duration').selectOption('45');
  assert.equal((await patch(session.id, { title: '别人改的题目' })).status, 200);
  await at(desk, 'change-submit').click();
  await at(desk, 'book-meanwhile').waitFor();
  const told = await at(desk, 'book-meanwhile').innerText();
  assert.ok(told.includes(TITLE) && told.includes('别人改的题目'), told);
  await picture(desk, 'meanwhile-desk-zh');
  await at(desk, 'book-meanwhile-keep').click();
  await at(desk, 'book-done').filter({ hasText: '已改好' }).waitFor();
  const now = await read();
  assert.deepEqual([now.title, now.endsAt], ['别人改的题目', rfc3339('16:45')]);
});

test('on a phone and in English the form can be filled and read', async () => {
  const phone = await open(browser, { locale: 'en-US', viewport: PHONE });
  await phone.goto(server.people.scheduler.home.replace('#/home', `#/book/${session.id}`));
  await at(phone, 'change-form').waitFor();
  const width = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, `${width} px wide`);
  assert.ok(!/[\u4e00-\u9fff]/.test(await at(phone, 'change-submit').innerText()));
  for (const id of ['change-submit', 'change-back', 'change-reason']) {
    const box = await at(phone, id).boundingBox();
    assert.ok(box.height >= 48, `${id} is ${box.height} px high`);
  }
  await picture(phone, 'change-phone-en');
  assert.deepEqual(phone.faults, []);
  await phone.context().close();
});

test('a cancellation is told with its reason', async () => {
  await openForm();
  const entry = desk.locator(`[data-testid="book-session"][data-id="${session.id}"]`);
  await entry.locator('[data-testid="book-cancel"]').click();
  await entry.locator('[data-testid="book-cancel-reason"]').fill('村里停电');
  await picture(desk, 'cancel-desk-zh');
  await entry.locator('[data-testid="book-cancel-sure"]').click();
  await entry.filter({ hasText: '已取消' }).waitFor();
  await home.reload();
  const told = at(home, 'home-news-item').first();
  await told.waitFor();
  assert.equal(await told.getAttribute('data-what'), 'cancelled');
  assert.ok((await told.innerText()).includes('村里停电'));
  await picture(home, 'cancelled-phone-zh');
  assert.deepEqual(desk.faults.filter((it) => !/409|412/.test(it)), []);
  assert.deepEqual(home.faults, []);
});

test('who is taken out of a running session is out of its room within five seconds, and its old token does not bring it back', async () => {
  const { body } = await server.ask('scheduler', '/api/v1/sessions');
  const running = body.sessions.find((it) => it.kind === 'consultation' && it.state === 'scheduled');
  const [doctor] = running.participants.filter((it) => it.role === 'village_doctor');
  await enter(home, server.people[doctor.personId].home);
  const old = (await server.ask(doctor.personId, `/api/v1/sessions/${running.id}/join`, { method: 'POST' })).body.token;
  const others = running.participants.filter((it) => it !== doctor).map(({ personId, role }) => ({ personId, role }));
  const began = Date.now();
  const changed = await patch(running.id, { participants: [...others, { personId: 'dr-sun', role: 'village_doctor' }] });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  await at(home, 'room-left').waitFor();
  took('out of the room', began, 5_000);
  const told = await home.evaluate(
    (url) =>
      new Promise((done) => {
        const socket = new WebSocket(url);
        socket.addEventListener('message', ({ data }) => done(JSON.parse(data)));
        socket.addEventListener('error', () => done('error'));
      }),
    `${server.url.replace('http', 'ws')}/rtc?access_token=${old}&frames=json`,
  );
  assert.equal(told.leave?.reason, 'PARTICIPANT_REMOVED', JSON.stringify(told));
  const refused = await server.ask(doctor.personId, `/api/v1/sessions/${running.id}/join`, { method: 'POST' });
  assert.equal(refused.status, 403);
});
