// The consultation of a case: nothing is sent before the village doctor has noted who the patient is and that the patient consents,
// nothing is recorded without a consent of its own, and what is withdrawn ends while people talk.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, heard, launch, open, seesAndHears } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { pause } from '../lib/wait.js';

const CARD = '61052719580101002X';
const REQUEST = {
  patient: { name: '王桂兰', sex: 'female', born: 1958, card: CARD },
  urgency: 'urgent',
  reason: '皮疹三周',
  purpose: '明确诊断',
  wishedAt: new Date(Date.now() + 600_000).toISOString(),
  summary: '躯干红斑三周，瘙痒。',
  specialty: 'dermatology',
  title: 'any',
};
let server, browsers, specialist, doctor, paper, id, session;

const step = async (person, name, body) => {
  const { headers } = await server.ask(person, `/api/v1/cases/${id}`);
  const sent = await server.ask(person, `/api/v1/cases/${id}/${name}`, { method: 'POST', body, headers: { 'if-match': headers.get('etag') } });
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
};
/** Nothing that can be seen or heard comes to a page for three seconds. */
const silent = async (page) => {
  const before = await heard(page);
  await pause(3000);
  const now = await heard(page);
  assert.ok(now.frames <= before.frames + 3 && now.energy - before.energy < 1e-4, JSON.stringify({ before, now }));
};
const shot = (page, name) => (process.env.PICTURES ? page.screenshot({ path: `${out}/${name}.png`, fullPage: true }) : null);

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('consents'), launch('specialist'), launch('doctor')]);
  [specialist, doctor] = await Promise.all(browsers.map((browser) => open(browser)));
  const made = await server.ask('dr-li', '/api/v1/cases', { method: 'POST', body: REQUEST });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  id = made.body.id;
  await step('scheduler', 'triage', { invitedIds: ['dr-wang'] });
  await step('dr-wang', 'answer', { reply: 'accept' });
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const { body } = await server.ask('scheduler', `/api/v1/sessions?day=${day}`);
  const both = (it) => ['dr-wang', 'dr-li'].every((person) => it.participants.some(({ personId }) => personId === person));
  session = body.sessions.find((it) => it.kind === 'consultation' && it.state === 'scheduled' && both(it)).id;
  await step('scheduler', 'schedule', { sessionId: session });
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

/** A light of what the talk waits for. */
const light = (page, name, on) => at(page, `ready-${name}`).and(page.locator(`[data-on="${on}"]`)).waitFor();

test('who comes in waits, can write, and is told why nothing is heard', async () => {
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  await Promise.all([at(specialist, 'room-waits').waitFor(), at(doctor, 'room-waits').waitFor()]);
  assert.match(await at(specialist, 'room-waits').innerText(), /知情同意/);
  assert.equal(await at(specialist, 'consents').count(), 0, 'the specialist notes no consents');
  await light(specialist, 'dr-li', true);
  await light(specialist, 'consent', false);
  await light(doctor, 'attested', false);
  await at(specialist, 'chat-input').fill('李医生，请先登记。');
  await at(specialist, 'chat-send').click();
  await at(doctor, 'chat-message').filter({ hasText: '李医生，请先登记。' }).waitFor();
  await Promise.all([silent(specialist), silent(doctor)]);
  const large = doctor.viewportSize();
  await shot(doctor, 'consents-room-doctor');
  await doctor.setViewportSize({ width: 360, height: 740 });
  await shot(doctor, 'consents-room-phone');
  await doctor.setViewportSize(large);
  await shot(specialist, 'consents-room-specialist');
});

test('the patient is known by the card, and what is missing is said at its field', async () => {
  await at(doctor, 'case-card').fill('610527195801010039');
  await at(doctor, 'consent-check-in').click();
  await at(doctor, 'case-note-card').waitFor();
  await at(doctor, 'case-card').fill('610527 19580101 002x');
  await at(doctor, 'consent-check-in').click();
  await at(doctor, 'consent-attested').waitFor();
  await light(doctor, 'attested', true);
  await light(doctor, 'consent', false);
  await at(doctor, 'consent-send-consultation').click();
  await at(doctor, 'case-note-fee').waitFor();
  await silent(specialist);
});

test('with the consent both see and hear each other, and nothing is recorded', async () => {
  await at(doctor, 'case-fee').fill('免费');
  await at(doctor, 'consent-send-consultation').click();
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
  await at(specialist, 'room-waits').waitFor({ state: 'detached' });
  assert.equal(await at(specialist, 'room-recording').count(), 0);
});

test('a consent to the recording lights the lamp, and puts it out when it is withdrawn', async () => {
  paper = await open(browsers[1]);
  await paper.goto(server.people['dr-li'].home.replace('#/home', `#/cases/${id}`));
  await at(paper, 'consent-in-force-consultation').waitFor();
  await looked(paper, 'consents-case');
  // Somebody who cannot write, and a witness.
  await at(paper, 'consent-recording-form-spoken').check();
  await at(paper, 'consent-recording-language').selectOption('bo');
  await at(paper, 'consent-send-recording').click();
  await at(paper, 'case-note-witness').waitFor();
  await at(paper, 'case-witness').fill('王护士');
  await at(paper, 'consent-send-recording').press('Enter');
  await at(paper, 'consent-in-force-recording').waitFor();
  await Promise.all([at(specialist, 'room-recording').waitFor(), at(doctor, 'room-recording').waitFor()]);
  await at(paper, 'consent-withdraw-recording').click();
  await at(paper, 'consent-withdraw-recording').click();
  await at(specialist, 'room-recording').waitFor({ state: 'detached' });
  await seesAndHears(specialist, 'the specialist');
});

test('a consent that is withdrawn ends sound and picture at once, and one that is given again brings them back', async () => {
  await at(paper, 'consent-withdraw-consultation').click();
  const pressed = Date.now();
  await at(paper, 'consent-withdraw-consultation').click();
  await Promise.all([at(specialist, 'room-waits').waitFor(), at(doctor, 'room-waits').waitFor()]);
  console.log(`told after ${Date.now() - pressed} ms`);
  await Promise.all([silent(specialist), silent(doctor)]);
  await at(doctor, 'case-fee').fill('免费');
  await at(doctor, 'consent-send-consultation').click();
  await Promise.all([seesAndHears(specialist, 'the specialist'), seesAndHears(doctor, 'the doctor')]);
});

test('who comes back with the pass of before finds the room as it is', async () => {
  await at(paper, 'case-refresh').click();
  await at(paper, 'consent-withdraw-consultation').click();
  await at(paper, 'consent-withdraw-consultation').click();
  await at(specialist, 'room-waits').waitFor();
  await doctor.reload();
  await at(doctor, 'room-waits').waitFor();
  await silent(specialist);
});

test('what was noted stands in the history of the case, for who cares for the patient', async () => {
  const { body } = await server.ask('dr-wang', `/api/v1/cases/${id}/events`);
  const kinds = body.events.map((it) => it.kind).filter((it) => /check|consent|withdraw/.test(it));
  assert.deepEqual(kinds, ['check-in', 'consent', 'consent', 'withdraw', 'withdraw', 'consent', 'withdraw']);
  const { body: told } = await server.ask('dr-wang', `/api/v1/cases/${id}/consents`);
  const spoken = told.consents.find((it) => it.purpose === 'recording').given;
  assert.deepEqual([spoken.form, spoken.witness, spoken.language], ['spoken', '王护士', 'bo']);
  assert.deepEqual([...specialist.faults, ...doctor.faults].filter((it) => !/422/.test(it)), []);
});
