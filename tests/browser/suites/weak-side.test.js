// Whose line is weak, as both pages of a consultation say it: whoever is behind the bad line, and the server itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, heard, launch, open, seesAndHears } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { Server } from '../lib/server.js';
import { pause, until } from '../lib/wait.js';

const FAR = 'delay=30ms';
const LOSES = 'delay=30ms,loss=8%';

let line, server, browsers, specialist, doctor;

before(async () => {
  line = await Line.start();
  [server, ...browsers] = await Promise.all([Server.start('weak-side'), launch('specialist'), launch('doctor')]);
  await line.leadsTo(server.media);
  [specialist, doctor] = await Promise.all([
    open(browsers[0], { turn: false }),
    open(browsers[1], { turn: false, first: line.first }),
  ]);
  await line.becomes({ down: FAR, up: FAR });
  for (const page of [specialist, doctor]) await remember(page);
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close().catch(() => undefined)));
  await server?.close();
  await line?.close();
});

/** Keeps every side that the page ever names. */
const remember = (page) =>
  page.addInitScript(() => {
    window.sides = [];
    const look = () => {
      const banner = document.querySelector('[data-testid="line-side"]');
      const now = banner ? `${banner.dataset.side} ${banner.dataset.who}`.trim() : 'none';
      if (window.sides.at(-1) !== now) window.sides.push(now);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  });

/** What a page has named since this was asked last, and names now. */
const named = (page) => page.evaluate(() => window.sides.splice(0, window.sides.length - 1).concat(window.sides));

/** Waits until a page names this side; gives its words. */
async function names(page, side, who = '') {
  const banner = page.locator(`[data-testid="line-side"][data-side="${side}"][data-who="${who}"]`);
  await banner.waitFor();
  return (await banner.innerText()).trim();
}

const nobody = (page) => until('no side is named', async () => (await at(page, 'line-side').count()) === 0);

/** No page has named any but these sides. */
async function onlyNamed(expected) {
  const found = [await named(specialist), await named(doctor)];
  for (const [place, sides] of found.entries()) {
    assert.ok(sides.every((side) => ['none', ...expected[place]].includes(side)), JSON.stringify(found));
  }
}

test('behind a line that loses on the way down its page says so, and the other one nothing', async () => {
  await named(specialist);
  await named(doctor);
  const began = Date.now();
  await line.becomes({ down: LOSES, up: FAR });
  const text = await names(doctor, 'down');
  console.log(`down after ${Date.now() - began} ms: ${text}`);
  assert.match(text, /^您这边接收的网络弱，听别人可能断续/);
  await until('the voice is told to be protected', async () => /声音已加保护/.test(await names(doctor, 'down')));
  await pause(10_000);
  await line.becomes({ down: FAR });
  const good = Date.now();
  await nobody(doctor);
  console.log(`nobody after ${Date.now() - good} ms`);
  await onlyNamed([[], ['down']]);
});

test('behind a line that loses on the way up both pages name it', async () => {
  const began = Date.now();
  await line.becomes({ down: FAR, up: LOSES });
  const [own, theirs] = await Promise.all([names(doctor, 'up'), names(specialist, 'theirs', 'dr-li')]);
  console.log(`up after ${Date.now() - began} ms: ${own} / ${theirs}`);
  assert.match(own, /^您这边发送的网络弱，别人听您可能断续/);
  assert.match(theirs, /^李.*那边发送的网络弱，听起来可能断续/);
  await at(specialist, 'room-lang-switch').click();
  await until('it is told in English', async () => /^The line from .* is weak: you may hear them in pieces/.test(await names(specialist, 'theirs', 'dr-li')));
  await at(specialist, 'room-lang-switch').click();
  await pause(10_000);
  await line.becomes({ up: FAR });
  await Promise.all([nobody(doctor), nobody(specialist)]);
  await onlyNamed([['theirs dr-li'], ['up']]);
});

test('a line that carries no picture is told with what was done about it, and a still comes instead', async () => {
  await line.becomes({ down: 'rate=64k,delay=30ms,queue=400ms', up: FAR });
  await until('the picture is told to be paused', async () => /画面已暂停/.test(await names(doctor, 'down')));
  const began = Date.now();
  const still = at(doctor, 'still-picture').and(doctor.locator('[data-identity="dr-wang"]'));
  await still.waitFor();
  console.log(`a still ${Date.now() - began} ms after the pause was told`);
  const before = await heard(doctor);
  await until('sound goes on', async () => (await heard(doctor)).energy > before.energy);
  await line.becomes({ down: FAR });
  await nobody(doctor);
  await onlyNamed([[], ['down']]);
});

test('a server that comes too late to everything says that it is its own doing', async () => {
  const halts = async () => {
    server.child.kill('SIGSTOP');
    await pause(450);
    server.child.kill('SIGCONT');
    await pause(550);
  };
  const told = Promise.all([names(doctor, 'server'), names(specialist, 'server')]);
  let waits = true;
  void told.finally(() => (waits = false)).catch(() => undefined);
  while (waits) await halts();
  const [text] = await told;
  assert.match(text, /不是您的网络问题/);
  await Promise.all([nobody(doctor), nobody(specialist)]);
  await onlyNamed([['server'], ['server']]);
});
