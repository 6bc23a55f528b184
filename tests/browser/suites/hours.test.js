// Hours of a terminal on their page: the school has it in the mornings, it is in repair, there is no power; what is wrong is said at
// its row, and a booking against them is refused with the name of the terminal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

let server, browser, page, day, screen, hours;

before(async () => {
  [server, browser] = await Promise.all([Server.start('hours'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  day = new Date(Date.parse(`${body.now.slice(0, 10)}T00:00:00Z`) + 2 * 86_400_000).toISOString().slice(0, 10);
  const form = { names: { zh: '诊室大屏', en: 'Clinic screen' }, roomId: 'clinic-a-1', kind: 'screen' };
  screen = (await server.ask('scheduler', '/api/v1/terminals', { method: 'POST', body: form })).body.id;
  hours = `/api/v1/availability/terminal/${screen}`;
  // What another program said, which the page does not show.
  const market = { name: '赶集', effect: 'closed', monthDays: { reckoning: 'lunar', digits: [3] } };
  assert.equal((await server.ask('scheduler', hours, { method: 'PUT', body: { overlays: [market], beforeMinutes: 5 } })).status, 200);
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const kept = async () => (await server.ask('scheduler', hours)).body;
const inside = (list, id) => at(page, `hours-${list}`).locator(`[data-testid="${id}"]`);

test('hours of the week are said by keyboard, and what the page does not show stays', async () => {
  await page.goto(server.people.scheduler.home.replace('#/home', '#/register/terminal'));
  await at(page, 'register-hours').focus();
  await page.keyboard.press('Enter');
  await at(page, 'hours-form').waitFor();
  assert.equal(await at(page, 'hours-whose').inputValue(), `terminal:${screen}`);
  await at(page, 'hours-always').focus();
  await page.keyboard.press('Space');
  for (const weekend of ['saturday', 'sunday']) await inside('weekly', `hours-${weekend}`).check({ force: true });
  await inside('weekly', 'hours-from').fill('13:00');
  await inside('weekly', 'hours-to').fill('00:00');
  await page.keyboard.press('Enter');
  await at(page, 'hours-saved').waitFor();
  const said = await kept();
  assert.deepEqual(said.weekly.map(({ days, from, to }) => [days.length, from, to]), [[7, '13:00', '24:00']]);
  assert.deepEqual([said.overlays.map(({ name }) => name), said.beforeMinutes], [['赶集'], 5]);
});

test('what is wrong is said at its row, and nothing is kept until it is right', async () => {
  await at(page, 'hours-add-closed').click();
  await inside('closed', 'hours-first').fill(day);
  await inside('closed', 'hours-last').fill('2020-01-01');
  await at(page, 'hours-add-power').click();
  await inside('power', 'hours-name').fill('停电');
  await inside('power', 'hours-from').fill('15:00');
  await inside('power', 'hours-to').fill('14:00');
  await at(page, 'hours-save').click();
  await inside('closed', 'hours-note').first().waitFor();
  const closed = (await inside('closed', 'hours-note').allInnerTexts()).join(' ');
  assert.match(closed, /请写原因/);
  assert.match(closed, /结束要晚于开始/);
  assert.match(await inside('power', 'hours-note').innerText(), /结束要晚于开始/);
  await looked(page, 'hours-wrong');
  assert.equal((await kept()).overlays.length, 1);
  await inside('closed', 'hours-name').fill('送修');
  await inside('closed', 'hours-last').fill(day);
  await inside('power', 'hours-to').fill('16:00');
  await at(page, 'hours-save').click();
  await at(page, 'hours-saved').waitFor();
  assert.deepEqual((await kept()).overlays.map(({ name }) => name), ['送修', '停电', '赶集']);
  await looked(page, 'hours');
});

test('a booking of the terminal in that time is refused by its name and its reason', async () => {
  await page.goto(`${server.url}/#/book`);
  await at(page, 'book-title').fill('下午会诊');
  await at(page, 'book-person-0').selectOption('dr-chen');
  await at(page, 'book-person-1').selectOption('dr-li');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill('14:00');
  await at(page, `book-terminal-${screen}`).check({ force: true });
  await at(page, 'book-submit').click();
  await at(page, 'book-problem').waitFor();
  assert.match(await at(page, 'book-problem').innerText(), /诊室大屏：送修/);
  await looked(page, 'hours-refused');
});

test('a row is taken away again, and who does not keep hours is told so', async () => {
  await page.goto(`${server.url}/#/book/hours?of=terminal:${screen}`);
  await inside('closed', 'hours-remove').click();
  await at(page, 'hours-save').click();
  await at(page, 'hours-saved').waitFor();
  assert.deepEqual((await kept()).overlays.map(({ name }) => name), ['停电', '赶集']);
  const other = await open(browser);
  await other.goto(server.people['dr-li'].home.replace('#/home?', `#/book/hours?of=terminal:${screen}&`));
  await other.getByText('只有本县的预约员能改开放时间').waitFor();
  await other.context().close();
});
