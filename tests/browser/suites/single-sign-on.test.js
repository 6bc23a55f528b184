// Single sign-on at a real provider of OpenID Connect: a person connects the account once and comes in by it from then on;
// nobody else does. In both languages, on a phone.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const PHONE = { width: 360, height: 740 };
const PASSWORD = 'mountain bridge';
const SECRET = 'of the county alone, and long';
const BACK = '/api/v1/login/provider/back';
let provider, listening, server, browser, page, url;

const freePort = () =>
  new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });

before(async () => {
  const [own, theirs] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${own}`;
  const issuer = `http://127.0.0.1:${theirs}`;
  provider = new Provider(issuer, {
    clients: [{ client_id: 'shanqiao', client_secret: SECRET, redirect_uris: [`${url}${BACK}`] }],
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.replace('sub-', '') }) }),
    pkce: { required: () => true },
    cookies: { keys: ['of this test'] },
  });
  listening = provider.listen(theirs, '127.0.0.1');
  const file = `${out}/single-sign-on.secret`;
  const settings = { ISSUER: issuer, NAME: '省统一认证', CLIENT_ID: 'shanqiao', OWN_URL: url, CLIENT_SECRET_FILE: file, LOGIN_NAME_BY: 'preferred_username' };
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`SHANQIAO_SCHEDULER__OPENID__${name}`, value]));
  writeFileSync(file, `${SECRET}\n`);
  [server, browser] = await Promise.all([Server.start('single-sign-on', { http: `127.0.0.1:${own}`, demo: false, env }), launch('doctor')]);
  page = await open(browser, { viewport: PHONE });
  await page.goto(server.setup);
  for (const [name, value] of Object.entries({ 'countyNames.zh': '白水县', 'names.zh': '周敏', loginName: 'zhou', password: PASSWORD })) {
    await at(page, `field-${name}`).fill(value);
  }
  await at(page, 'setup-submit').click();
  await at(page, 'nav-book').waitFor();
});
after(async () => {
  await browser?.close();
  await server?.close();
  listening?.close();
});

/** Says at the provider who one is, and agrees. */
async function known(which, as) {
  await which.locator('input[name=login]').fill(as);
  await which.locator('input[name=password]').fill('any');
  await which.locator('button[type=submit]').click();
  await until('the provider asks for consent, or is done', async () => {
    const consent = which.getByRole('button', { name: 'Continue' });
    if (await consent.isVisible().catch(() => false)) await consent.click();
    return which.url().startsWith(url);
  });
}

/** A browser that nobody is in yet. */
async function stranger() {
  const other = await open(browser, { viewport: PHONE });
  await other.goto(`${url}/#/login`);
  await at(other, 'login-provider').waitFor();
  return other;
}

const failed = (which, reason) => at(which, 'provider-failed').and(which.locator(`[data-reason="${reason}"]`)).waitFor();

test('who is known to the provider alone learns what to do', async () => {
  const other = await stranger();
  await looked(other, 'sso-login');
  await at(other, 'login-provider').click();
  await known(other, 'sub-nobody');
  await failed(other, 'unknown');
  await looked(other, 'sso-unknown');
  await other.context().close();
});

test('an account that is connected once opens by it from then on, and can be taken apart again', async () => {
  await page.goto(`${url}/#/account`);
  await looked(page, 'sso-account');
  await at(page, 'provider-connect').click();
  await known(page, 'sub-17');
  await at(page, 'provider-remove').waitFor();
  assert.match(await at(page, 'provider-state').innerText(), /连接好了/);
  await looked(page, 'sso-connected');

  const other = await stranger();
  await at(other, 'login-provider').click();
  await known(other, 'sub-17');
  await at(other, 'nav-book').waitFor();
  const [cookie] = (await other.context().cookies(`${url}/api`)).filter((each) => each.name === 'shanqiao_login');
  assert.ok(cookie.httpOnly && cookie.sameSite === 'Lax', 'the login is a cookie as any other');

  await page.goto(`${url}/#/account`);
  await at(page, 'provider-remove').click();
  await at(page, 'provider-connect').waitFor();
  await other.context().clearCookies({ name: 'shanqiao_login' });
  await other.goto(`${url}/#/login?again`);
  await at(other, 'login-provider').click();
  await failed(other, 'unknown');
  await other.context().close();
});

test('who has the login name at a provider that is trusted with it comes in at once', async () => {
  const other = await stranger();
  await at(other, 'login-provider').click();
  await known(other, 'sub-zhou');
  await at(other, 'nav-book').waitFor();
  await other.context().close();
});

test('another browser, a forged answer and a cancelled way end at the login page', async () => {
  const other = await stranger();
  for (const query of ['code=x&state=y', 'state=y', '', `code=${'x'.repeat(5000)}&state=y`]) {
    await other.goto(`${url}${BACK}?${query}`);
    await failed(other, 'over');
  }
  await at(other, 'login-provider').click();
  await other.locator('input[name=login]').waitFor();
  const cancel = other.getByRole('link', { name: /cancel/i });
  await cancel.click();
  await failed(other, 'denied');
  const kept = await other.context().cookies(`${url}${BACK}`);
  assert.equal(kept.filter((each) => each.name === 'shanqiao_provider').length, 0, 'nothing is left of the way');
  await other.context().close();
});

test('a provider that is away is said to be, and the password works all the same', async () => {
  listening.closeAllConnections();
  await new Promise((done) => listening.close(done));
  // What is known of it is asked anew after an hour; a new start knows nothing.
  await server.stop();
  await server.again();
  const other = await stranger();
  await at(other, 'login-provider').click();
  await failed(other, 'unreachable');
  await at(other, 'field-loginName').fill('zhou');
  await at(other, 'field-password').fill(PASSWORD);
  await at(other, 'login-submit').click();
  await at(other, 'nav-book').waitFor();
  await other.context().close();
});
