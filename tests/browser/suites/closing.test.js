// The end of a booking reaches its room: people are told, sent away, kept out, and the recording is sealed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { out } from '../lib/places.js';
import { listed } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { took, until } from '../lib/wait.js';

let server, browsers, pages;

before(async () => {
  const env = { SHANQIAO_SCHEDULER__CLOSING_NOTICE_S: '8', SHANQIAO_GATEWAY__UNLED_S: '5' };
  [server, ...browsers] = await Promise.all([Server.start('closing', { env }), launch('doctor'), launch('specialist')]);
  pages = await Promise.all(browsers.map((browser) => open(browser)));
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

const now = () => Math.floor(Date.now() / 1000);
const rfc3339 = (seconds) => new Date(seconds * 1000).toISOString();

/** What the gateway first says to whoever comes with this room token. */
const told = (page, token) =>
  page.evaluate(
    (url) =>
      new Promise((done) => {
        const socket = new WebSocket(url);
        socket.addEventListener('message', ({ data }) => done(JSON.parse(data)));
        socket.addEventListener('error', () => done('error'));
      }),
    `${server.url.replace('http', 'ws')}/rtc?access_token=${token}&frames=json`,
  );

/** Today's running session of this kind, as the scheduler sees it. */
const running = async (kind) => {
  const { body } = await server.ask('scheduler', '/api/v1/sessions');
  return body.sessions.find((it) => it.kind === kind && it.state === 'scheduled' && Date.parse(it.endsAt) > Date.now());
};

/** The recording of this session, once there is nothing more to come. */
const sealed = (id, person, within) =>
  until(
    'the recording is sealed',
    async () => {
      const list = await listed(server, person);
      const one = list.find((it) => it.id.startsWith(`${id}-`));
      return (one && one.state !== 'recording' && one) || Promise.reject(new Error(JSON.stringify(list)));
    },
    { within, every: 250 },
  );

test('a session that is cancelled tells both pages, closes, stays closed and is sealed', async () => {
  const session = await running('consultation');
  const [doctor, specialist] = session.participants.map((it) => it.personId);
  await Promise.all([enter(pages[0], server.people[doctor].home), enter(pages[1], server.people[specialist].home)]);
  await Promise.all(pages.map((page, i) => seesAndHears(page, `page ${i + 1}`)));
  const old = (await server.ask(doctor, `/api/v1/sessions/${session.id}/join`, { method: 'POST' })).body.token;
  const cancelled = await server.ask('scheduler', `/api/v1/sessions/${session.id}/cancel`, { method: 'POST' });
  assert.equal(cancelled.status, 200);
  const began = Date.now();
  for (const page of pages) await at(page, 'room-closing').and(page.locator('[data-phase="cancelled"]')).waitFor();
  took('told', began, 3_000);
  for (const page of pages) {
    await at(page, 'room-left').waitFor();
    assert.match(await at(page, 'room-left').innerText(), /预约员取消了这一场/);
    assert.equal(await at(page, 'room-again').count(), 0);
  }
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds > 6 && seconds < 40, `closed after ${seconds} s`);
  await sealed(session.id, doctor, 30_000);
  // The token from before opens nothing, and the home page says why.
  const left = await told(pages[1], old);
  assert.equal(left.leave?.reason, 'ROOM_DELETED', JSON.stringify(left));
  await at(pages[0], 'room-home').click();
  await pages[0].locator(`[data-testid="home-session"][data-id="${session.id}"]`).filter({ hasText: '已取消' }).waitFor();
});

let led, specialist, doctor;

test('who leads asks a third person in, who finds the session on the home page', async () => {
  const starts = now() + 2;
  const booked = await server.ask('scheduler', '/api/v1/sessions', {
    method: 'POST',
    body: {
      kind: 'consultation',
      title: '复诊',
      startsAt: rfc3339(starts),
      endsAt: rfc3339(starts + 1800),
      roomIds: [],
      recording: false,
      participants: [
        { personId: 'dr-wang', role: 'specialist' },
        { personId: 'dr-zhao', role: 'village_doctor' },
      ],
    },
  });
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
  led = `/api/v1/sessions/${booked.body.id}`;
  [specialist, doctor] = await Promise.all([open(browsers[1], { viewport: { width: 390, height: 780 } }), open(browsers[0])]);
  await enter(specialist, server.people['dr-wang'].home);
  await at(specialist, 'room-ask').click();
  await at(specialist, 'room-ask-role').selectOption('village_doctor');
  await at(specialist, 'room-ask-find').fill('李');
  await at(specialist, 'room-ask-dr-li').waitFor();
  if (process.env.PICTURES) await specialist.screenshot({ path: `${out}/room-ask.png` });
  await at(specialist, 'room-ask-dr-li').click();
  await at(specialist, 'room-ask-said').filter({ hasText: '李医生' }).waitFor();
  await at(specialist, 'room-ask-close').click();
  await enter(doctor, server.people['dr-li'].home);
  await Promise.all([seesAndHears(specialist, 'the specialist', { frames: 5 }), seesAndHears(doctor, 'the third', { frames: 5 })]);
  assert.equal(await at(doctor, 'room-ask').count(), 0, 'it is for whoever leads');
});

test('who leads ends a session for all, and nobody comes in again', async () => {
  const last = (await server.ask('dr-li', `${led}/join`, { method: 'POST' })).body.token;
  await at(specialist, 'room-end').click();
  if (process.env.PICTURES) await specialist.screenshot({ path: `${out}/closing-ask.png` });
  await at(specialist, 'room-end-no').click();
  await at(specialist, 'room-end').click();
  await at(specialist, 'room-end-yes').click();
  const began = Date.now();
  for (const page of [specialist, doctor]) {
    await at(page, 'room-left').waitFor();
    assert.match(await at(page, 'room-left').innerText(), /本场已经结束/);
    assert.equal(await at(page, 'room-again').count(), 0);
  }
  took('everybody has left', began, 1_000);
  assert.equal((await told(doctor, last)).leave?.reason, 'ROOM_CLOSED');
  const again = await server.ask('dr-li', `${led}/join`, { method: 'POST' });
  assert.deepEqual([again.status, again.body.type], [409, '/problems/not-joinable']);
});

test('a class whose classroom terminal stays on is sealed soon after the booked end', async () => {
  // The demo's class is in the way of one that ends in time.
  await server.ask('scheduler', `/api/v1/sessions/${(await running('class')).id}/cancel`, { method: 'POST' });
  const starts = now() + 2;
  const ends = starts + 75;
  const booked = await server.ask('scheduler', '/api/v1/sessions', {
    method: 'POST',
    body: {
      kind: 'class',
      title: '短课',
      startsAt: rfc3339(starts),
      endsAt: rfc3339(ends),
      roomIds: [],
      recording: true,
      participants: [
        { personId: 'teacher-zhang', role: 'lead_teacher' },
        { personId: 'class-a', role: 'classroom' },
      ],
    },
  });
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
  const [teacher, terminal] = await Promise.all(browsers.map((browser) => open(browser)));
  await Promise.all([enter(teacher, server.people['teacher-zhang'].home), enter(terminal, server.people['class-a'].home)]);
  await seesAndHears(terminal, 'the terminal', { frames: 20 });
  await at(teacher, 'room-leave').click();
  await sealed(booked.body.id, 'class-a', (ends - now() + 30) * 1000);
  assert.ok(now() >= ends, 'not before the booked end');
  await at(terminal, 'room-left').waitFor();
  assert.match(await at(terminal, 'room-left').innerText(), /预约的时间到了/);
});
