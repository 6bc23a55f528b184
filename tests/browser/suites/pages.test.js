// The pages around a session: the county's own time, the browser's language, plain words for every trouble, and what is
// needed at once where the screen or the line is small.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, launch, open, says } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const PHONE = { width: 360, height: 740 };
let server, browser;

before(async () => {
  const env = { SHANQIAO_SCHEDULER__TIME_ZONE: 'Asia/Urumqi' };
  [server, browser] = await Promise.all([Server.start('pages', { env }), launch('doctor')]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const me = async (person) => (await server.ask(person, '/api/v1/me')).body;
const next = async (person) => (await me(person)).today.find((it) => it.joinable);
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? '');
const tab = (page, words) => until(`the tab says ${words}`, async () => words.test(await page.title()));

/** The share of an element's box that is seen: inside the window and not under the bar at its foot. */
const seen = (page, id) =>
  page.evaluate((name) => {
    const one = document.querySelector(`[data-testid="${name}"]`);
    const box = (one.closest('label') ?? one).getBoundingClientRect();
    const bar = document.querySelector('.dock').getBoundingClientRect();
    const [top, foot] = [Math.max(0, box.top), Math.min(box.bottom, bar.top, innerHeight)];
    return Math.max(0, foot - top) / box.height;
  }, id);

test('times are those of the county, wherever the device is', async () => {
  const { startsAt, id } = await next('dr-li');
  assert.match(startsAt, /\+06:00$/);
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'America/New_York' });
  const page = await context.newPage();
  await page.goto(server.people['dr-li'].home);
  await at(page, 'home-next').and(page.locator(`[data-id="${id}"]`)).waitFor();
  assert.match(await at(page, 'home-next').innerText(), new RegExp(startsAt.slice(11, 16)));
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await page.getByText('UTC+06:00').first().waitFor();
  const day = (await me('scheduler')).now.slice(0, 10);
  await at(page, 'book-day').and(page.locator(`[data-day="${day}"]`)).waitFor();
  await context.close();
});

test('a session over midnight tells on which day it begins and ends, and of the week to come each has its day', async () => {
  const now = Date.parse((await me('scheduler')).now);
  const day = (days) => new Date(now + days * 86_400_000 + 6 * 3_600_000).toISOString().slice(0, 10);
  const body = {
    kind: 'consultation',
    title: '夜间会诊',
    startsAt: `${day(2)}T23:50:00+06:00`,
    endsAt: `${day(3)}T00:30:00+06:00`,
    roomIds: [],
    participants: [
      { personId: 'dr-wang', role: 'specialist' },
      { personId: 'dr-li', role: 'village_doctor' },
    ],
    recording: false,
  };
  assert.equal((await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body })).status, 201);
  const page = await open(browser);
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(page, 'book-date').fill(day(3));
  const entry = at(page, 'book-session').filter({ hasText: '夜间会诊' });
  await entry.waitFor();
  const [, month, date] = day(2).split('-').map(Number);
  assert.match(await entry.innerText(), new RegExp(`${month}月${date}日\\s*23:50\\s*–\\s*次日\\s*00:30`));
  await page.context().close();
  const doctor = await open(browser);
  await doctor.goto(server.people['dr-li'].home);
  await doctor.getByText('接下来七天').waitFor();
  assert.match(await at(doctor, 'home-session').filter({ hasText: '夜间会诊' }).innerText(), new RegExp(`${month}月${date}日`));
  await doctor.context().close();
});

test('a browser begins in its own language, and a choice outlives a reload', async () => {
  const page = await open(browser, { locale: 'en-GB' });
  await page.goto(server.people['dr-li'].home);
  await page.getByText('Enter the consultation').waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await at(page, 'lang-switch').click();
  await page.getByText('进入诊室').waitFor();
  await page.reload();
  await page.getByText('进入诊室').waitFor();
  await page.context().close();
});

test('each page names its tab and takes the focus', async () => {
  const page = await open(browser);
  await page.goto(server.people.scheduler.home);
  await at(page, 'nav-book').waitFor();
  await tab(page, /^今天/);
  await at(page, 'nav-book').click();
  await tab(page, /^预约/);
  assert.equal(await focused(page), 'main');
  await at(page, 'nav-replay').click();
  await tab(page, /^回放/);
  assert.equal(await focused(page), 'main');
  await page.context().close();
});

test('a link that is cut or garbage is not called expired', async () => {
  const { home, token } = server.people['dr-li'];
  for (const key of ['nonsense', token.slice(0, -9), `${token.slice(0, 40)}…`]) {
    const page = await open(browser);
    await page.goto(home.replace(token, encodeURIComponent(key)));
    await at(page, 'problem').waitFor();
    const words = await at(page, 'problem').innerText();
    assert.match(words, /不完整/, key);
    assert.doesNotMatch(words, /过期/, key);
    await page.context().close();
  }
});

test('an address that is typed or wrong is answered for people', async () => {
  const page = await open(browser);
  await page.goto(`${server.url}/home`);
  await at(page, 'login-submit').waitFor();
  await says(page, /点开链接就能进来/);
  await page.goto(`${server.url}/no-such-page`);
  await page.getByText('没有这一页').waitFor();
  await page.getByText('There is no such page').waitFor();
  await page.context().close();
});

