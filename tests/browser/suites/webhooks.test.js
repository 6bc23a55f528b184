// An administrator adds a program that is told of bookings, tests it, exchanges its secret, pauses and deletes it; the receiver checks each
// signature by itself. In both languages, on a phone and a screen.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const SCREENS = [
  [1280, 800],
  [360, 740],
];
let server, browser, page, receiver, url;
const came = [];
let status = 200;

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    came.push({ headers: request.headers, body });
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${receiver.address().port}/hooks`;
  // Nothing goes by a proxy that the program's surroundings name: this one is not there.
  const proxies = Object.fromEntries(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'all_proxy'].map((name) => [name, 'http://127.0.0.1:9']));
  const env = { SHANQIAO_SCHEDULER__WEBHOOK_PRIVATE_TARGETS: 'true', NO_PROXY: '', no_proxy: '', ...proxies };
  [server, browser] = await Promise.all([Server.start('webhooks', { env }), launch('doctor')]);
  page = await open(browser);
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book/webhooks'));
  await at(page, 'webhook-add').waitFor();
});
after(async () => {
  await browser?.close();
  await server?.close();
  receiver?.close();
});

/** The places of the good signatures of a message under a secret, as Standard Webhooks has it. */
function good({ headers, body }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  assert.ok(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300);
  return headers['webhook-signature'].split(' ').flatMap((one, place) => (one === expected ? [place] : []));
}

async function looks(name) {
  for (const [width, height] of SCREENS) {
    await page.setViewportSize({ width, height });
    for (const language of ['en', 'zh']) {
      const lang = () => page.evaluate(() => document.documentElement.lang.slice(0, 2));
      if ((await lang()) !== language) await at(page, 'lang-switch').click();
      await until('the language is on the page', async () => (await lang()) === language);
      if (process.env.PICTURES) await page.screenshot({ path: `${out}/${name}-${width}-${language}.png`, fullPage: true });
      const wrong = await page.evaluate(() => {
        const shown = [...document.querySelectorAll('main *')].filter((it) => it.offsetParent);
        const low = shown.filter((it) => it.matches('button, .button, input:not([type=checkbox]), .choice') && it.getBoundingClientRect().height < 47.5);
        const fine = shown.filter((it) => it.childElementCount === 0 && it.textContent.trim() && parseFloat(getComputedStyle(it).fontSize) < 16);
        const nameless = shown.filter((it) => it.matches('input') && !it.closest('label'));
        const wide = document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [];
        return [...low, ...fine, ...nameless, ...wide].map((it) => it.outerHTML.slice(0, 80));
      });
      assert.deepEqual(wrong, [], `${name} ${width} ${language}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

const secret = () => at(page, 'webhook-secret-text').innerText();

test('an address that leads where nothing is sent is refused at the field, in words', async () => {
  await at(page, 'webhook-url').fill('https://169.254.169.254/latest/');
  await at(page, 'webhook-add').click();
  await at(page, 'webhook-note-name').waitFor();
  assert.match(await at(page, 'webhook-note-url').innerText(), /内网/);
  await looks('webhooks-fault');
});

let first;
test('a program is added, its secret shown once, and a test message reaches it', async () => {
  await at(page, 'webhook-name').fill('县医院 HIS');
  await at(page, 'webhook-url').fill(url);
  await page.keyboard.press('Enter');
  await at(page, 'webhook-secret').waitFor();
  first = await secret();
  await looks('webhooks-secret');
  await at(page, 'webhook-test').click();
  assert.match(await at(page, 'webhook-tested').innerText(), /200/);
  assert.deepEqual(good(came.at(-1), first), [0]);
  assert.equal(JSON.parse(came.at(-1).body).type, 'webhook.test');
  await at(page, 'webhook-secret-done').click();
  await page.reload();
  await at(page, 'webhook').waitFor();
  assert.ok(!(await page.content()).includes(first), 'never again');
});

test('while the secret is exchanged both sign, and a failure is told with the time of the next try', async () => {
  await at(page, 'webhook-renew').click();
  const second = await secret();
  status = 500;
  const starts = new Date(Date.now() + 3 * 86_400_000);
  const ends = new Date(starts.getTime() + 1_800_000);
  const wish = {
    kind: 'consultation', title: '会诊', startsAt: starts.toISOString(), endsAt: ends.toISOString(), recording: false,
    participants: [{ personId: 'dr-chen', role: 'specialist' }, { personId: 'dr-zhao', role: 'village_doctor' }],
  };
  const booked = await fetch(`${server.url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${server.people.scheduler.token}` },
    body: JSON.stringify(wish),
  });
  assert.equal(booked.status, 201, await booked.text());
  await until('the message came', () => came.some(({ body }) => JSON.parse(body).type === 'session.booked'));
  const message = came.find(({ body }) => JSON.parse(body).type === 'session.booked');
  assert.deepEqual([good(message, second), good(message, first)], [[0], [1]]);
  assert.ok(!message.body.includes('会诊'), message.body);
  await at(page, 'webhook-secret-done').click();
  await page.reload();
  await at(page, 'webhook-failure').waitFor();
  await looks('webhooks-failed');
  assert.match(await at(page, 'webhook-failure').innerText(), /500/);
  status = 200;
  await until('it came again by itself', () => came.filter(({ headers }) => headers['webhook-id'] === message.headers['webhook-id']).length > 1);
});

test('it is paused, goes on, and is deleted after a second press', async () => {
  await at(page, 'webhook-pause').click();
  await until('it is paused', async () => /已暂停/.test(await at(page, 'webhook-state').innerText()));
  await looks('webhooks-paused');
  await at(page, 'webhook-pause').click();
  await until('it goes on', async () => /正常/.test(await at(page, 'webhook-state').innerText()));
  await at(page, 'webhook-delete').click();
  await at(page, 'webhook-delete-sure').click();
  await at(page, 'webhook').waitFor({ state: 'detached' });
});
