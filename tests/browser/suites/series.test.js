// A term's lessons are booked at once, each says what became of it; one, one and all after it, or all are changed, and what is
// owed is made up.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out as pictures } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const TITLE = '高血压随访会诊';
const PHONE = { width: 360, height: 740 };
const out = process.env.PICTURES && pictures;
let server, browser, desk, first, id;

const later = (days) => new Date(Date.parse(`${first}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const read = async () => (await server.ask('scheduler', `/api/v1/series/${id}`)).body;
const picture = async (page, name) => {
  if (!out) return;
  mkdirSync(out, { recursive: true });
  await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
};
const book = async (day, starts, ends) => {
  const people = [
    { personId: 'dr-wang', role: 'specialist' },
    { personId: 'dr-sun', role: 'village_doctor' },
  ];
  const body = { kind: 'consultation', title: '另一场', startsAt: `${day}T${starts}:00+08:00`, endsAt: `${day}T${ends}:00+08:00`, participants: people };
  const booked = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body });
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
};
const one = (page, number) => page.locator(`[data-testid="series-one"][data-number="${number}"]`);
const sized = async (page, ids) => {
  for (const name of ids) {
    const box = await at(page, name).first().boundingBox();
    assert.ok(box.height >= 48, `${name} is ${box.height} px high`);
  }
};

before(async () => {
  [server, browser] = await Promise.all([Server.start('series'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  // The first Tuesday that is at least two days off.
  const today = Date.parse(`${body.now.slice(0, 10)}T00:00:00Z`);
  const ahead = ((2 - new Date(today + 2 * 86_400_000).getUTCDay() + 7) % 7) + 2;
  first = new Date(today + ahead * 86_400_000).toISOString().slice(0, 10);
  await book(later(7), '09:15', '10:00');
  desk = await open(browser);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('a series is booked from the booking page, with the keyboard, and each of its sessions says what became of it', async () => {
  await desk.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(desk, 'book-title').fill(TITLE);
  await at(desk, 'book-person-0').selectOption('dr-wang');
  await at(desk, 'book-person-1').selectOption('dr-li');
  // A Monday, which is none of the days that are chosen.
  await at(desk, 'book-date').fill(later(-1));
  await at(desk, 'book-time').fill('09:00');
  await at(desk, 'book-repeats').focus();
  await desk.keyboard.press('Space');
  await at(desk, 'repeats-every').waitFor();
  await at(desk, 'repeats-day-1').focus();
  await desk.keyboard.press('Space');
  await at(desk, 'repeats-day-2').focus();
  await desk.keyboard.press('Space');
  await at(desk, 'repeats-times').fill('4');
  await picture(desk, 'series-book-desk-zh');
  await at(desk, 'book-submit').focus();
  await desk.keyboard.press('Enter');
  await at(desk, 'series').waitFor();
  id = new URLSearchParams((await desk.evaluate(() => location.hash)).split('?')[1]).get('id');
  await at(desk, 'series-snapped').waitFor();
  assert.deepEqual(
    (await read()).occurrences.map((it) => [it.startsAt.slice(0, 16), it.state]),
    [0, 7, 14, 21].map((days) => [`${later(days)}T09:00`, days === 7 ? 'skipped' : 'booked']),
  );
  const told = await one(desk, 2).innerText();
  assert.match(told, /王主任在 .*10:00 之前已有安排/);
  assert.equal(await at(desk, 'series-count').getAttribute('data-owed'), '1');
  await picture(desk, 'series-desk-zh');
});

test('this one and all after it get another time, and those before stay', async () => {
  await one(desk, 3).locator('[data-testid="series-follow"]').click();
  assert.equal(await at(desk, 'series-from').inputValue(), '3');
  await at(desk, 'series-save').click();
  await at(desk, 'series-said').filter({ hasText: '没有改动' }).waitFor();
  await at(desk, 'series-time').fill('14:00');
  await at(desk, 'series-reason').fill('门诊改到下午');
  await at(desk, 'series-save').click();
  await at(desk, 'series-done').waitFor();
  assert.deepEqual(
    await desk.locator('[data-testid="series-result"]').evaluateAll((all) => all.map((it) => it.dataset.result)),
    ['moved', 'moved'],
  );
  const now = await read();
  assert.deepEqual(now.occurrences.map((it) => it.startsAt.slice(11, 16)), ['09:00', '09:00', '14:00', '14:00']);
  await picture(desk, 'series-changed-desk-zh');
  const session = (await server.ask('scheduler', `/api/v1/sessions/${now.occurrences[3].session.id}/events`)).body;
  assert.equal(session.events.at(-1).reason, '门诊改到下午');
});

test('one is changed alone and keeps that, and the debt is made up at the next free time', async () => {
  await one(desk, 4).locator('[data-testid="series-alone"]').click();
  await at(desk, 'change-form').waitFor();
  await at(desk, 'book-time').fill('16:00');
  await at(desk, 'change-submit').click();
  await at(desk, 'book-done').filter({ hasText: '已改好' }).waitFor();
  await desk.locator('[data-testid="book-series"]').first().click();
  await at(desk, 'series').waitFor();
  assert.match(await one(desk, 4).innerText(), /单独改过：时间/);
  await one(desk, 2).locator('[data-testid="series-up"]').click();
  await at(desk, 'series-up-next').click();
  await until('it is made up', async () => (await one(desk, 2).getAttribute('data-state')) === 'made-up');
  assert.equal(await at(desk, 'series-count').getAttribute('data-owed'), '0');
  await at(desk, 'series-change').click();
  await at(desk, 'series-time').fill('15:00');
  await at(desk, 'series-save').click();
  await at(desk, 'series-done').waitFor();
  const told = await one(desk, 4).innerText();
  assert.match(told, /保留自己的：时间/);
  const now = await read();
  assert.deepEqual(now.occurrences.map((it) => it.session.startsAt.slice(11, 16)), ['15:00', '10:00', '15:00', '16:00']);
});

test('the week of a person, a room or a site is shown, and on a phone a day of it', async () => {
  const shown = async (page) => page.locator('[data-testid="week-session"]').evaluateAll((all) => all.map((it) => it.dataset.id));
  const { body } = await server.ask('scheduler', `/api/v1/schedule?personId=dr-wang&day=${later(6)}&days=7`);
  assert.ok(body.sessions.length >= 2, JSON.stringify(body));
  await desk.goto(`${server.url}/#/book`);
  await at(desk, 'book-week').click();
  await at(desk, 'week-whose').selectOption('personId:dr-wang');
  await at(desk, 'week').waitFor();
  const away = (Date.parse(later(6)) - Date.parse(await desk.locator('[data-testid="week-day"]').first().getAttribute('data-day'))) / 86_400_000;
  for (let week = 0; week < away / 7; week += 1) await at(desk, 'week-next').press('Enter');
  await until('the week is there', async () => (await shown(desk)).length === body.sessions.length);
  assert.deepEqual((await shown(desk)).sort(), body.sessions.map((it) => it.id).sort());
  await picture(desk, 'week-desk-zh');
  await at(desk, 'week-whose').selectOption('personId:dr-sun');
  await until('another one has another week', async () => (await shown(desk)).length === 1);

  const phone = await open(browser, { locale: 'en-US', viewport: PHONE });
  await phone.goto(server.people.scheduler.home.replace('#/home', '#/book/week').replace('?key=', '?of=personId:dr-wang&key='));
  await at(phone, 'week').waitFor();
  assert.equal(await phone.locator('[data-testid="week-day"]:visible').count(), 1);
  const days = await phone.locator('[data-testid="week-day"]').evaluateAll((all) => all.map((it) => it.dataset.day));
  await at(phone, `week-show-${days[6]}`).click();
  await phone.locator(`[data-testid="week-day"][data-day="${days[6]}"]:visible`).waitFor();
  const width = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, `${width} px wide`);
  await sized(phone, ['week-whose', 'week-next', 'week-previous', `week-show-${days[0]}`]);
  await picture(phone, 'week-phone-en');
  assert.deepEqual(phone.faults, []);
  await phone.context().close();
  await desk.goto(`${server.url}/#/book/series?id=${id}`);
  await at(desk, 'series').waitFor();
});

