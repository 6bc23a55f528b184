// How much of a session a page and a stock client are sent: by their choice, by the site's, and by the data budget.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, heard, inRoom, launch, open, seesAndHears } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { claims, sign } from '../lib/token.js';
import { until } from '../lib/wait.js';

let line, server, pages, browsers, specialist, doctor, room;

before(async () => {
  line = await Line.start();
  [server, pages, ...browsers] = await Promise.all([Server.start('modes'), host(), launch('specialist'), launch('doctor')]);
  await line.leadsTo(server.media);
  [specialist, doctor] = await Promise.all([
    open(browsers[0], { turn: false }),
    open(browsers[1], { turn: false, first: line.first }),
  ]);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close().catch(() => undefined)));
  await pages?.close();
  await server?.close();
  await line?.close();
});

/** Bytes of both ways that crossed the doctor's line, IP and UDP headers included, as the relay counted them. */
async function crossed() {
  const { down, up } = await line.counts();
  return down.delivered_bytes + up.delivered_bytes;
}

/** Bytes of pictures and of sound that a page received in `ms`. */
async function received(page, ms) {
  const bytes = () =>
    page.evaluate(async () => {
      const sum = { audio: 0, video: 0 };
      for (const connection of window.keptConnections.filter((it) => it.connectionState !== 'closed')) {
        for (const [, it] of await connection.getStats()) if (it.type === 'inbound-rtp') sum[it.kind] += it.bytesReceived;
      }
      return sum;
    });
  const before = await bytes();
  await page.waitForTimeout(ms);
  const now = await bytes();
  return { audio: now.audio - before.audio, video: now.video - before.video };
}

/** Waits until pictures and sound come, or do not, as they are to. */
const comes = (page, wanted) =>
  until(`${JSON.stringify(wanted)} comes`, async () => {
    const got = await received(page, 1500);
    const same = got.video > 0 === wanted.video && got.audio > 0 === wanted.audio;
    return same ? got : Promise.reject(new Error(JSON.stringify(got)));
  });

async function choose(page, mode) {
  await at(page, 'room-used').click();
  await at(page, `room-mode-${mode}`).click();
}

test('the check page says what each mode takes, and remembers the choice on the device', async () => {
  await doctor.goto(server.people['dr-li'].home);
  await at(doctor, 'home-join').first().click();
  const cost = async () => Number(/(\d+) MB/.exec(await at(doctor, 'join-cost').innerText())?.[1]);
  const costs = [];
  for (const mode of ['full', 'small', 'slides', 'voice', 'stills']) {
    await at(doctor, `join-mode-${mode}`).check();
    costs.push(await cost());
  }
  assert.deepEqual(costs, [...costs].sort((one, other) => other - one), `${costs}`);
  assert.ok(await at(doctor, 'join-watch').isChecked(), 'text and stills need no microphone');
  await at(doctor, 'join-mode-small').check();
  await doctor.reload();
  await at(doctor, 'join-mode-small').and(doctor.locator(':checked')).waitFor();
  await at(doctor, 'join-mode-full').check();
  assert.ok(await at(doctor, 'join-full').isChecked());
});

test('a page chooses in the room, and the bytes stop with it', async () => {
  await Promise.all([
    enter(specialist, server.people['dr-wang'].home),
    enter(doctor, server.people['dr-li'].home),
  ]);
  room = new URL(doctor.url()).hash.split('/')[2].split('?')[0];
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await choose(doctor, 'voice');
  const voice = await comes(doctor, { video: false, audio: true });
  console.log(`# voice alone: ${JSON.stringify(voice)} bytes in 1.5 s`);
  assert.equal(await at(doctor, 'remote-video').count(), 0);
  assert.match(await at(doctor, 'room-mode-note').innerText(), /只要声音/);
  await until('its camera is off for the others', async () => (await received(specialist, 1500)).video === 0);
  await choose(doctor, 'stills');
  await comes(doctor, { video: false, audio: false });
  await choose(doctor, 'small');
  const small = await comes(doctor, { video: true, audio: true });
  await until('the picture is the small one', () =>
    doctor.evaluate(() => document.querySelector('[data-testid="remote-video"]')?.videoWidth === 320),
  );
  const { video } = await received(doctor, 4000);
  console.log(`# small picture: ${(video * 8) / 4000} kbit/s after ${JSON.stringify(small)}`);
  assert.ok(video * 8 < 4000 * 160, `${video} bytes of a small picture in 4 s`);
  await choose(doctor, 'full');
  await seesAndHears(doctor, 'the doctor');
});

