// A village doctor requests a consultation while the line is cut; it is triaged, accepted, scheduled, signed, decided and closed by
// those whose step it is, in browsers; the signature is checked by another program's crypto. In both languages, on a phone and a screen.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';

const REQUEST = {
  'patient.name': '王桂兰',
  'patient.born': '1958',
  'patient.card': '610527 19580101 002X',
  reason: '皮疹三周，用药无效',
  purpose: '明确诊断和用药',
  summary: '躯干红斑三周，瘙痒，外用药无效。',
};
const SECRETS = [REQUEST['patient.name'], REQUEST.reason, REQUEST.purpose, REQUEST.summary, '002X'];
let server, browser, village, scheduler, specialist, id;

const page = async (person, to) => {
  const opened = await open(browser);
  await opened.goto(server.people[person].home.replace('#/home', `#/${to}`));
  return opened;
};
const state = (of, word) => at(of, 'case-where').and(of.locator(`[data-state="${word}"]`)).waitFor();
const press = (of, name) => at(of, name).click();

before(async () => {
  [server, browser] = await Promise.all([Server.start('case'), launch('doctor')]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('what is typed outlives a reload, and what is wrong is said at its field', async () => {
  village = await page('dr-li', 'home');
  await village.locator('main a[href="#/cases"]').click();
  await press(village, 'case-new');
  await at(village, 'case-send').waitFor();
  await at(village, 'case-patient.name').fill(REQUEST['patient.name']);
  await at(village, 'case-urgency-urgent').check();
  await at(village, 'case-specialty').selectOption('dermatology');
  await village.reload();
  assert.equal(await at(village, 'case-patient.name').inputValue(), REQUEST['patient.name']);
  assert.ok(await at(village, 'case-urgency-urgent').isChecked());
  await at(village, 'case-patient.card').fill('12');
  await press(village, 'case-send');
  for (const field of ['patient.born', 'patient.card', 'reason', 'purpose', 'summary']) await at(village, `case-note-${field}`).waitFor();
  assert.match(await at(village, 'case-note-patient.card').innerText(), /6 到 32/);
  await looked(village, 'case-faults');
});

test('what one person has typed is not there for the next one in the same tab', async () => {
  const shared = await page('dr-li', 'home');
  await shared.goto(server.people['dr-li'].home.replace('#/home?', '#/cases/new?'));
  await at(shared, 'case-patient.name').fill('王奶奶');
  await shared.reload();
  assert.equal(await at(shared, 'case-patient.name').inputValue(), '王奶奶');
  await shared.goto(server.people['dr-wang'].home.replace('#/home?', '#/cases/new?'));
  await at(shared, 'case-send').waitFor();
  assert.equal(await at(shared, 'case-patient.name').inputValue(), '');
  await shared.close();
});

test('a request that is pressed while the line is cut goes when the line is back, once', async () => {
  for (const [name, text] of Object.entries(REQUEST)) await at(village, `case-${name}`).fill(text);
  await looked(village, 'case-request');
  await village.context().setOffline(true);
  // By the keyboard alone.
  await at(village, 'case-purpose').press('Enter');
  await at(village, 'case-waiting').waitFor();
  await village.context().setOffline(false);
  await state(village, 'requested');
  id = village.url().split('/cases/')[1];
  const { body } = await server.ask('dr-li', '/api/v1/cases');
  assert.equal(body.cases.length, 1);
  assert.equal(await at(village, 'case-patient').innerText(), REQUEST['patient.name']);
  await looked(village, 'case-requested');
  await press(village, 'case-list');
  await press(village, 'case-new');
  assert.equal(await at(village, 'case-patient.name').inputValue(), '', 'the form is empty again');
  await village.goBack();
});

test('the scheduler sees urgency and specialty, invites a specialist, and nothing of the patient comes to the page', async () => {
  scheduler = await open(browser);
  const came = [];
  scheduler.on('response', (response) => {
    if (response.url().includes('/api/')) came.push(response.text().catch(() => ''));
  });
  await scheduler.goto(server.people.scheduler.home.replace('#/home', '#/cases'));
  await at(scheduler, 'case-queue').waitFor();
  assert.equal(await at(scheduler, 'case').count(), 1, 'what waits stands in the queue alone');
  await looked(scheduler, 'case-list');
  await press(scheduler, 'case-open');
  await state(scheduler, 'requested');
  await at(scheduler, 'case-invite-dr-wang').check();
  await looked(scheduler, 'case-triage');
  await press(scheduler, 'case-triage');
  await state(scheduler, 'triaged');
  const told = (await Promise.all(came)).join('\n');
  assert.ok(told.includes(id));
  for (const secret of SECRETS) assert.ok(!told.includes(secret), secret);
});

test('the specialist reads the case and accepts; a decline without a reason is refused at the field', async () => {
  specialist = await page('dr-wang', 'cases');
  await press(specialist, 'case-open');
  await at(specialist, 'case-told-summary').waitFor();
  assert.equal(await at(specialist, 'case-told-summary').innerText(), REQUEST.summary);
  await at(specialist, 'case-reply-decline').check();
  await press(specialist, 'case-answer');
  await at(specialist, 'case-note-reason').waitFor();
  await looked(specialist, 'case-answer');
  await at(specialist, 'case-reply-accept').check();
  await press(specialist, 'case-answer');
  await state(specialist, 'accepted');
});

test('the scheduler uses a consultation of these doctors', async () => {
  await press(scheduler, 'case-refresh');
  await state(scheduler, 'accepted');
  await at(scheduler, 'case-schedule').first().waitFor();
  await looked(scheduler, 'case-schedule');
  await at(scheduler, 'case-schedule').first().click();
  await state(scheduler, 'scheduled');
});

test('the booking page begins with the doctors of a case', async () => {
  await press(scheduler, 'case-book');
  await at(scheduler, 'book-day').waitFor();
  assert.equal(await at(scheduler, 'book-person-0').inputValue(), 'dr-wang');
  assert.equal(await at(scheduler, 'book-person-1').inputValue(), 'dr-li');
});

test('an opinion is kept while it is written, signed, and found good by another program', async () => {
  const said = '考虑玫瑰糠疹。\n炉甘石外用，两周后复查。';
  await press(specialist, 'case-refresh');
  await state(specialist, 'scheduled');
  await at(specialist, 'case-opinion').fill(said);
  await specialist.reload();
  await at(specialist, 'case-opinion').waitFor();
  assert.equal(await at(specialist, 'case-opinion').inputValue(), said);
  await press(specialist, 'case-sign');
  await state(specialist, 'documented');
  assert.equal(await at(specialist, 'case-opinion-text').innerText(), said);
  await looked(specialist, 'case-opinion');
  const { body } = await server.ask('dr-li', `/api/v1/cases/${id}/opinion`);
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(body.publicKey, 'base64').toString('base64url') } });
  const good = (text) => verify(null, Buffer.from(text), key, Buffer.from(body.signature, 'base64'));
  assert.ok(good(body.statement) && !good(body.statement.replace('两周', '两月')));
});

