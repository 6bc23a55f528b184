// The register's page: a table is checked, mended, imported; one more person is added by form; a retired one is out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const SCREENS = [
  [1280, 800],
  [360, 740],
];
const HEAD = '类别,姓名,机构类型,所属机构,角色';
const GOOD = `${HEAD}\r\n机构,史官镇卫生院,卫生,,\r\n房间,史官远程诊室,,史官镇卫生院,\r\n人员,何医生,,史官镇卫生院,乡村医生\r\n`;
const BAD = `${HEAD}\n机构,史官镇卫生院,警察,,\n人员,何医生,,史官镇卫生院,乡村医生\n人员,高老师,,城关第一小学,主讲教师\n`;

let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start('register'), launch('doctor')]);
  page = await open(browser);
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(page, 'book-register').click();
  await at(page, 'import-file').waitFor({ state: 'attached' });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const choose = (name, text) => at(page, 'import-file').setInputFiles({ name, mimeType: 'application/vnd.ms-excel', buffer: Buffer.from(text) });

/** Everything that is wrong with how the page is drawn. */
const misdrawn = () =>
  page.evaluate(() => {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) wrong.push(`${document.documentElement.scrollWidth} px wide`);
    for (const it of document.querySelectorAll('main button, main .button, main input[type=text], main select, main .choice')) {
      const box = it.getBoundingClientRect();
      if (box.width > 0 && box.height < 47.5) wrong.push(`${it.textContent || it.dataset.testid}: ${box.height} px high`);
    }
    for (const it of document.querySelectorAll('main *')) {
      if (it.childElementCount === 0 && it.textContent && parseFloat(getComputedStyle(it).fontSize) < 16) wrong.push(`small: ${it.textContent}`);
    }
    return wrong;
  });

/** On both screens and in both languages. */
async function looks(name) {
  for (const [width, height] of SCREENS) {
    await page.setViewportSize({ width, height });
    for (const language of ['en', 'zh']) {
      await at(page, 'lang-switch').click();
      await until('the language is on the page', () => page.evaluate((it) => document.documentElement.lang.startsWith(it), language));
      if (process.env.PICTURES) await page.screenshot({ path: `${out}/${name}-${width}x${height}-${language}.png`, fullPage: true });
      assert.deepEqual(await misdrawn(), [], `${name} ${width} ${language}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

const people = async () => (await server.ask('scheduler', '/api/v1/people?limit=500')).body.entries;

test('a table with faults is told line by line, and nothing of it is done', async () => {
  await choose('bad.csv', BAD);
  await at(page, 'import-checked').waitFor();
  assert.deepEqual(await at(page, 'import-line-fault').evaluateAll((lines) => lines.map((it) => it.dataset.line)), ['2', '3']);
  const told = await at(page, 'import-line-fault').first().innerText();
  assert.match(told, /机构类型：没有“警察”这种类型/);
  assert.match(await at(page, 'import-line-fault').last().innerText(), /第 2 行/);
  assert.equal(await at(page, 'import-do').count(), 0);
  assert.ok(!(await people()).some((it) => it.names.zh === '高老师'));
  await looks('register-faults');
});

test('what is no table is refused with what to do', async () => {
  await choose('county.xlsx', 'PK\x03\x04 and so on');
  await at(page, 'import-problem').waitFor();
  assert.match(await at(page, 'import-problem').innerText(), /另存为/);
});

test('a good table is checked and then imported with the press of a button, and a second time there is nothing to do', async () => {
  await choose('good.csv', GOOD);
  await at(page, 'import-checked').waitFor();
  assert.equal(await at(page, 'import-line-made').count(), 3);
  assert.ok(!(await people()).some((it) => it.names.zh === '何医生'), 'a check changes nothing');
  await at(page, 'import-do').click();
  await at(page, 'import-done').waitFor();
  assert.ok((await people()).some((it) => it.names.zh === '何医生' && it.roles.includes('village_doctor')));
  await choose('good.csv', GOOD);
  await at(page, 'import-checked').waitFor();
  assert.equal(await at(page, 'import-do').count(), 0);
});

test('the empty table to download is one that can be imported, in both languages', async () => {
  for (const language of ['en', 'zh']) {
    await at(page, 'lang-switch').click();
    await until('the language is on the page', () => page.evaluate((it) => document.documentElement.lang.startsWith(it), language));
    const [download] = await Promise.all([page.waitForEvent('download'), at(page, 'import-template').click()]);
    const text = readFileSync(await download.path(), 'utf8');
    await choose('template.csv', text);
    await at(page, 'import-line-made').filter({ hasText: language === 'en' ? 'Example: Sites' : '例：机构' }).first().waitFor();
    assert.equal(await at(page, 'import-line-made').count(), 6);
    assert.equal(await at(page, 'import-line-fault').count(), 0);
  }
});

test('a person is added by form, with the fault at its field, and one who is retired comes in no more', async () => {
  await at(page, 'register-table-person').check({ force: true });
  await at(page, 'register-names.zh').fill('李医生');
  await at(page, 'register-organizationId').selectOption('clinic-a');
  await at(page, 'register-submit').click();
  await at(page, 'register-note-names.zh').waitFor();
  assert.match(await at(page, 'register-note-names.zh').innerText(), /同名/);
  await looks('register-person');
  await at(page, 'register-names.zh').fill('李医生（中医）');
  await at(page, 'register-role-specialist').check({ force: true });
  // Names in Tibetan and Uyghur are folded away, and each has its fault at its field.
  assert.equal(await at(page, 'register-names.bo').isVisible(), false);
  await at(page, 'register-names-more').press('Enter');
  await at(page, 'register-names.bo').fill('ལི་སྨན་པ།');
  await at(page, 'register-names.ug').fill('لى دوختۇر');
  await looks('register-names');
  // By the keyboard.
  await at(page, 'register-submit').focus();
  await page.keyboard.press('Enter');
  await at(page, 'register-done').waitFor();
  const made = (await people()).find((it) => it.names.zh === '李医生（中医）');
  assert.deepEqual([made.organizationId, made.names], ['clinic-a', { zh: '李医生（中医）', bo: 'ལི་སྨན་པ།', ug: 'لى دوختۇر' }]);

  assert.equal((await server.ask('reader', '/api/v1/me')).status, 200);
  const classroom = page.locator('[data-testid="register-entry"][data-id="reader"]');
  await classroom.getByTestId('register-retire').click();
  await classroom.getByTestId('register-retire-sure').click();
  await classroom.getByTestId('register-restore').waitFor();
  assert.equal((await server.ask('reader', '/api/v1/me')).status, 401);
  await classroom.getByTestId('register-restore').click();
  await classroom.getByTestId('register-retire').waitFor();
  assert.equal((await server.ask('reader', '/api/v1/me')).status, 200);
  assert.deepEqual(page.faults.filter((it) => !/422/.test(it)), []);
});
