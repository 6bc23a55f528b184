// A patient without a login: the village doctor makes a ticket on its page, a telephone scans its code and comes in by one
// button, comes back after a reload, a second telephone is told so, and a revoked guest is out of the room.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, inRoom, launch, open, says, seesAndHears } from '../lib/chromium.js';
import { looked, scanned } from '../lib/looked.js';
import { Server } from '../lib/server.js';
import { took, until } from '../lib/wait.js';

const PHONE = { width: 360, height: 740 };
let server, browser, doctor, desk, guest, session, address;

before(async () => {
  [server, browser] = await Promise.all([Server.start('guests'), launch('doctor')]);
  [doctor, desk, guest] = await Promise.all([open(browser), open(browser), open(browser, { viewport: PHONE })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('the village doctor makes a ticket, and its code, its link and its digits are one', async () => {
  await desk.goto(server.people['dr-li'].home);
  await at(desk, 'home-join').first().click();
  await at(desk, 'join-guests').click();
  await at(desk, 'guest-make').click();
  await at(desk, 'guest-trouble').waitFor();
  await looked(desk, 'guests-empty');
  await at(desk, 'guest-name').fill('王大爷');
  await desk.keyboard.press('Enter');
  await at(desk, 'slip').waitFor();
  address = await at(desk, 'slip').getAttribute('data-address');
  assert.match(address, /\/#\/t\?once=[\w-]{43}$/);
  assert.match(await at(desk, 'slip-digits').innerText(), /^\d{3} \d{3}$/);
  assert.equal(await scanned(desk), address);
  await looked(desk, 'guests-slip');
  await desk.emulateMedia({ media: 'print' });
  const printed = await desk.evaluate(() => [...document.querySelectorAll('.page > *, .slip .button')].filter((it) => it.offsetParent).map((it) => it.className));
  assert.deepEqual(printed, ['card slip'], 'the slip alone is printed, without its buttons');
  await desk.emulateMedia({ media: 'screen' });
  session = /guests\/([\w-]+)/.exec(desk.url())[1];
});

test('a telephone comes in by one button, is seen and heard, and comes back after a reload', async () => {
  await enter(doctor, server.people['dr-wang'].home, { hurry: true });
  await guest.goto(address);
  await at(guest, 'come-enter').waitFor();
  assert.doesNotMatch(guest.url(), /once/, 'the secret has left the address');
  await says(guest, /王大爷，您好/);
  await looked(guest, 'come');
  await at(guest, 'come-enter').click();
  await inRoom(guest);
  await seesAndHears(doctor, 'the specialist', { frames: 10, energy: 0.0005 });
  await seesAndHears(guest, 'the guest', { frames: 10, energy: 0.0005 });
  await says(doctor, /王大爷/);
  await guest.reload();
  await inRoom(guest);
  await until('the list says who is in', async () => (await at(desk, 'guest-row').getAttribute('data-state')) === 'in');
});

test('a second telephone is told that the ticket is used, by link and by digits', async () => {
  const other = await open(browser, { viewport: PHONE });
  await other.goto(address);
  await at(other, 'come-over').and(other.locator('[data-reason="used"]')).waitFor();
  await looked(other, 'come-used');
  await other.goto(`${server.url}/t`);
  await other.reload();
  await other.waitForURL(/#\/t$/);
  await at(other, 'come-digits').fill((await at(desk, 'slip-digits').innerText()).replace(' ', ''));
  await at(other, 'come-next').click();
  await at(other, 'come-trouble').last().waitFor();
  assert.match(await at(other, 'come-trouble').last().innerText(), /另一台手机/);
  // Its own ticket, by digits alone.
  const made = await server.ask('dr-li', `/api/v1/sessions/${session}/guests`, { method: 'POST', body: { name: '李奶奶', role: 'patient' } });
  await at(other, 'come-digits').fill(made.body.digits);
  await other.keyboard.press('Enter');
  await at(other, 'come-enter').waitFor();
  await says(other, /李奶奶/);
  await other.context().close();
});

test('a revoked guest is out of the room, and the ticket opens nothing', async () => {
  await at(desk, 'guest-revoke').first().click();
  const began = Date.now();
  await at(desk, 'guest-revoke-sure').click();
  await at(guest, 'room-left').waitFor();
  took('out of the room', began, 5_000);
  await at(guest, 'room-home').click();
  await at(guest, 'come-over').and(guest.locator('[data-reason="revoked"]')).waitFor();
  await looked(guest, 'come-revoked');
});