test('a scheduler is offered no door to the sessions of others', async () => {
  const page = await open(browser);
  await page.goto(server.people.scheduler.home);
  await at(page, 'home-overseen').first().waitFor();
  assert.equal(await page.locator('a[href^="#/join/"]').count(), 0);
  await page.context().close();
});

test('the form asks for every line without a person, and says every reason at its field in the language of the page', async () => {
  const page = await open(browser);
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  await at(page, 'book-kind-class').click();
  await at(page, 'book-title').fill('语文课');
  await at(page, 'book-person-0').selectOption('teacher-zhang');
  await at(page, 'book-person-1').selectOption('class-a');
  const day = new Date(Date.parse((await me('scheduler')).now) + 30 * 3_600_000).toISOString().slice(0, 10);
  await at(page, 'book-date').fill(day);
  await at(page, 'book-submit').click();
  await at(page, 'book-note-participants.2').waitFor();
  await at(page, 'book-remove-2').click();
  // A class with two teachers and no classroom: only the server knows.
  await at(page, 'book-role-1').selectOption('lead_teacher');
  await at(page, 'book-person-1').selectOption('teacher-zhang');
  await at(page, 'book-submit').click();
  await at(page, 'book-note-participants').first().waitFor();
  const said = (await at(page, 'book-note-participants').allInnerTexts()).join(' ');
  assert.match(said, /张老师选了两次/);
  assert.match(said, /“上课”要有一位“教室”/);
  assert.doesNotMatch(said, /[a-z]{4}/, 'no English');
  await at(page, 'book-date').fill('2020-01-01');
  await at(page, 'book-submit').click();
  await at(page, 'book-note-startsAt').waitFor();
  assert.match(await at(page, 'book-note-startsAt').innerText(), /已经过去/);
  await page.context().close();
});

test('on a phone "sound only" is seen at once, and what has the focus is not behind the bar', async () => {
  const page = await open(browser, { viewport: PHONE });
  const { id } = await next('dr-li');
  await page.goto(server.people['dr-li'].home.replace('#/home', `#/join/${id}`));
  await at(page, 'join-sound').waitFor();
  assert.ok((await seen(page, 'join-sound')) > 0.95, 'without scrolling');
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab');
    const covered = await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      const bar = document.querySelector('.dock');
      if (bar.contains(document.activeElement) || document.activeElement.closest('header')) return false;
      return box.height > 0 && (box.bottom + box.top) / 2 > bar.getBoundingClientRect().top;
    });
    assert.ok(!covered, `stop ${i}`);
  }
  await page.context().close();
});

test('a line that is too slow for pictures chooses sound, is measured with few bytes, and the forecast is for what was booked', async () => {
  const { id, endsAt } = await next('dr-li');
  const { now } = await me('dr-li');
  const page = await open(browser);
  await page.goto(server.people['dr-li'].home);
  await at(page, 'home-join').waitFor();
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  let bytes = 0;
  const probes = new Set();
  line.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.includes('line-check')) return;
    probes.add(requestId);
    bytes += request.postData?.length ?? (request.hasPostData ? 4096 : 0);
  });
  line.on('Network.dataReceived', ({ requestId, encodedDataLength, dataLength }) => {
    if (probes.has(requestId)) bytes += Math.max(encodedDataLength, dataLength);
  });
  // Chromium throttles what it loads; 8,000 bytes a second are 64 kbit/s.
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 8000, uploadThroughput: 8000 });
  await at(page, 'home-join').click();
  await at(page, 'join-line').and(page.locator('[data-verdict="sound"], [data-verdict="bad"]')).waitFor();
  await at(page, 'join-advised').waitFor();
  assert.ok(await at(page, 'join-sound').isChecked());
  assert.ok(bytes > 0 && bytes < 20_000, `${bytes} bytes`);
  const minutes = Math.ceil((Date.parse(endsAt) - Date.parse(now)) / 60_000);
  const told = Number(/^(\d+)/.exec(await at(page, 'join-cost').innerText())?.[1]);
  assert.ok(Math.abs(told - minutes) <= 1, `${told} of ${minutes} minutes`);
  await at(page, 'join-full').check();
  assert.equal(await at(page, 'join-advised').count(), 0, 'the own choice stands');
  await page.context().close();
  assert.ok(id);
});

test('on plain http the page blames the address and not the browser', async () => {
  const first = () => Object.defineProperty(window, 'isSecureContext', { value: false });
  const page = await open(browser, { first });
  const { id } = await next('dr-li');
  await page.goto(server.people['dr-li'].home.replace('#/home', `#/join/${id}`));
  await at(page, 'insecure').waitFor();
  assert.match(await at(page, 'insecure').innerText(), /https/);
  await page.context().close();
});

test('when the server is away the page says so and comes back by itself', async () => {
  const page = await open(browser);
  const { id } = await next('dr-li');
  await page.goto(server.people['dr-li'].home);
  await at(page, 'home-join').waitFor();
  await server.kill();
  await page.goto(`${page.url().split('#')[0]}#/join/${id}`);
  await at(page, 'problem').waitFor();
  assert.match(await at(page, 'problem').innerText(), /自动再试/);
  await server.again();
  await at(page, 'join-enter').waitFor();
  await page.context().close();
});
