// Free times on the scheduler's page: looked for over days, told why others do not work, filled in by one press; and a
// booking against hours is refused with the nearest fix, or made with a reason.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const pictures = join(out, 'slots');
const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
let server, browser, page, day;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  [server, browser] = await Promise.all([Server.start('slots'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  day = new Date(Date.parse(`${body.now.slice(0, 10)}T00:00:00Z`) + 3 * 86_400_000).toISOString().slice(0, 10);
  const hours = (from, to) => [{ days: WEEK, from, to }];
  const power = { name: '停电', effect: 'closed', hours: hours('10:00', '10:30') };
  await set('person/dr-li', { weekly: hours('09:00', '12:00') });
  await set('organization/clinic-a', { overlays: [power] });
  await set('person/dr-wang', { weekly: hours('08:00', '11:00'), beforeMinutes: 15 });
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function set(of, body) {
  const { status } = await server.ask('scheduler', `/api/v1/availability/${of}`, { method: 'PUT', body });
  assert.equal(status, 200, of);
}

const found = (id) => page.locator(`[data-testid="${id}"]`);
const starts = () => found('book-slot').evaluateAll((all) => all.map((it) => it.dataset.at.slice(11, 16)));

/** A picture of what is shown, which is no wider than the screen and has no low control. */
async function look(name, id) {
  await at(page, id).scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${name}: ${wide} px too wide`);
  const low = await page.evaluate((wanted) =>
    [...document.querySelectorAll(`[data-testid="${wanted}"] :is(button, select, input)`)]
      .map((it) => it.getBoundingClientRect().height)
      .filter((height) => height < 48), id);
  assert.deepEqual(low, [], `${name}: every control is 48 px high`);
}

test('times at which all are free are found by day, for whoever can serve, and one press fills them in', async () => {
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(page, 'book-person-1').selectOption('dr-li');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill('08:00');
  await at(page, 'book-days').selectOption('1');
  await at(page, 'book-find').click();
  await at(page, 'book-slots').waitFor();
  assert.deepEqual(await starts(), ['09:00', '09:30', '10:30', '11:00', '11:30']);
  assert.match(await at(page, 'book-blocked').innerText(), /李医生：不在开放时间/);
  await look('found-zh-360', 'book-free-times');
  await found('book-slot').nth(2).focus();
  await page.keyboard.press('Enter');
  assert.equal(await at(page, 'book-time').inputValue(), '10:30');
  assert.notEqual(await at(page, 'book-person-0').inputValue(), '', 'somebody was chosen who can');
});

test('what is in the way is told, and its nearest fix is one press', async () => {
  await at(page, 'book-person-0').selectOption('dr-wang');
  await at(page, 'book-time').fill('10:00');
  await at(page, 'book-days').selectOption('7');
  await at(page, 'book-find').click();
  await at(page, 'book-blocked').waitFor();
  assert.match(await at(page, 'book-blocked').innerText(), /李医生：停电/);
  assert.ok((await found('book-slots-day').count()) > 2, 'several days');
  await look('blocked-zh-360', 'book-free-times');
  await page.setViewportSize({ width: 1280, height: 800 });
  await look('blocked-zh-1280', 'book-free-times');
  await at(page, 'lang-switch').click();
  await page.getByText('Find a time when all are free').waitFor();
  await look('blocked-en-1280', 'book-free-times');
  await page.setViewportSize({ width: 360, height: 740 });
  await look('blocked-en-360', 'book-free-times');
  await found('book-nearest').first().click();
  assert.equal(await at(page, 'book-time').inputValue(), '09:30');
});

test('a time at which a line cannot carry it beside another session is told, and its nearest fix is one press', async () => {
  const line = (body) => server.ask('scheduler', '/api/v1/organizations/hospital/line', { method: 'PUT', body });
  const forgotten = { downKbps: null, upKbps: null, tariff: [] };
  // As much as one session takes in its greatest mode.
  assert.equal((await line({ ...forgotten, downKbps: 800, upKbps: 800 })).status, 200);
  const people = [
    { personId: 'dr-chen', role: 'specialist' },
    { personId: 'dr-zhao', role: 'village_doctor' },
  ];
  const other = { kind: 'consultation', title: '占线', startsAt: `${day}T09:30:00+08:00`, endsAt: `${day}T10:00:00+08:00`, participants: people };
  const { status, body } = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body: other });
  assert.equal(status, 201, JSON.stringify(body));
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill('09:30');
  await at(page, 'book-days').selectOption('1');
  await at(page, 'book-find').click();
  await page.locator('[data-testid="book-blocker"][data-cause="full"]').waitFor();
  assert.match(await at(page, 'book-blocked').innerText(), /The line of .+ cannot carry it then/);
  assert.ok(!(await starts()).includes('09:30'), 'it is not offered');
  await look('line-en-360', 'book-free-times');
  await found('book-nearest').first().click();
  assert.equal(await at(page, 'book-time').inputValue(), '09:00');
  // In a mode that takes less it fits beside the other.
  await at(page, 'book-time').fill('09:30');
  await at(page, 'quote-mode-hospital').selectOption('voice');
  await at(page, 'book-find').click();
  await at(page, 'book-fits').waitFor();
  await at(page, 'quote-mode-hospital').selectOption('full');
  await server.ask('scheduler', `/api/v1/sessions/${body.id}/cancel`, { method: 'POST' });
  assert.equal((await line(forgotten)).status, 200);
});

test('a booking against hours is refused with the nearest fix, and made with a reason', async () => {
  await at(page, 'book-title').fill('晚间急诊');
  await at(page, 'book-time').fill('20:00');
  await at(page, 'book-submit').click();
  await at(page, 'book-problem').waitFor();
  assert.match(await at(page, 'book-problem').innerText(), /not open then[\s\S]*outside of its hours/);
  await look('refused-en-360', 'book-problem');
  assert.equal(await at(page, 'book-insist').isDisabled(), true, 'not without a reason');
  await at(page, 'book-insist-reason').fill('急诊');
  await at(page, 'book-insist').click();
  await at(page, 'book-done').waitFor();
  const { body } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  const booked = body.sessions.find((it) => it.title === '晚间急诊');
  const { body: told } = await server.ask('scheduler', `/api/v1/sessions/${booked.id}/events`);
  assert.equal(told.events[0].overrideReason, '急诊');
  await at(page, 'book-person-0').selectOption('dr-wang');
  await at(page, 'book-person-1').selectOption('dr-li');
  await at(page, 'book-title').fill('复诊');
  await at(page, 'book-time').fill('12:00');
  await at(page, 'book-submit').click();
  await at(page, 'book-next-free').click();
  await at(page, 'book-submit').click();
  await until('it is booked', async () => (await found('book-done').count()) > 0);
});

/** Chooses the first time that is free for both of `day`, and gives its start when it is held. */
async function choose() {
  const start = await pick();
  await at(page, 'book-held').waitFor();
  return start;
}

/** Chooses it, and gives its start. */
async function pick() {
  await at(page, 'book-person-0').selectOption('dr-chen');
  await at(page, 'book-person-1').selectOption('dr-zhao');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill('08:00');
  await at(page, 'book-days').selectOption('1');
  // What was found before stands there until the answer comes.
  const answer = page.waitForResponse((it) => it.url().endsWith('/api/v1/slots:search'));
  await at(page, 'book-find').click();
  const [first] = (await (await answer).json()).slots;
  const start = first.startsAt;
  await until('they are shown', async () => (await found('book-slot').first().getAttribute('data-at')) === start);
  await found('book-slot').first().click();
  return start;
}

/** What the server says to a booking of both at this time that is no booking of the page. */
const beside = (start) =>
  server.ask('scheduler', '/api/v1/sessions', {
    method: 'POST',
    body: {
      kind: 'consultation',
      title: '另一场',
      startsAt: start,
      endsAt: new Date(Date.parse(start) + 30 * 60_000).toISOString(),
      participants: [
        { personId: 'dr-chen', role: 'specialist' },
        { personId: 'dr-zhao', role: 'village_doctor' },
      ],
    },
  });

test('a free time that was chosen is held while the form is filled in, and the booking is made over it', async () => {
  const start = await choose();
  assert.match(await at(page, 'book-held').innerText(), /held for you until \d\d:\d\d/);
  await look('held-en-360', 'book-held');
  const { status, body } = await beside(start);
  assert.equal(status, 409);
  assert.ok(Date.parse(body.heldUntil) > Date.now(), 'it is told until when');
  await at(page, 'book-hold-longer').click();
  await at(page, 'book-title').fill('保留后预约');
  await at(page, 'book-submit').click();
  await until('it is booked', async () => (await found('book-done').count()) > 0);
  assert.equal(await found('book-held').count(), 0);
  const { body: told } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  assert.equal(told.sessions.filter((it) => it.title === '保留后预约' && it.startsAt === start).length, 1);
});

test('who books before the hold is answered books over it', async () => {
  let [held, answered] = [];
  const hold = new Promise((done) => (held = done));
  const answer = new Promise((done) => (answered = done));
  await page.route('**/api/v1/holds', async (route) => {
    const response = await route.fetch();
    held(response.status());
    await answer;
    await route.fulfill({ response });
  });
  await pick();
  assert.equal(await hold, 201);
  const booking = page.waitForRequest((it) => it.url().endsWith('/api/v1/sessions') && it.method() === 'POST');
  await at(page, 'book-title').fill('先于答复');
  await at(page, 'book-submit').click();
  assert.equal(await at(page, 'book-submit').isDisabled(), true);
  answered();
  assert.ok((await booking).postDataJSON().holdId, 'it waits to be told which hold is its own');
  await until('it is booked', async () => (await found('book-done').count()) > 0);
  await page.unroute('**/api/v1/holds');
});

test('a time that is left is given back at once', async () => {
  const start = await choose();
  assert.equal((await beside(start)).status, 409);
  await at(page, 'book-time').fill('21:00');
  await until('nothing is held', async () => (await found('book-held').count()) === 0);
  await until('it is free', async () => (await beside(start)).status === 201);
  const next = await choose();
  await page.goto(server.people.scheduler.home);
  await until('who leaves the page gives it back', async () => (await beside(next)).status === 201);
});

test('nothing went wrong in the page but what was refused', () => {
  assert.deepEqual(page.faults.filter((it) => !it.includes('409')), []);
});
