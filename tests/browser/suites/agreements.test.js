// Who may consult whom, on its page: an agreement that ends is felt at the triage of a case, another one is written, signed, and told with
// what came of it. In both languages, on a phone and a screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

const PAPER = '白卫协〔2026〕7 号';
let server, browser, page, id;

const one = (state) => at(page, 'agreement').and(page.locator(`[data-state="${state}"]`));
const press = (name) => at(page, name).click();

/** What the scheduler says of the case that dr-li requested, at version `version`. */
async function step(person, word, version, body) {
  const headers = { 'If-Match': `"${version}"` };
  const { status, body: told } = await server.ask(person, `/api/v1/cases/${id}/${word}`, { method: 'POST', headers, body });
  assert.equal(status, 200, JSON.stringify(told));
  return told.version;
}

before(async () => {
  [server, browser] = await Promise.all([Server.start('agreements'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  const patient = { name: '李奶奶', sex: 'female', born: 1950, card: '610527195001010021' };
  const asked = { urgency: 'routine', reason: '头晕', purpose: '用药', wishedAt: body.now, summary: '血压 160/95', specialty: 'internal', title: 'any' };
  const made = await server.ask('dr-li', '/api/v1/cases', { method: 'POST', body: { patient, ...asked } });
  id = made.body.id;
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('an agreement is ended by a second press, and nobody of that hospital is invited any more', async () => {
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book/register'));
  await press('register-agreements');
  await one('signed').waitFor();
  await looked(page, 'agreements');
  await at(page, 'agreement-end').focus();
  await page.keyboard.press('Enter');
  await at(page, 'agreement-end-sure').focus();
  await page.keyboard.press('Enter');
  await one('ended').waitFor();
  assert.equal(await at(page, 'agreement-end').count(), 0, 'an end is an end');
  await page.goto(`${server.url}/#/cases/${id}`);
  await at(page, 'case-invite-dr-wang').check();
  await press('case-triage');
  await at(page, 'case-note-invitedIds').waitFor();
  assert.match(await at(page, 'case-note-invitedIds').innerText(), /协议那时已结束/);
  await looked(page, 'agreements-refused');
});

test('what is wrong is said at its field, and what is right is a draft until both have signed', async () => {
  await page.goto(`${server.url}/#/book/agreements`);
  await at(page, 'agreement-until').fill('2020-01-01');
  await at(page, 'agreement-monthMax').fill('many');
  await press('agreement-add');
  for (const field of ['invitedId', 'until', 'monthMax', 'paper']) await at(page, `agreement-note-${field}`).first().waitFor();
  await looked(page, 'agreements-wrong');
  await at(page, 'agreement-inviting').selectOption('clinic-a');
  await at(page, 'agreement-invited').selectOption('hospital');
  // The open consultation of the demo may have begun before midnight.
  await at(page, 'agreement-from').fill('2020-01-01');
  await at(page, 'agreement-until').fill('2099-12-31');
  await at(page, 'agreement-monthMax').fill('4');
  await at(page, 'agreement-paper').fill(PAPER);
  await at(page, 'agreement-paper').press('Enter');
  await one('draft').waitFor();
  assert.match(await one('draft').innerText(), new RegExp(PAPER));
  await press('agreement-sign');
  await one('signed').waitFor();
  assert.match(await one('signed').getByTestId('agreement-used').innerText(), /说好每月 4 次 · 已约 0 次，做到 0 次/);
});

test('what was promised stands beside what came of it, month by month', async () => {
  let version = 1;
  version = await step('scheduler', 'triage', version, { invitedIds: ['dr-wang'] });
  version = await step('dr-wang', 'answer', version, { reply: 'accept' });
  const { body: found } = await server.ask('scheduler', '/api/v1/sessions');
  const session = found.sessions.find((it) => it.kind === 'consultation');
  version = await step('scheduler', 'schedule', version, { sessionId: session.id });
  await step('dr-wang', 'opinion', version, { opinion: '随访' });
  const month = session.startsAt.slice(0, 7);
  await page.reload();
  await at(page, 'agreement-month').fill(month);
  await one('signed').getByText('已约 1 次，做到 1 次').waitFor();
  const [year, of] = month.split('-').map(Number);
  await at(page, 'agreement-month').fill(`${of === 12 ? year + 1 : year}-${String((of % 12) + 1).padStart(2, '0')}`);
  await one('signed').getByText('已约 0 次，做到 0 次').waitFor();
  await looked(page, 'agreements-used');
});

test('a specialist is told that the page is not for them', async () => {
  await page.goto(server.people['dr-wang'].home.replace('#/home', '#/book/agreements'));
  await at(page, 'empty').waitFor();
  assert.equal(await at(page, 'agreement').count(), 0);
});
