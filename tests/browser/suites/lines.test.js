// The line of a site is booked: the form says what a session takes and costs, and offers less where the line is too thin.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const CLINIC = 'clinic-a';
const pictures = join(out, 'lines');
let server, browser, page, start, day, time;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  [server, browser] = await Promise.all([Server.start('lines'), launch('doctor')]);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  const standing = body.today.find((it) => it.kind === 'consultation');
  await server.ask('scheduler', `/api/v1/sessions/${standing.id}/cancel`, { method: 'POST' });
  // Soon enough that it can be joined at once.
  start = new Date(Math.ceil((Date.parse(body.now) + 120_000) / 300_000) * 300_000 + 8 * 3_600_000).toISOString();
  [day, time] = [start.slice(0, 10), start.slice(11, 16)];
  page = await open(browser, { viewport: { width: 360, height: 740 } });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const put = (what, body) => server.ask('scheduler', `/api/v1/organizations/${CLINIC}/${what}`, { method: 'PUT', body });

async function fill(title) {
  await at(page, 'book-title').fill(title);
  await at(page, 'book-person-0').selectOption('dr-wang');
  await at(page, 'book-person-1').selectOption('dr-li');
  await at(page, 'book-date').fill(day);
  await at(page, 'book-time').fill(time);
}

const site = (id) => page.locator(`[data-testid="quote-site"][data-id="${id}"]`);
const takes = async (id) => site(id).getByTestId('quote-takes').innerText();

/** A picture of the quotes, as somebody sees them. */
async function look(name) {
  await at(page, 'quote').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${name}: ${wide} px too wide`);
  const low = await page.evaluate(() =>
    [...document.querySelectorAll('[data-testid="quote"] :is(button, select, input)')]
      .map((it) => it.getBoundingClientRect().height)
      .filter((height) => height < 48),
  );
  assert.deepEqual(low, [], `${name}: every control is 48 px high`);
}

test('a scheduler writes down what a line carries and costs, where it is wanted', async () => {
  await page.goto(server.people.scheduler.home.replace('#/home', '#/book'));
  assert.equal(await at(page, 'quote').count(), 0, 'nobody is chosen yet');
  await fill('血压复诊');
  await site(CLINIC).waitFor();
  assert.match(await takes(CLINIC), /最多 351 MB$/, 'no price is known');
  await at(page, `quote-line-${CLINIC}`).click();
  await at(page, 'line-down').fill('2000');
  await at(page, 'line-up').fill('fast');
  await at(page, 'line-more').click();
  await at(page, 'line-fen-0').fill('1');
  await at(page, 'line-save').click();
  assert.match(await at(page, 'line-wrong').innerText(), /能发送/);
  await look('line-zh-360');
  await at(page, 'line-up').fill('2000');
  await page.keyboard.press('Enter');
  await until('the form is done', async () => (await at(page, 'line-form').count()) === 0);
  assert.equal(await at(page, 'book-done').count() + (await at(page, 'book-problem').count()), 0, 'Enter saved the line and sent no booking');
  const tariff = [{ from: '00:00', hundredthFenPerMb: 100 }];
  const { body } = await server.ask('scheduler', `/api/v1/organizations/${CLINIC}/line`);
  assert.deepEqual(body, { downKbps: 2000, upKbps: 2000, tariff });
});

test('the form says megabytes and yuan of each site before anything is booked', async () => {
  await until('it has a price', async () => /最多 351 MB，3\.51 元/.test(await takes(CLINIC)));
  assert.match(await takes('hospital'), /最多 351 MB$/);
  await at(page, `quote-mode-${CLINIC}`).selectOption('voice');
  await until('a lesser mode takes less', async () => /最多 25 MB，0\.25 元/.test(await takes(CLINIC)));
  await at(page, `quote-mode-${CLINIC}`).selectOption('full');
  await until('it takes as much again', async () => /351 MB/.test(await takes(CLINIC)));
  await look('fits-zh-360');
});

test('what the line cannot carry is said, refused, and one press takes what it can', async () => {
  assert.equal((await put('line', { downKbps: 400, upKbps: 400, tariff: [{ from: '00:00', hundredthFenPerMb: 100 }] })).status, 200);
  const reception = { mode: 'full', modeMost: 'full', sessionMb: null, monthMb: 500 };
  assert.equal((await put('reception', reception)).status, 200);
  // The form was read before the line became thin: the store refuses, and the form says why.
  await at(page, 'book-submit').click();
  await at(page, 'book-problem').waitFor();
  await until('the line is short', async () => (await site(CLINIC).getAttribute('data-fits')) === 'false');
  const short = await at(page, 'quote-short').innerText();
  assert.match(short, /接收差 162 kbit\/s、发送差 285 kbit\/s/);
  assert.match(short, /小画面和声音.*最多 109 MB，1\.09 元/);
  assert.match(await site(CLINIC).innerText(), /本月还剩 500 MB/);
  await look('short-zh-360');
  await page.setViewportSize({ width: 1280, height: 800 });
  await look('short-zh-1280');
  await at(page, 'lang-switch').click();
  await page.getByText('Data and lines').waitFor();
  await look('short-en-1280');
  await page.setViewportSize({ width: 360, height: 740 });
  await look('short-en-360');
  await at(page, `quote-take-${CLINIC}`).focus();
  await page.keyboard.press('Enter');
  await until('it fits', async () => (await site(CLINIC).getAttribute('data-fits')) === 'true');
  await at(page, 'book-submit').click();
  await at(page, 'book-done').waitFor();
});

test('the token of the site carries what was shown, and that of the other site does not', async () => {
  const { body } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  const booked = body.sessions.find((it) => it.title === '血压复诊');
  const own = async (person) => {
    const { status, body: pass } = await server.ask(person, `/api/v1/sessions/${booked.id}/join`, { method: 'POST' });
    assert.equal(status, 200, JSON.stringify(pass));
    assert.equal((await server.ask(pass.token, `/rtc/validate?access_token=${pass.token}`)).status, 200);
    return JSON.parse(Buffer.from(pass.token.split('.')[1], 'base64url')).shanqiao;
  };
  const doctor = await own('dr-li');
  assert.deepEqual([doctor.mode, doctor.modeMost, doctor.dataBudget.sessionMb], ['small', 'small', 109]);
  const specialist = await own('dr-wang');
  assert.deepEqual([specialist.mode, specialist.modeMost, specialist.dataBudget], [undefined, undefined, undefined]);
  // The month has promised what the session may take at most.
  const wish = {
    kind: 'consultation',
    title: '',
    startsAt: booked.endsAt,
    endsAt: new Date(Date.parse(booked.endsAt) + 1_800_000).toISOString(),
    participants: [
      { personId: 'dr-wang', role: 'specialist' },
      { personId: 'dr-li', role: 'village_doctor' },
    ],
  };
  const { body: quote } = await server.ask('scheduler', '/api/v1/sessions/quote', { method: 'POST', body: wish });
  const left = quote.sites.find((it) => it.organizationId === CLINIC).monthLeftMb;
  assert.equal(left, 500 - 109);
});

test('nothing went wrong in the page but what was refused', () => {
  assert.deepEqual(page.faults.filter((it) => !it.includes('409')), []);
});
