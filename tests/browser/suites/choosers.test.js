// What few bookings need: terminals, and for which languages somebody interprets. Chosen by keyboard, looked for, booked, changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

const ids = {};
let server, browser, page, day;

before(async () => {
  [server, browser] = await Promise.all([Server.start('choosers'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  day = new Date(Date.parse(`${body.now.slice(0, 10)}T00:00:00Z`) + 2 * 86_400_000).toISOString().slice(0, 10);
  for (const [id, name, nameEn, roomId] of [
    ['screen-a', '诊室大屏', 'Clinic screen', 'clinic-a-1'],
    ['tablet-a', '诊室平板', 'Clinic tablet', 'clinic-a-1'],
    ['screen-h', '会诊大屏', 'Hospital screen', 'hospital-1'],
    ['screen-b', '林皋大屏', 'Lingao screen', 'clinic-b-1'],
  ]) ids[id] = await post('terminals', { names: { zh: name, en: nameEn }, roomId, kind: id.split('-')[0] });
  for (const [id, name, nameEn, interprets] of [
    ['tashi', '扎西', 'Tashi', ['bo-zh']],
    ['dolma', '卓玛', 'Dolma', ['bo-zh', 'ug-zh']],
    ['signer', '林手语', 'Signer Lin', ['csl-zh']],
  ]) ids[id] = await post('people', { names: { zh: name, en: nameEn }, organizationId: 'hospital', roles: ['interpreter'], interprets });
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** The id of what is made. */
async function post(path, body) {
  const answer = await server.ask('scheduler', `/api/v1/${path}`, { method: 'POST', body });
  assert.equal(answer.status, 201, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

/** What the register made ids for is called as above. */
const nameOf = (id) => Object.keys(ids).find((name) => ids[name] === id) ?? id;
const options = async (id) => {
  const all = await at(page, id).locator('option').evaluateAll((all) => all.map((it) => it.value));
  return all.filter(Boolean).map(nameOf).sort();
};
const terminal = (name) => at(page, `book-terminal-${ids[name]}`);
const chosen = async () => {
  const all = await page.locator('[data-testid="book-terminals"] input:checked').evaluateAll((all) => all.map((it) => it.dataset.testid));
  return all.map((it) => nameOf(it.replace('book-terminal-', ''))).sort();
};

/** The session of this title, as the scheduler reads it. */
async function booked(title) {
  const { body } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  return body.sessions.find((it) => it.title === title);
}

test('terminals of the places that take part are a press away, and those of others in a list', async () => {
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(page, 'book-terminals').waitFor();
  assert.deepEqual(await options('book-terminal-other'), ['screen-a', 'screen-b', 'screen-h', 'tablet-a'], 'nobody takes part yet');
  await at(page, 'book-title').fill('藏语会诊');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill('09:00');
  await at(page, 'book-person-0').selectOption('dr-wang');
  await at(page, 'book-person-1').selectOption('dr-li');
  assert.deepEqual(await options('book-terminal-other'), ['screen-b']);
  await terminal('screen-a').focus();
  await page.keyboard.press('Space');
  await at(page, 'book-terminal-other').selectOption(ids['screen-b']);
  assert.deepEqual(await chosen(), ['screen-a', 'screen-b']);
  await terminal('screen-b').click({ force: true });
  assert.deepEqual(await chosen(), ['screen-a']);
});

test('of who interprets the languages are chosen, and whoever does is looked for and booked for them', async () => {
  await at(page, 'book-add-person').click();
  await at(page, 'book-role-2').selectOption('interpreter');
  await at(page, 'book-pair-2').waitFor();
  assert.deepEqual(await options('book-pair-2'), ['bo-zh', 'csl-zh', 'ug-zh']);
  await at(page, 'book-person-2').selectOption(ids.signer);
  await at(page, 'book-pair-2').focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await at(page, 'book-pair-2').inputValue(), 'bo-zh');
  assert.equal(await at(page, 'book-person-2').inputValue(), '', 'who signs does not interpret Tibetan');
  assert.deepEqual(await options('book-person-2'), ['dolma', 'tashi']);
  await looked(page, 'choosers');
  const asked = page.waitForRequest((it) => it.url().endsWith('/api/v1/slots:search'));
  await at(page, 'book-days').selectOption('1');
  await at(page, 'book-find').click();
  const { needs } = (await asked).postDataJSON();
  assert.deepEqual(needs[2], { interpreterOf: 'bo-zh' });
  assert.deepEqual(needs.at(-1), { anyOf: [{ kind: 'terminal', id: ids['screen-a'] }] });
  const held = page.waitForRequest((it) => it.url().endsWith('/api/v1/holds'));
  await page.locator('[data-testid="book-slot"]').first().click();
  assert.deepEqual((await held).postDataJSON().terminalIds, [ids['screen-a']], 'nobody else takes it meanwhile');
  const first = await at(page, 'book-person-2').inputValue();
  assert.ok(['dolma', 'tashi'].includes(nameOf(first)), 'one who does');
  await at(page, 'book-submit').click();
  await at(page, 'book-done').waitFor();
  const session = await booked('藏语会诊');
  assert.deepEqual(session.terminals.map(({ id }) => nameOf(id)), ['screen-a']);
  assert.deepEqual(session.participants.map(({ personId, interprets }) => [personId, interprets]).at(-1), [first, 'bo-zh']);
  assert.deepEqual(await chosen(), [], 'the next booking begins without them');
});

test('a change shows them as they are, sends what was touched alone, and names a terminal that is taken', async () => {
  const session = await booked('藏语会诊');
  await page.goto(`${server.url}/#/book/${session.id}`);
  await at(page, 'book-pair-2').waitFor();
  assert.equal(await at(page, 'book-pair-2').inputValue(), 'bo-zh');
  await terminal('tablet-a').check({ force: true });
  const asked = page.waitForRequest((it) => it.method() === 'PATCH');
  await at(page, 'change-submit').click();
  assert.deepEqual(Object.keys((await asked).postDataJSON()), ['terminalIds']);
  await at(page, 'book-done').waitFor();
  assert.deepEqual((await booked('藏语会诊')).terminals.map(({ id }) => nameOf(id)).sort(), ['screen-a', 'tablet-a']);
  await page.goto(`${server.url}/#/book`);
  await at(page, 'book-title').fill('另一场');
  await at(page, 'book-person-0').selectOption('dr-chen');
  await at(page, 'book-person-1').selectOption('dr-zhao');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill(session.startsAt.slice(11, 16));
  await at(page, 'book-terminal-other').selectOption(ids['tablet-a']);
  await at(page, 'book-submit').click();
  await at(page, 'book-problem').waitFor();
  assert.match(await at(page, 'book-problem').innerText(), /诊室平板/);
  await looked(page, 'choosers-taken');
});