test('what is closed is skipped with its reason, in both languages, and made up within hours or with a reason', async () => {
  const put = (path, body) => server.ask('scheduler', path, { method: 'PUT', body });
  const closed = { name: '赶集', effect: 'closed', days: [{ from: later(8), to: later(8) }] };
  assert.equal((await put('/api/v1/availability/organization/clinic-c', { overlays: [closed] })).status, 200);
  const people = [
    { personId: 'dr-chen', role: 'specialist' },
    { personId: 'dr-sun', role: 'village_doctor' },
  ];
  const [startsAt, endsAt] = ['11:00', '11:30'].map((time) => `${later(1)}T${time}:00+08:00`);
  const booking = { kind: 'consultation', title: '赶集日不开门', startsAt, endsAt, participants: people };
  const body = { booking, rule: 'FREQ=WEEKLY;COUNT=3' };
  const { status, body: made } = await server.ask('scheduler', '/api/v1/series', { method: 'POST', body });
  assert.equal(status, 201, JSON.stringify(made));
  assert.deepEqual(made.occurrences.map((it) => it.state), ['booked', 'skipped', 'booked']);
  await desk.goto(`${server.url}/#/book/series?id=${made.id}`);
  await desk.locator('h1').filter({ hasText: '赶集日不开门' }).waitFor();
  assert.match(await one(desk, 2).innerText(), /孙医生：赶集。最早 .*00:00 大家都开放、都有空。/);
  await picture(desk, 'series-closed-desk-zh');
  await at(desk, 'lang-switch').click();
  await until('it is told in English', async () => /: 赶集\. All are open and free from /.test(await one(desk, 2).innerText()));
  await one(desk, 2).locator('[data-testid="series-up"]').click();
  await at(desk, 'series-up-day').fill(later(8));
  await at(desk, 'series-up-time').fill('15:00');
  await at(desk, 'series-up-do').click();
  await at(desk, 'book-problem').waitFor();
  assert.match(await at(desk, 'book-problem').innerText(), /not open then[\s\S]*赶集/);
  await picture(desk, 'series-closed-up-desk-en');
  await at(desk, 'book-insist-reason').fill('The patient cannot wait');
  await at(desk, 'book-insist').click();
  await until('it is made up', async () => (await one(desk, 2).getAttribute('data-state')) === 'made-up');
  await at(desk, 'lang-switch').click();
  await desk.goto(`${server.url}/#/book/series?id=${id}`);
  // What is opened on the page of before would close when this one comes.
  await desk.reload();
  await at(desk, 'series').waitFor();
});

