// Roles are given and taken on their page, a minor is said to be one, and an auditor reads who read what. In both languages, on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const SCREENS = [
  [1280, 800],
  [360, 740],
];
let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start('roles'), launch('doctor')]);
  page = await open(browser);
  await page.goto(server.people.scheduler.home.replace('#/home', '#/roles'));
  await at(page, 'roles-person').waitFor();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Everything that is wrong with how the page is drawn, on both screens and in both languages. */
async function looks(which, name) {
  for (const [width, height] of SCREENS) {
    await which.setViewportSize({ width, height });
    for (const language of ['en', 'zh']) {
      const lang = () => which.evaluate(() => document.documentElement.lang.slice(0, 2));
      if ((await lang()) !== language) await at(which, 'lang-switch').click();
      await until('the language is on the page', async () => (await lang()) === language);
      if (process.env.PICTURES) await which.screenshot({ path: `${out}/${name}-${width}-${language}.png`, fullPage: true });
      const wrong = await which.evaluate(() => {
        const shown = [...document.querySelectorAll('main *')].filter((it) => it.offsetParent);
        const low = shown.filter((it) => it.matches('button, .button, input:not([type=radio]), select, .choice') && it.getBoundingClientRect().height < 47.5);
        const fine = shown.filter((it) => it.childElementCount === 0 && it.textContent.trim() && parseFloat(getComputedStyle(it).fontSize) < 16);
        const nameless = shown.filter((it) => it.matches('input, select') && !it.closest('label'));
        const wide = document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [];
        return [...low, ...fine, ...nameless, ...wide].map((it) => it.outerHTML.slice(0, 80));
      });
      assert.deepEqual(wrong, [], `${name} ${width} ${language}`);
    }
  }
  await which.setViewportSize({ width: 1280, height: 800 });
}

const held = (role) => page.locator(`[data-testid="roles-held"][data-role="${role}"]`);

/** A scheduler of one site pairs a device there, and plans a series of its people. */
async function plans(own) {
  const ask = (path, body) => server.ask('scheduler', path, { method: 'POST', body });
  const screens = [];
  for (const roomId of ['clinic-b-1', 'clinic-c-1']) {
    const { status, body } = await ask('/api/v1/terminals', { names: { zh: `大屏 ${roomId}` }, kind: 'screen', roomId });
    assert.equal(status, 201, JSON.stringify(body));
    screens.push(body.id);
  }
  await own.goto(server.people.reader.home.replace('#/replay', '#/book'));
  await at(own, 'book-screens').click();
  await at(own, 'screens').waitFor();
  assert.deepEqual(await own.locator('[data-testid="screens-entry"]').evaluateAll((all) => all.map((it) => it.dataset.id)), [screens[0]]);
  await looks(own, 'screens');
  await at(own, 'screens-devices').click();
  await at(own, 'devices-make').click();
  await at(own, 'devices-code').waitFor();
  await own.goto(`${server.url}/#/book`);
  await at(own, 'book-title').fill('每周会诊');
  await at(own, 'book-person-0').selectOption('dr-chen');
  await at(own, 'book-person-1').selectOption('dr-sun');
  await at(own, 'book-repeats').check({ force: true });
  await at(own, 'repeats-times').fill('3');
  await at(own, 'book-submit').click();
  await at(own, 'book-problem').waitFor();
  await at(own, 'book-person-1').selectOption('dr-zhao');
  await at(own, 'book-find').click();
  await at(own, 'book-slots').waitFor();
  await at(own, 'book-slot').first().click();
  await at(own, 'book-submit').click();
  await at(own, 'series').waitFor();
  assert.deepEqual(own.faults.filter((it) => !/403/.test(it)), []);
  await own.context().close();
}

test('a role is given for one site, by keyboard, and taken back after a second press', async () => {
  await at(page, 'roles-person').selectOption('reader');
  await at(page, 'roles-role').selectOption('scheduler');
  await at(page, 'roles-scope-site').check({ force: true });
  await at(page, 'roles-submit').click();
  await at(page, 'roles-note-scope').waitFor();
  await looks(page, 'roles-fault');
  await at(page, 'roles-site').selectOption('clinic-b');
  await at(page, 'roles-reason').fill('代班');
  await page.keyboard.press('Enter');
  await held('scheduler').waitFor();
  assert.match(await held('scheduler').innerText(), /林皋镇卫生院/);
  assert.equal((await server.ask('reader', '/api/v1/directory')).status, 200);
  await looks(page, 'roles-held');
  await plans(await open(browser));
  await held('scheduler').getByTestId('roles-take').click();
  await held('scheduler').getByTestId('roles-take-sure').click();
  await held('scheduler').waitFor({ state: 'detached' });
  assert.equal((await server.ask('reader', '/api/v1/directory')).status, 403);
});

test('a role that may do nothing there is refused in words', async () => {
  await at(page, 'roles-role').selectOption('villager');
  await at(page, 'roles-scope-county').check({ force: true });
  await at(page, 'roles-submit').click();
  assert.match(await at(page, 'roles-note-scope').innerText(), /什么也做不了/);
});

test('a minor and a guardian are said, and a wrong day is told at the field', async () => {
  await at(page, 'minor-born').fill('2099-01-01');
  await at(page, 'minor-submit').click();
  await at(page, 'roles-note-bornOn').waitFor();
  await at(page, 'minor-born').fill('2015-05-01');
  await at(page, 'minor-guardian').selectOption('class-a');
  await at(page, 'minor-submit').click();
  await until('it is saved', async () => /已保存/.test(await at(page, 'minor-saved').innerText()));
  await looks(page, 'roles-minor');
  const { body } = await server.ask('scheduler', '/api/v1/people/reader/minor');
  assert.deepEqual(body, { bornOn: '2015-05-01', guardianIds: ['class-a'] });
});

test('an auditor reads who read what, and who administers does not', async () => {
  await at(page, 'roles-person').selectOption('dr-wang');
  await at(page, 'roles-role').selectOption('auditor');
  await at(page, 'roles-submit').click();
  await held('auditor').waitFor();
  const today = (await server.ask('dr-li', '/api/v1/me')).body.today;
  const { id } = today.find((it) => it.kind === 'consultation');
  assert.equal((await server.ask('dr-li', `/api/v1/sessions/${id}?reason=follow-up`)).status, 200);
  const other = await open(browser);
  await other.goto(server.people['dr-wang'].home.replace('#/home', '#/audit'));
  const entry = other.locator('[data-testid="audit-entry"][data-act="session"]');
  await entry.waitFor();
  assert.match(await entry.innerText(), /李医生[\s\S]*follow-up/);
  assert.equal(await other.locator('[data-testid="audit-chain"].good').count(), 1);
  await looks(other, 'audit');
  assert.deepEqual(other.faults, []);
  await other.context().close();
  assert.equal((await server.ask('scheduler', '/api/v1/audit')).status, 403);
  assert.deepEqual(page.faults.filter((it) => !/4(22|04)/.test(it)), []);
});
