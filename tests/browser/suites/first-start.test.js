// A first start without the demo: the printed link sets the county up, its administrator goes out and comes in again, makes
// an account for another person, who sets a password by a link and is out at once when disabled. In both languages, on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open, says } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

const PHONE = { width: 360, height: 740 };
const PASSWORD = 'mountain bridge';
let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start('first-start', { demo: false }), launch('doctor')]);
  page = await open(browser, { viewport: PHONE });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const fill = async (which, fields) => {
  for (const [name, value] of Object.entries(fields)) await at(which, `field-${name}`).fill(value);
};

test('the printed link sets the county up, once, and says at each field what is wrong', async () => {
  assert.match(server.setup, /\/#\/setup\?once=[\w-]{43}$/);
  await page.goto(server.setup);
  await at(page, 'setup-submit').waitFor();
  assert.doesNotMatch(page.url(), /once/, 'the secret has left the address');
  await looked(page, 'setup');
  await fill(page, { 'countyNames.zh': '白水县', 'names.zh': '周敏', loginName: '周敏', password: '12345678' });
  await at(page, 'setup-submit').click();
  await at(page, 'note-loginName').waitFor();
  assert.match(await at(page, 'note-password').innerText(), /太容易猜到/);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'loginName', 'the first wrong field has the focus');
  await looked(page, 'setup-faults');
  // By keyboard alone from here.
  await fill(page, { loginName: 'Zhou', password: PASSWORD });
  await page.keyboard.press('Enter');
  await at(page, 'county-step').first().waitFor();
  await at(page, 'nav-home').click();
  await page.getByText('周敏').first().waitFor();
  await at(page, 'home-county').waitFor();
  await looked(page, 'home-administrator');
  const other = await open(browser, { viewport: PHONE });
  await other.goto(server.setup);
  await at(other, 'link-over').and(other.locator('[data-reason="setup-used"]')).waitFor();
  await looked(other, 'setup-used');
  await other.context().close();
});

test('the administrator goes out and comes in again, and no bearer is sent', async () => {
  let bearers = 0;
  page.on('request', (request) => {
    if (request.headers().authorization) bearers += 1;
  });
  await page.reload();
  await at(page, 'home-account').click();
  await at(page, 'account-leave').waitFor();
  await looked(page, 'account');
  await at(page, 'account-leave').click();
  await at(page, 'login-submit').waitFor();
  await says(page, /白水县/);
  await looked(page, 'login');
  await fill(page, { loginName: 'zhou', password: 'wrong password' });
  await at(page, 'login-submit').click();
  await at(page, 'login-trouble').waitFor();
  assert.match(await at(page, 'login-trouble').innerText(), /登录名或密码不对/);
  await fill(page, { password: PASSWORD });
  await page.keyboard.press('Enter');
  await at(page, 'home-account').waitFor();
  assert.equal(bearers, 0);
});

test('a page that was asked for comes after the login, and a changed password is the one that counts', async () => {
  await page.evaluate(() => fetch('/api/v1/logout', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }));
  await page.goto(`${server.url}/#/account`);
  await page.reload();
  await at(page, 'login-submit').waitFor();
  await fill(page, { loginName: 'zhou', password: PASSWORD });
  await at(page, 'login-submit').click();
  await at(page, 'change-submit').waitFor();
  await fill(page, { oldPassword: 'wrong password', password: 'another bridge' });
  await at(page, 'change-submit').click();
  await at(page, 'note-oldPassword').waitFor();
  await fill(page, { oldPassword: PASSWORD });
  await at(page, 'change-submit').click();
  await page.getByText('密码改好了').waitFor();
  assert.equal(await login('zhou', PASSWORD), 401);
  assert.equal(await login('zhou', 'another bridge'), 200);
});

const login = async (loginName, password) => {
  const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ loginName, password }) };
  return (await fetch(`${server.url}/api/v1/login`, sent)).status;
};

test('the page of accounts is for administrators and looks as the others', async () => {
  await at(page, 'account-others').click();
  await at(page, 'account-row').waitFor();
  await at(page, 'account-reset').click();
  const address = await at(page, 'handed-address').innerText();
  await looked(page, 'accounts');
  await at(page, 'account-switch').click();
  await page.getByText('只有这一位管理员').waitFor();
  const other = await open(browser, { viewport: PHONE });
  await other.goto(address);
  await at(other, 'password-submit').waitFor();
  await looked(other, 'password');
  await fill(other, { password: 'a third bridge' });
  await at(other, 'password-submit').click();
  await at(other, 'home-account').waitFor();
  await other.context().close();
  // The password was set elsewhere: this browser is out.
  await page.reload();
  await at(page, 'problem').waitFor();
  assert.match(await at(page, 'problem').innerText(), /重新登录/);
  await looked(page, 'ended');
});