test('a stock client chooses by an attribute of its own', async () => {
  const theirs = await stock(browsers[0], pages.url, server, server.token(room, 'guest'));
  await seesAndHears(theirs, 'theirs');
  await theirs.evaluate(() => room.localParticipant.setAttributes({ mode: 'voice' }));
  await comes(theirs, { video: false, audio: true });
  await theirs.evaluate(() => room.localParticipant.setAttributes({ mode: 'stills' }));
  await comes(theirs, { video: false, audio: false });
  const refused = await theirs.evaluate(() =>
    room.localParticipant.setAttributes({ mode: 'hd' }).then(() => '', (error) => error.message),
  );
  assert.match(refused, /full, small, slides, voice, stills/);
  await theirs.evaluate(() => room.localParticipant.setAttributes({ mode: 'full' }));
  await seesAndHears(theirs, 'theirs again');
  await theirs.context().close();
});

test('a token with an absurd budget is refused with what to do, and counted', async () => {
  const count = () => server.counted('gateway_refused_total{reason="bad_data_budget"}');
  const before = await count();
  for (const budget of [{ sessionMb: -1 }, { sessionMb: 'NaN' }, { monthLeftMb: [] }, 7]) {
    const pass = sign(claims(server.key, room, 'fool', { shanqiao: { dataBudget: budget } }), server.key.secret);
    const { status, body } = await server.ask(pass, `/rtc/validate?access_token=${pass}`);
    assert.equal(status, 401);
    assert.match(body, /dataBudget/);
  }
  assert.equal(await count(), before + 4);
  const vast = sign(claims(server.key, room, 'fool', { shanqiao: { dataBudget: { sessionMb: 2 ** 64 } } }), server.key.secret);
  assert.equal((await server.ask(vast, `/rtc/validate?access_token=${vast}`)).status, 200);
});

test('a budget is told as it is on the wire, steps down in words, and takes sound last', async () => {
  await at(doctor, 'room-leave').click();
  const { body: me } = await server.ask('dr-li', '/api/v1/me');
  const path = `/api/v1/organizations/${me.person.organization.id}/reception`;
  const put = (budget) =>
    server.ask('scheduler', path, { method: 'PUT', body: { mode: 'full', modeMost: 'full', sessionMb: budget, monthMb: null } });
  // What the earlier stays have used counts as well.
  const megabytes = Math.ceil((await crossed()) / 1e6) + 9;
  assert.equal((await put(megabytes)).status, 200);
  await at(doctor, 'room-again').click();
  await inRoom(doctor);
  await at(doctor, 'room-used').and(doctor.getByText('还剩')).waitFor();
  const words = [];
  const note = async () => (await at(doctor, 'room-budget').count()) > 0 && (await at(doctor, 'room-budget').innerText());
  const mode = () => at(doctor, 'room-used').getAttribute('data-mode');
  await until('it steps down', async () => (await mode()) !== 'full');
  words.push(await note());
  assert.match(words[0], /为了让流量用到结束/);
  const said = async () => {
    const text = await at(doctor, 'room-used').innerText();
    const [, used, left] = /已用 ([\d.]+) MB，还剩 ([\d.]+) MB/.exec(text).map(Number);
    return { used, left };
  };
  const { used, left } = await said();
  console.log(`# ${await mode()} at ${used} MB used, ${left} MB left`);
  // A page shows tenths of a megabyte, and hears of them within five seconds.
  assert.ok(Math.abs(used + left - megabytes) < 1, `${used} + ${left}`);
  await until('the relay has seen it', async () => {
    const [wire, { used: told }] = [await crossed(), await said()];
    return Math.abs(wire / 1e6 - told) < 0.5 + 0.01 * told || Promise.reject(new Error(`${wire} on the wire, ${told} MB told`));
  });
  assert.ok((await heard(doctor)).energy > 0, 'sound goes on');
  assert.equal((await put(null)).status, 200);
});

test('nothing went wrong in our pages', () => {
  assert.deepEqual([specialist.faults, doctor.faults], [[], []]);
});