test('somebody else was faster: the page shows what it is now, and nothing is overwritten', async () => {
  await at(desk, 'series-change').click();
  await at(desk, 'series-title').fill('新题目');
  const headers = { 'if-match': '*' };
  const other = await server.ask('scheduler', `/api/v1/series/${id}`, { method: 'PATCH', headers, body: { title: '别人改的' } });
  assert.equal(other.status, 200, JSON.stringify(other.body));
  await at(desk, 'series-save').click();
  await desk.locator('h1').filter({ hasText: '别人改的' }).waitFor();
  assert.equal((await read()).title, '别人改的');
});

test('on a phone and in English it can be read, and what is to come is cancelled', async () => {
  const phone = await open(browser, { locale: 'en-US', viewport: PHONE });
  await phone.goto(server.people.scheduler.home.replace('#/home', `#/book/series`).replace('?key=', `?id=${id}&key=`));
  await at(phone, 'series').waitFor();
  await at(phone, 'series-change').click();
  await at(phone, 'series-other-days').click();
  await at(phone, 'repeats-every').waitFor();
  const width = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, `${width} px wide`);
  assert.ok(!/[\u4e00-\u9fff]/.test(await at(phone, 'series-save').innerText()));
  await sized(phone, ['series-save', 'series-stop', 'series-follow', 'series-alone', 'series-from', 'repeats-every', 'repeats-times']);
  await picture(phone, 'series-phone-en');
  await at(phone, 'series-stop').click();
  await at(phone, 'series-stop-reason').fill('The term is over');
  await at(phone, 'series-stop-sure').click();
  await phone.getByText('Nothing of this series is to come.').waitFor();
  const now = await read();
  assert.deepEqual(new Set(now.occurrences.map((it) => it.state)), new Set(['cancelled']));
  assert.equal(now.owed, 0);
  await at(phone, 'lang-switch').click();
  await phone.getByText('这个系列以后没有安排了。').waitFor();
  await picture(phone, 'series-phone-zh');
  assert.deepEqual(phone.faults, []);
  assert.deepEqual(desk.faults.filter((it) => !/412|409/.test(it)), []);
});
