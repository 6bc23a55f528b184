// What a person is told of the other one: not here yet, weak line, line lost, back, left; and that one of a person's
// two devices stays, the one chosen last.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, inRoom, launch, open, picture, seesAndHears } from '../lib/chromium.js';
import { Relay } from '../lib/relay.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, relay, browsers, specialist, doctor;

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('company'), launch('specialist'), launch('doctor'), launch('doctor')]);
  relay = await Relay.start(server);
  specialist = await open(browsers[0]);
  doctor = await open(browsers[1], { turn: false, first: relay.first });
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close().catch(() => undefined)));
  await relay?.close();
  await server?.close();
});

/** The sentence about somebody on a page, once it is of this kind; gives its text. */
async function told(page, who, how, began = Date.now()) {
  const sign = page.locator(`[data-testid="person-line"][data-identity="${who}"][data-how="${how}"]`).first();
  await sign.waitFor();
  const text = await sign.innerText();
  console.log(`${who} ${how} after ${Date.now() - began} ms: ${text.trim()}`);
  return text;
}

const quiet = (page, who) =>
  until(`nothing is said of ${who}`, async () => (await page.locator(`[data-testid="person-line"][data-identity="${who}"]`).count()) === 0);

test('who has not come in yet is named', async () => {
  await enter(specialist, server.people['dr-wang'].home);
  assert.match(await told(specialist, 'dr-li', 'never'), /李秀英|李/);
  await enter(doctor, server.people['dr-li'].home);
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await quiet(specialist, 'dr-li');
});

test('a weak line is told on both sides, and whose it is', async () => {
  const began = Date.now();
  relay.loses({ up: 5 });
  const side = (page, word) => at(page, 'line-side').and(page.locator(`[data-side="${word}"]`)).waitFor();
  await Promise.all([told(specialist, 'dr-li', 'poor', began), side(doctor, 'up'), side(specialist, 'theirs')]);
  relay.loses({});
  await quiet(specialist, 'dr-li');
});

test('a line that is cut is told, with the last picture and the seconds, and so is its return', async () => {
  const began = Date.now();
  relay.cuts(true);
  await told(specialist, 'dr-li', 'lost', began);
  const counted = () => at(specialist, 'person-line').first().innerText();
  const first = await counted();
  assert.match(first, /0:0\d/);
  await until('the seconds go on', async () => (await counted()) !== first);
  assert.ok((await picture(specialist, 'dr-li')).width > 0, 'the last picture stays');
  relay.cuts(false);
  await told(specialist, 'dr-li', 'back');
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await quiet(specialist, 'dr-li');
});

test('a browser that is killed is a lost line, also when its place is given up', async () => {
  const began = Date.now();
  const session = await browsers[1].newBrowserCDPSession();
  session.send('Browser.crash').catch(() => undefined);
  await told(specialist, 'dr-li', 'lost', began);
  await at(specialist, 'absent-tile').waitFor();
  assert.ok(await at(specialist, 'last-picture').evaluate((it) => it.naturalWidth > 0), 'the last picture stays');
  assert.match(await told(specialist, 'dr-li', 'lost', began), /\d:\d\d/);
});

test('who comes again is told to be back, and who leaves to have left', async () => {
  doctor = await open(browsers[2]);
  await enter(doctor, server.people['dr-li'].home);
  await told(specialist, 'dr-li', 'back');
  await seesAndHears(specialist, 'the specialist');
  const began = Date.now();
  await at(doctor, 'room-leave').click();
  await told(specialist, 'dr-li', 'left', began);
});

test('a latecomer is told who was here and left', async () => {
  await specialist.reload();
  await inRoom(specialist);
  await told(specialist, 'dr-li', 'left');
});

test('a laptop that wakes up leaves the phone alone, says so, and takes over by a press', async () => {
  const [laptop, phone] = [await open(browsers[2]), await open(browsers[2], { viewport: { width: 360, height: 740 } })];
  await enter(laptop, server.people['dr-li'].home);
  await laptop.context().setOffline(true);
  await enter(phone, server.people['dr-li'].home);
  await seesAndHears(phone, 'the phone');
  await laptop.context().setOffline(false);
  await at(laptop, 'room-elsewhere').waitFor();
  // Loading the page again is no press either.
  await laptop.reload();
  await at(laptop, 'room-elsewhere').waitFor();
  await seesAndHears(phone, 'the phone, which was left alone', { frames: 20 });
  await at(laptop, 'room-take-over').click();
  await inRoom(laptop);
  await at(phone, 'room-elsewhere').waitFor();
  await seesAndHears(laptop, 'the laptop');
  await until('the doctor is there once', async () => (await at(specialist, 'remote-video').count()) === 1);
  // A second tab of the same browser is the same case.
  const tab = await laptop.context().newPage();
  await enter(tab, server.people['dr-li'].home);
  await at(laptop, 'room-elsewhere').waitFor();
  await laptop.reload();
  await at(laptop, 'room-elsewhere').waitFor();
  assert.equal(await tab.locator('[data-testid="room-elsewhere"]').count(), 0);
});
