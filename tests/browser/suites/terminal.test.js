// A classroom's screen without a login: an administrator makes a code, a device is paired by it once, shows what is next, joins
// the class of its room by itself, comes back after a reload and a power cut, and is out of everything when it is revoked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, inRoom, launch, open, says, seesAndHears } from '../lib/chromium.js';
import { looked, scanned } from '../lib/looked.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { PATIENCE, took, until } from '../lib/wait.js';

const ROOM = 'village-a-1';
let server, browser, other, teacher, desk, screen, terminal, address;

before(async () => {
  [server, browser, other] = await Promise.all([Server.start('terminal'), launch('teacher'), launch('doctor')]);
  [teacher, desk, screen] = await Promise.all([open(browser), open(browser), open(other)]);
  // The class of the whole day makes place for one that begins.
  const { body } = await server.ask('scheduler', '/api/v1/sessions');
  const standing = body.sessions.find((it) => it.kind === 'class');
  await said('scheduler', `/api/v1/sessions/${standing.id}/cancel`, {}, 200);
  terminal = await said('scheduler', '/api/v1/terminals', { names: { zh: '大屏', en: 'Screen' }, roomId: ROOM, kind: 'screen' });
});
after(async () => {
  await Promise.all([browser?.close(), other?.close()]);
  await server?.close();
});

async function said(person, path, body, status = 201) {
  const answer = await server.ask(person, path, { method: 'POST', body });
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}

/** How many devices of terminals somebody sees. */
const shownTo = (page) => page.locator('video[data-identity^="device-"]').count();

const overFor = (page, reason) => at(page, 'device-over').and(page.locator(`[data-reason="${reason}"]`));

