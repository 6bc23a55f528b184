// The day of a site from the home page in one press: by room and terminal, day by day, for its people and for who books.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, browser, page, today, tomorrow, day;

before(async () => {
  [server, browser] = await Promise.all([Server.start('site-day'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  today = body.now.slice(0, 10);
  // The county of the demo has sessions of its own in the hours to come, which may be tomorrow's.
  [tomorrow, day] = [1, 2].map((days) => new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10));
  const screen = { names: { zh: '诊室大屏', en: 'Clinic screen' }, roomId: 'clinic-a-1', kind: 'screen' };
  const { body: made } = await server.ask('scheduler', '/api/v1/terminals', { method: 'POST', body: screen });
  const people = (one, other) => [{ personId: one, role: 'specialist' }, { personId: other, role: 'village_doctor' }];
  await book('早上复诊', '09:00', { roomIds: ['hospital-2', 'clinic-a-1'], participants: people('dr-chen', 'dr-li') });
  await book('大屏会诊', '10:00', { roomIds: ['clinic-a-1'], terminalIds: [made.id], participants: people('dr-chen', 'dr-li') });
  await book('别处会诊', '11:00', { participants: people('dr-chen', 'dr-zhao') });
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function book(title, time, rest) {
  const ends = `${time.slice(0, 3)}30`;
  const body = { kind: 'consultation', title, startsAt: `${day}T${time}:00+08:00`, endsAt: `${day}T${ends}:00+08:00`, ...rest };
  const answer = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}

/** Each place with the sessions that it has. */
const places = () =>
  page.locator('[data-testid="day-place"]').evaluateAll((all) =>
    all.map((it) => [it.dataset.kind, it.querySelectorAll('[data-testid="day-session"]').length]));
const shows = (which) => page.locator(`[data-testid="day"][data-day="${which}"]`).waitFor();

test('the head of a clinic is one press away from its day, and steps to the next and back', async () => {
  await page.goto(server.people['dr-li'].home);
  await at(page, 'home-day').focus();
  await page.keyboard.press('Enter');
  await shows(today);
  for (const which of [tomorrow, day]) {
    await at(page, 'day-next').focus();
    await page.keyboard.press('Enter');
    await shows(which);
  }
  assert.deepEqual(await places(), [['room', 2], ['terminal', 1]]);
  const text = await at(page, 'day').innerText();
  assert.match(text, /云台远程诊室[\s\S]*09:00–09:30[\s\S]*早上复诊[\s\S]*诊室大屏[\s\S]*10:00–10:30/);
  assert.doesNotMatch(text, /远程会诊室二|别处会诊/, 'rooms and sessions of others are not there');
  await looked(page, 'site-day');
  await at(page, 'lang-switch').click();
  await page.getByText('Yuntai telemedicine…').waitFor();
  assert.match(await at(page, 'day').innerText(), /Dr Chen/, 'names in the language of the page');
  await at(page, 'lang-switch').click();
  await page.getByText('云台远程诊室').waitFor();
  await at(page, 'day-previous').click();
  await shows(tomorrow);
  await page.goBack();
  await shows(day);
  assert.equal(await at(page, 'day-site').count(), 0, 'who books for nobody chooses no other site');
});

test('who books looks at any site, in the zone that the server says', async () => {
  page = await open(browser, { viewport: { width: 360, height: 740 } });
  await page.goto(server.people.scheduler.home);
  await at(page, 'home-day').click();
  await shows(today);
  await at(page, 'day-site').selectOption('clinic-b');
  for (const which of [tomorrow, day]) {
    await at(page, 'day-next').click();
    await shows(which);
  }
  assert.deepEqual(await places(), [['none', 1]]);
  assert.match(await at(page, 'day').innerText(), /别处会诊/);
  assert.match(await at(page, 'day-date').innerText(), /北京时间/);
  await at(page, 'day-site').selectOption('clinic-a');
  await until('it is the other site', async () => (await places()).length === 2);
  await looked(page, 'site-day-scheduler');
});

test('who is of another site is told so', async () => {
  page = await open(browser);
  await page.goto(server.people['dr-li'].home.replace('#/home?', `#/day/clinic-b?day=${day}&`));
  await page.getByText('只有这个机构的人和为它预约的人能看').waitFor();
});
