// From an empty folder to a session: the administrator is led from the set-up link through areas, sites, rooms, terminals, people,
// accounts and lines to the first booking, and the two who are booked come in by their own links and see and hear each other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, inRoom, launch, open, seesAndHears } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

const PHONE = { width: 360, height: 740 };
const TITLE = '第一次会诊';
let server, browser, page;
const links = {};

before(async () => {
  [server, browser] = await Promise.all([Server.start('first-session', { demo: false }), launch('doctor')]);
  page = await open(browser, { viewport: PHONE });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const step = (name) => page.locator(`[data-testid="county-step"][data-step="${name}"]`);
const state = (name) => step(name).getAttribute('data-state');
const fill = async (which, fields) => {
  for (const [id, value] of Object.entries(fields)) await at(which, id).fill(value);
};

/** From the checklist to a step. */
async function go(name) {
  await page.goto(`${server.url}/#/county`);
  await at(page, `county-go-${name}`).click();
}

test('who sets the county up comes to a list of what it still needs', async () => {
  await page.goto(server.setup);
  await fill(page, { 'field-countyNames.zh': '白水县', 'field-names.zh': '周敏', 'field-loginName': 'zhou', 'field-password': 'mountain bridge' });
  await at(page, 'setup-submit').click();
  await step('sites').waitFor();
  assert.deepEqual(
    await at(page, 'county-step').evaluateAll((steps) => steps.map((it) => `${it.dataset.step} ${it.dataset.state}`)),
    ['areas optional', 'sites todo', 'rooms todo', 'terminals optional', 'people todo', 'logins todo', 'lines optional', 'sessions todo'],
  );
  assert.equal(await step('sites').getAttribute('aria-current'), 'step');
  await looked(page, 'county');
});

test('areas are added one by one, with the fault at its field', async () => {
  await go('areas');
  await fill(page, { 'areas-code': '6105', 'areas-name': ' ' });
  await at(page, 'areas-add').click();
  await at(page, 'areas-note-name').waitFor();
  await fill(page, { 'areas-code': '61052', 'areas-name': '白水县' });
  await at(page, 'areas-add').click();
  await at(page, 'areas-note-code').waitFor();
  for (const [code, name] of [['610527', '白水县'], ['610527101', '史官镇']]) {
    await fill(page, { 'areas-code': code, 'areas-name': name });
    await page.keyboard.press('Enter');
    await at(page, 'areas-done').filter({ hasText: name }).waitFor();
  }
  await at(page, 'areas-word').fill('sgz');
  await at(page, 'areas-found').filter({ hasText: '白水县 › 史官镇' }).waitFor();
  await looked(page, 'areas');
});

test('sites in their areas, rooms and a terminal are registered by form', async () => {
  await go('sites');
  for (const [name, word, code] of [['白水县医院', 'baishui', '610527'], ['史官镇卫生院', 'sgz', '610527101']]) {
    await fill(page, { 'register-names.zh': name, 'area-word': word });
    await page.locator(`[data-testid="area-option"][data-code="${code}"]`).click();
    await at(page, 'register-submit').click();
    await at(page, 'register-done').filter({ hasText: name }).waitFor();
    await at(page, 'area-clear').click();
  }
  await at(page, 'register-entry').filter({ hasText: '白水县 › 史官镇' }).waitFor();
  await looked(page, 'sites');
  await go('rooms');
  for (const [name, site] of [['会诊室', '白水县医院'], ['远程诊室', '史官镇卫生院']]) {
    await at(page, 'register-names.zh').fill(name);
    await at(page, 'register-organizationId').selectOption({ label: site });
    await at(page, 'register-submit').click();
    await at(page, 'register-done').filter({ hasText: name }).waitFor();
  }
  await go('terminals');
  await at(page, 'register-names.zh').fill('壁挂大屏');
  await at(page, 'register-roomId').selectOption({ label: '史官镇卫生院 · 远程诊室' });
  await at(page, 'register-submit').click();
  await at(page, 'register-done').waitFor();
  await looked(page, 'terminals');
});

test('two people are registered and get accounts, and a name is mended by the form of its line', async () => {
  await go('people');
  for (const [name, site, role] of [['王主人', '白水县医院', 'specialist'], ['李医生', '史官镇卫生院', 'village_doctor']]) {
    await at(page, 'register-names.zh').fill(name);
    await at(page, 'register-organizationId').selectOption({ label: site });
    await at(page, `register-role-${role}`).check({ force: true });
    await at(page, 'register-submit').click();
    await at(page, 'register-done').filter({ hasText: name }).waitFor();
    await at(page, `register-role-${role}`).uncheck({ force: true });
  }
  await at(page, 'register-entry').filter({ hasText: '王主人' }).getByTestId('register-change').click();
  const form = at(page, 'register-change-form');
  await looked(page, 'person-change');
  await form.getByTestId('register-names.zh').fill('王主任');
  await form.getByTestId('register-submit').click();
  await at(page, 'register-entry').filter({ hasText: '王主任' }).waitFor();
  await go('logins');
  for (const [name, login] of [['王主任', 'wang'], ['李医生', 'li']]) {
    await at(page, 'account-person').selectOption({ label: name });
    await at(page, 'field-loginName').fill(login);
    await at(page, 'account-submit').click();
    await at(page, 'handed').filter({ hasText: name }).waitFor();
    links[login] = await at(page, 'handed-address').innerText();
  }
});

test('the line of a site is described, and the list says that only the session is left', async () => {
  await go('lines');
  await page.locator('[data-testid="lines-site"]').filter({ hasText: '史官镇卫生院' }).getByTestId('lines-open').click();
  await fill(page, { 'line-down': '4000', 'line-up': '4000' });
  await looked(page, 'lines');
  await at(page, 'line-save').click();
  await at(page, 'lines-saved').waitFor();
  // The list is what the server counts: a new page knows it as well.
  await page.goto(`${server.url}/#/county`);
  await page.reload();
  await step('sessions').waitFor();
  assert.deepEqual(
    await at(page, 'county-step').evaluateAll((steps) => steps.map((it) => it.dataset.state)),
    ['done', 'done', 'done', 'done', 'done', 'done', 'done', 'todo'],
  );
  assert.equal(await step('sessions').getAttribute('aria-current'), 'step');
  await looked(page, 'county-last');
});

test('the first session is booked, and both come in by their own links and see and hear each other', async () => {
  await go('sessions');
  await at(page, 'book-title').fill(TITLE);
  await at(page, 'book-person-0').selectOption({ label: await label('book-person-0', '王主任') });
  await at(page, 'book-person-1').selectOption({ label: await label('book-person-1', '李医生') });
  await at(page, 'book-submit').click();
  await at(page, 'book-done').waitFor();
  const people = await Promise.all(
    ['wang', 'li'].map(async (login) => {
      const own = await open(browser);
      await own.goto(links[login]);
      await at(own, 'field-password').fill('another mountain bridge');
      await at(own, 'password-submit').click();
      await at(own, 'home-join').first().click();
      await at(own, 'join-camera').and(own.locator('[data-ok="true"]')).waitFor();
      await at(own, 'join-enter').click();
      await inRoom(own);
      return own;
    }),
  );
  await Promise.all(people.map((own, nth) => seesAndHears(own, ['the specialist', 'the doctor'][nth], { frames: 20 })));
  assert.deepEqual(people.map((own) => own.faults), [[], []]);
  await page.goto(`${server.url}/#/county`);
  await step('sessions').and(page.locator('[data-state="done"]')).waitFor();
  assert.equal(await page.locator('[aria-current="step"]').count(), 0);
  await looked(page, 'county-ready');
  await Promise.all(people.map((own) => own.context().close()));
});

test('who is booked is not retired: the page says which session needs another', async () => {
  await go('people');
  const doctor = at(page, 'register-entry').filter({ hasText: '李医生' });
  await doctor.getByTestId('register-retire').click();
  await doctor.getByTestId('register-retire-sure').click();
  await at(page, 'register-still-booked').filter({ hasText: TITLE }).waitFor();
  assert.match(await at(page, 'register-refused').innerText(), /还有 1 次预约/);
  await looked(page, 'still-booked');
  await at(page, 'register-still-booked').click();
  await at(page, 'change-submit').waitFor();
});

/** The option of a person, which names the site as well. */
async function label(id, name) {
  const options = await at(page, id).locator('option').allInnerTexts();
  return options.find((it) => it.includes(name));
}
