// The scheduler's page: book, be refused with the next free time, take it; both people see it at home.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const TITLE = '糖尿病复诊会诊';
let server, browser, page, day;

before(async () => {
  [server, browser] = await Promise.all([Server.start('booking'), launch('doctor')]);
  // The demo's own consultation is open all day; without it the two doctors are free.
  const { body } = await server.ask('scheduler', '/api/v1/me');
  day = body.now.slice(0, 10);
  const standing = body.today.find((it) => it.kind === 'consultation');
  await server.ask('scheduler', `/api/v1/sessions/${standing.id}/cancel`, { method: 'POST' });
  page = await open(browser);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function fill(title, time) {
  await at(page, 'book-title').fill(title);
  await at(page, 'book-person-0').selectOption('dr-wang');
  await at(page, 'book-person-1').selectOption('dr-li');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill(time);
}

/** Minutes after midnight as the form has it. */
const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

test('a consultation is booked, a clash is told with the next free time, and one press takes it', async () => {
  const { body } = await server.ask('scheduler', '/api/v1/me');
  const [hours, minutes] = body.now.slice(11, 16).split(':').map(Number);
  const soon = hours * 60 + minutes - (minutes % 5) + 10;
  if (soon > 22 * 60 + 30) day = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const start = soon > 22 * 60 + 30 ? 9 * 60 : soon;
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await fill(TITLE, clock(start));
  await at(page, 'book-submit').click();
  await at(page, 'book-done').waitFor();
  await at(page, 'book-session').filter({ hasText: TITLE }).waitFor();

  await fill('另一个会诊', clock(start + 10));
  await at(page, 'book-submit').click();
  await at(page, 'book-problem').waitFor();
  const told = await at(page, 'book-problem').innerText();
  assert.match(told, /王主任|李医生/, 'the problem names who is taken');
  assert.match(told, new RegExp(clock(start + 30)), 'and until when');
  await at(page, 'book-next-free').click();
  await at(page, 'book-submit').click();
  await at(page, 'book-done').waitFor();
  await until('both are listed', async () => (await at(page, 'book-session').filter({ hasText: '会诊' }).count()) >= 2);
  assert.deepEqual(page.faults.filter((it) => !it.includes('409')), []);
});

test('the booking is on the home page of both people', async () => {
  const today = (await server.ask('scheduler', '/api/v1/me')).body.now.slice(0, 10);
  for (const person of ['dr-wang', 'dr-li']) {
    const { body } = await server.ask(person, `/api/v1/sessions?day=${day}`);
    assert.ok(body.sessions.some((it) => it.title === TITLE), `${person} has it in the list of that day`);
    if (day !== today) continue;
    const home = await open(browser);
    await home.goto(server.people[person].home);
    await home.getByText(TITLE).first().waitFor();
    await home.context().close();
  }
});

test('by the API the clash is a problem with resource, end and next free time', async () => {
  const { body } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  const booked = body.sessions.find((it) => it.title === TITLE);
  const again = {
    kind: 'consultation',
    title: '冲突',
    startsAt: booked.startsAt,
    endsAt: booked.endsAt,
    roomIds: [],
    participants: [
      { personId: 'dr-wang', role: 'specialist' },
      { personId: 'dr-sun', role: 'village_doctor' },
    ],
    recording: false,
  };
  const refused = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body: again });
  assert.equal(refused.status, 409, JSON.stringify(refused.body));
  assert.match(refused.headers.get('content-type'), /^application\/problem\+json/);
  const { type, resource, takenUntil, nextFree } = refused.body;
  assert.deepEqual([type, resource.kind, resource.id], ['/problems/slot-taken', 'person', 'dr-wang']);
  assert.ok(Date.parse(takenUntil) >= Date.parse(booked.endsAt));
  assert.ok(Date.parse(nextFree) >= Date.parse(takenUntil));
});

test('nobody but a scheduler books', async () => {
  const session = { kind: 'consultation', title: 'x', startsAt: '2030-01-01T09:00:00+08:00', endsAt: '2030-01-01T09:30:00+08:00' };
  const body = { ...session, roomIds: [], participants: [{ personId: 'dr-li', role: 'village_doctor' }], recording: false };
  const refused = await server.ask('dr-li', '/api/v1/sessions', { method: 'POST', body });
  assert.equal(refused.status, 403);
  const stranger = await server.ask('nonsense', '/api/v1/me');
  assert.equal(stranger.status, 401);
});

test('the page speaks English when asked', async () => {
  await page.goto(server.people.scheduler.home);
  await until('the page is there', async () => /预约/.test(await page.innerText('body')));
  await at(page, 'lang-switch').click();
  await until('the page is English', async () => (await page.getAttribute('html', 'lang')) === 'en');
  await until('the words are English', async () => !/预约/.test(await page.innerText('body')));
});
