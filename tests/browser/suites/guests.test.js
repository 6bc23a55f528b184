// A patient without a login: the village doctor makes a ticket on its page, a telephone scans its code and comes in by one
// button, comes back after a reload, a second telephone is told so, and a revoked guest is out of the room.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import jsQR from 'jsqr';
import { at, enter, inRoom, launch, open, seesAndHears } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

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

/** What a person on a phone with a keyboard may expect of any page, in both languages. */
async function looked(which, name) {
  const before = which.viewportSize();
  for (const language of ['zh', 'en']) {
    const lang = () => which.evaluate(() => document.documentElement.lang.slice(0, 2));
    if ((await lang()) !== language) await at(which, 'lang-switch').click();
    await until('the language is on the page', async () => (await lang()) === language);
    for (const [width, height] of [[360, 740], [1280, 800]]) {
      await which.setViewportSize({ width, height });
      if (process.env.PICTURES) await which.screenshot({ path: `${out}/${name}-${width}-${language}.png`, fullPage: true });
      const faults = await which.evaluate(() => {
        const shown = [...document.querySelectorAll('main *')].filter((it) => it.offsetParent);
        const small = shown.filter((it) => it.matches('button, .button, input:not([type=checkbox]), select') && it.getBoundingClientRect().height < 48);
        const fine = shown.filter((it) => it.textContent.trim() && parseFloat(getComputedStyle(it).fontSize) < 16);
        const nameless = shown.filter((it) => it.matches('input, select') && !it.closest('label') && !it.ariaLabel);
        const wide = document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [];
        return [...small, ...fine, ...nameless, ...wide].map((it) => it.outerHTML.slice(0, 80));
      });
      assert.deepEqual(faults, [], `${name} ${width} ${language}`);
    }
  }
  await at(which, 'lang-switch').click();
  await which.setViewportSize(before);
}

/** What a telephone reads in the square code on the page. */
async function scanned(page) {
  const png = (await at(page, 'slip-code').screenshot()).toString('base64');
  const { data, width, height } = await page.evaluate(async (text) => {
    const image = Object.assign(new Image(), { src: `data:image/png;base64,${text}` });
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return { width: image.width, height: image.height, data: [...pen.getImageData(0, 0, image.width, image.height).data] };
  }, png);
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}

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
  assert.match(await guest.innerText('main'), /王大爷，您好/);
  await looked(guest, 'come');
  await at(guest, 'come-enter').click();
  await inRoom(guest);
  await seesAndHears(doctor, 'the specialist', { frames: 10, energy: 0.0005 });
  await seesAndHears(guest, 'the guest', { frames: 10, energy: 0.0005 });
  assert.match(await doctor.innerText('main'), /王大爷/);
  await guest.reload();
  await inRoom(guest);
  await until('the list says who is in', async () => (await at(desk, 'guest-row').getAttribute('data-state')) === 'in', { within: 15_000 });
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
  assert.match(await other.innerText('main'), /李奶奶/);
  await other.context().close();
});

test('a revoked guest is out of the room, and the ticket opens nothing', async () => {
  await at(desk, 'guest-revoke').first().click();
  const began = Date.now();
  await at(desk, 'guest-revoke-sure').click();
  await at(guest, 'room-left').waitFor();
  const took = Date.now() - began;
  assert.ok(took < 5_000, `out after ${took} ms`);
  await at(guest, 'room-home').click();
  await at(guest, 'come-over').and(guest.locator('[data-reason="revoked"]')).waitFor();
  await looked(guest, 'come-revoked');
});