test('the village doctor decides, with a reason where not all is adopted, and closes the case', async () => {
  await village.goto(server.people['dr-li'].home.replace('#/home', `#/cases/${id}`));
  await state(village, 'documented');
  await at(village, 'case-verdict-partly').check();
  await press(village, 'case-decide');
  await at(village, 'case-note-why').waitFor();
  await looked(village, 'case-decide');
  await at(village, 'case-why').fill('村里没有这种药');
  await press(village, 'case-decide');
  await press(village, 'case-close');
  await state(village, 'closed');
  await looked(village, 'case-closed');
  await press(village, 'case-list');
  await at(village, 'empty').waitFor();
  await press(village, 'case-all');
  await at(village, 'case').and(village.locator('[data-state="closed"]')).waitFor();
});

/** Another case of dr-li, requested by the API. */
async function another() {
  const patient = { name: '李奶奶', sex: 'female', born: 1950, card: '610527195001010021' };
  const asked = { urgency: 'routine', reason: '头晕', purpose: '用药', wishedAt: new Date().toISOString(), summary: '血压 160/95', specialty: 'internal', title: 'any' };
  const { status, body } = await server.ask('dr-li', '/api/v1/cases', { method: 'POST', body: { patient, ...asked } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}
const shows = (of, one) => of.goto(of.url().replace(/#.*/, `#/cases/${one}`));

test('a doctor of no part in a case breaks the glass with a reason, and the doctor of the patient reads it', async () => {
  const one = await another();
  await shows(specialist, one);
  await press(specialist, 'case-glass');
  await at(specialist, 'case-note-reason').waitFor();
  await at(specialist, 'case-reason').fill('病人昏迷送到我院');
  await looked(specialist, 'case-glass');
  await press(specialist, 'case-glass');
  assert.equal(await at(specialist, 'case-told-summary').innerText(), '血压 160/95');
  await shows(village, one);
  await press(village, 'case-history-show');
  const broken = at(village, 'case-history').locator('[data-kind="break-glass"]');
  assert.match(await broken.innerText(), /王主任[^]*病人昏迷送到我院/);
  await looked(village, 'case-history');
});

test('who was faster is told to who comes later, and what was written stays', async () => {
  const one = await another();
  for (const of of [village, scheduler]) {
    await shows(of, one);
    await state(of, 'requested');
  }
  await at(scheduler, 'case-invite-dr-wang').check();
  await press(scheduler, 'case-triage');
  await state(scheduler, 'triaged');
  await press(village, 'case-cancel');
  await at(village, 'case-reason').fill('已经好转');
  await press(village, 'case-cancel-sure');
  await at(village, 'case-trouble').waitFor();
  await state(village, 'triaged');
  assert.equal(await at(village, 'case-reason').inputValue(), '已经好转');
  await press(village, 'case-cancel-sure');
  await state(village, 'cancelled');
  for (const of of [village, scheduler, specialist]) assert.deepEqual(of.faults.filter((it) => !/Failed to load resource/.test(it)), []);
});
