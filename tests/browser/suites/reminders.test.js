// Who is booked is reminded on the own page; the health worker of a site has the call list, prints slips, and says who was told.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, browser, page, session;

before(async () => {
  [server, browser] = await Promise.all([Server.start('reminders'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  // In less than a day, so that the page reminds at once, and when the demo has nothing of these two.
  const time = (minutes) => new Date(Date.parse(body.now) + minutes * 60_000).toISOString();
  const people = [{ personId: 'dr-chen', role: 'specialist' }, { personId: 'dr-li', role: 'village_doctor' }];
  const wish = { kind: 'consultation', title: '皮肤科会诊', startsAt: time(22 * 60), endsAt: time(22 * 60 + 30), roomIds: ['clinic-a-1'], participants: people };
  const made = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body: wish });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  session = made.body.id;
  const guest = { name: '王大爷', role: 'patient' };
  const asked = await server.ask('dr-li', `/api/v1/sessions/${session}/guests`, { method: 'POST', body: guest });
  assert.equal(asked.status, 201, JSON.stringify(asked.body));
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Who is on the list, and how each was told. */
const calls = () => lines().evaluateAll((all) => all.map((it) => [it.querySelector('b').innerText, it.dataset.answer]));
const lines = () => page.locator(`[data-testid="call"][data-session="${session}"]`);

test('the own page reminds, and one press says that it is known', async () => {
  await until('the reminder is due', async () => (await server.ask('dr-li', '/api/v1/me')).body.reminded);
  await page.goto(server.people['dr-li'].home);
  const reminder = page.locator(`[data-testid="reminder"][data-id="${session}"]`);
  await reminder.waitFor();
  assert.match(await reminder.innerText(), /请确认参加[\s\S]*会诊 · 云台远程诊室/);
  await looked(page, 'reminders-home');
  await at(page, 'reminder-known').click();
  await reminder.waitFor({ state: 'detached' });
});

test('the health worker of the site sees who is to be told, prints a slip, and says who was told', async () => {
  await at(page, 'home-day').click();
  await at(page, 'day-calls').click();
  await at(page, 'calls').waitFor();
  await until('both are on the list', async () => (await calls()).length === 2);
  assert.deepEqual((await calls()).sort(), [['王大爷', ''], ['李医生', 'self']].sort());
  await looked(page, 'reminders-calls');
  const strips = at(page, 'strips');
  assert.equal(await strips.isVisible(), false, 'slips are for paper');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await strips.isVisible(), true);
  assert.equal(await at(page, 'calls').isVisible(), false);
  const text = await strips.innerText();
  assert.match(text, /王大爷[\s\S]*地点：云台远程诊室[\s\S]*请带：身份证/);
  assert.doesNotMatch(text, /皮肤科/, 'no title is on paper');
  await page.emulateMedia({ media: 'screen' });
  const [file] = await Promise.all([page.waitForEvent('download'), at(page, 'calls-file').click()]);
  const bytes = await readFile(await file.path());
  assert.deepEqual([...bytes.subarray(0, 4)], [0x1b, 0x40, 0x1c, 0x26]);
  assert.ok(bytes.includes(Buffer.from([0xcd, 0xf5, 0xb4, 0xf3, 0xd2, 0xaf])), '王大爷 in GB18030');
  await lines().locator('[data-testid="call-told"]').click();
  await until('it is written down', async () => (await calls()).every(([, answer]) => answer !== ''));
  assert.match(await at(page, 'calls').innerText(), /已当面告知/);
  await at(page, 'lang-switch').click();
  await page.getByText('Told in person at').waitFor();
  await at(page, 'lang-switch').click();
});

test('a phone is written down where it is missing, and what is none is told so', async () => {
  await lines().locator('[data-testid="call-reach"]').click();
  await at(page, 'reach-phone').fill('村口小卖部');
  await at(page, 'reach-save').click();
  await page.getByText('这不是电话号码').waitFor();
  await at(page, 'reach-phone').fill('138 0000-0001');
  await at(page, 'reach-save').click();
  await lines().locator('a[href="tel:13800000001"]').waitFor();
  await looked(page, 'reminders-phone');
  await lines().locator('[data-testid="call-reach"]').click();
  await at(page, 'reach').waitFor({ state: 'detached' });
});

test('who books chooses the site, and who is of another site is told so', async () => {
  page = await open(browser);
  await page.goto(server.people.scheduler.home);
  await at(page, 'home-day').click();
  await at(page, 'day-calls').click();
  await at(page, 'calls-site').selectOption('clinic-a');
  await until('it is the list of that site', async () => (await calls()).length === 2);
  page = await open(browser);
  await page.goto(server.people['dr-wang'].home.replace('#/home?', '#/calls/clinic-a?'));
  await page.getByText('乡村医生、老师和为它预约的人能看').waitFor();
});