test('an administrator makes a code at the terminal, and its square, its link and its digits are one', async () => {
  await desk.goto(server.people.scheduler.home.replace('#/home', '#/register/terminal'));
  await at(desk, 'register-devices').click();
  await at(desk, 'devices-name').waitFor();
  await looked(desk, 'devices-empty');
  await at(desk, 'devices-name').fill('讲台电脑');
  await desk.keyboard.press('Enter');
  await at(desk, 'devices-code').waitFor();
  address = await at(desk, 'devices-code').getAttribute('data-address');
  assert.match(address, /\/#\/device\?once=[\w-]{43}$/);
  assert.match(await at(desk, 'devices-digits').innerText(), /^\d{3} \d{3}$/);
  assert.equal(await scanned(desk), address);
  await looked(desk, 'devices-code');
});

test('a device is paired by the link, keeps a key that no page can read, and shows that nothing is booked', async () => {
  await screen.goto(`${server.url}/#/device`);
  await overFor(screen, 'no-key').waitFor();
  await looked(screen, 'device-unpaired');
  await at(screen, 'device-digits').fill('000 000');
  await screen.keyboard.press('Enter');
  await at(screen, 'device-trouble').waitFor();
  await screen.goto(address);
  await screen.reload();
  await at(screen, 'device-pair').click();
  await at(screen, 'device-none').waitFor();
  assert.doesNotMatch(screen.url(), /once/, 'the secret has left the address');
  const kept = await screen.evaluate(
    () =>
      new Promise((done) => {
        const opening = indexedDB.open('shanqiao');
        opening.onsuccess = () => {
          const asked = opening.result.transaction('keys').objectStore('keys').get('device');
          asked.onsuccess = () =>
            crypto.subtle.exportKey('pkcs8', asked.result.pair.privateKey).then(
              () => done('exported'),
              () => done(asked.result.pair.privateKey.extractable),
            );
        };
      }),
  );
  assert.equal(kept, false, 'the private key stays in the browser');
  await at(screen, 'device-try').click();
  await until('camera and microphone were given', async () => (await at(screen, 'device-try').count()) === 0);
  await looked(screen, 'device-none');
  await until('the administrator sees it', async () => (await at(desk, 'devices-row').count()) === 1);
  assert.equal(await at(desk, 'devices-code').count(), 0, 'a used code is not shown any more');
  await looked(desk, 'devices-list');
});

test('a lost network is said and passes', async () => {
  await screen.context().setOffline(true);
  await at(screen, 'device-offline').waitFor();
  await screen.context().setOffline(false);
  await until('the day is there again', async () => (await at(screen, 'device-offline').count()) === 0);
});

test('a class that is booked appears by itself, and the screen joins it when it begins', async () => {
  const { body } = await server.ask('scheduler', '/api/v1/me');
  const start = Math.ceil((Date.parse(body.now) + 25_000) / 60_000) * 60_000;
  const rfc3339 = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  const session = await said('scheduler', '/api/v1/sessions', {
    kind: 'class',
    title: '四年级科学：地震来了怎么办',
    startsAt: rfc3339(start),
    endsAt: rfc3339(start + 40 * 60_000),
    roomIds: [ROOM],
    participants: [
      { personId: 'teacher-zhang', role: 'lead_teacher' },
      { personId: 'class-b', role: 'classroom' },
    ],
    recording: false,
  });
  await at(screen, 'device-next').and(screen.locator(`[data-id="${session.id}"]`)).waitFor();
  assert.match(await at(screen, 'device-countdown').innerText(), /\d:\d\d/);
  await looked(screen, 'device-next');
  await enter(teacher, server.people['teacher-zhang'].home, { hurry: true });
  await until('the screen is in the room', () => screen.locator('[data-testid="connection-state"][data-state="connected"]').count(), { within: 120_000 });
  const late = Date.now() - start;
  assert.ok(late > -1_000 && late < PATIENCE, `${late} ms after the start`);
  console.log(`joined by itself ${late} ms after the start`);
  await seesAndHears(screen, 'the screen', { frames: 10, energy: 0.0005 });
  await seesAndHears(teacher, 'the teacher', { frames: 10, energy: -1 });
  await says(teacher, /北塬村教室/);
  assert.equal(await shownTo(teacher), 1);
  if (process.env.PICTURES) await screen.screenshot({ path: `${out}/device-class.png` });
});

test('it comes back by itself after a reload and after a power cut', async () => {
  await screen.reload();
  await inRoom(screen);
  const again = await screen.context().newPage();
  await screen.close();
  // A new page has nothing of the old one but the browser's database.
  await again.context().clearCookies();
  await again.goto(`${server.url}/#/device`);
  await inRoom(again);
  again.setDefaultTimeout(60_000);
  screen = again;
});

test('who leaves the class is not dragged back', async () => {
  await at(screen, 'room-leave').click();
  const button = at(screen, 'device-enter');
  await button.waitFor();
  await looked(screen, 'device-left');
  await button.click();
  await inRoom(screen);
});

test('a revoked device is out of the room within five seconds, is told so, and stays out', async () => {
  await at(desk, 'devices-revoke').first().click();
  const began = Date.now();
  await at(desk, 'devices-revoke-sure').click();
  await overFor(screen, 'device-revoked').waitFor();
  took('out of the room', began, 5_000);
  await looked(screen, 'device-revoked');
  await screen.reload();
  await overFor(screen, 'device-revoked').waitFor();
  await until('the teacher sees it no more', async () => (await shownTo(teacher)) === 0);
});

test('it can be paired anew by digits, and is out of its page within a second', async () => {
  const cancelled = await server.ask('scheduler', '/api/v1/sessions');
  for (const { id } of cancelled.body.sessions.filter((it) => it.kind === 'class' && it.state === 'scheduled'))
    await said('scheduler', `/api/v1/sessions/${id}/cancel`, {}, 200);
  const code = await said('scheduler', `/api/v1/terminals/${terminal.id}/pairing`, {});
  await at(screen, 'device-digits').fill(code.digits);
  await at(screen, 'device-pair').click();
  await at(screen, 'device-day').waitFor();
  const { body } = await server.ask('scheduler', `/api/v1/terminals/${terminal.id}/devices`);
  const [fresh] = body.devices.filter((it) => it.revokedAt === null);
  assert.equal(fresh.name, '大屏', 'called as the terminal is where nobody says otherwise');
  const revoked = await server.ask('scheduler', `/api/v1/terminals/${terminal.id}/devices/${fresh.id}`, { method: 'DELETE' });
  assert.equal(revoked.status, 200);
  const began = Date.now();
  await overFor(screen, 'device-revoked').waitFor();
  took('out of the page', began, 1_000);
});
