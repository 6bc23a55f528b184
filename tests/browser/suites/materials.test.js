// A village doctor sends a request with two photos over a line that is cut, with few presses; the specialist sees the small pictures
// first and opens a whole one; the opinion names what was looked at. In both languages, on a phone and a screen.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { at, launch, open } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

/** Presses with which a request with two photos is to be sent. */
const PRESSES_MAX = 12;
/** What a phone tells of where a photo was taken (TIFF in an APP1 of EXIF), as text that can be looked for. */
const PLACE = 'GPS-34.2607N-108.9423E';
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
let server, browser, village, specialist, id;

/** A photo as a phone takes it: noise is the worst that can come. */
async function photo(page, width, height, hue) {
  const text = await page.evaluate(
    ([width, height, hue]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const pen = canvas.getContext('2d');
      pen.fillStyle = `hsl(${hue} 60% 60%)`;
      pen.fillRect(0, 0, width, height);
      for (let i = 0; i < 4_000; i += 1) {
        pen.fillStyle = `hsl(${hue + (i % 40)} 60% ${30 + (i % 50)}%)`;
        pen.fillRect((i * 7919) % width, (i * 104_729) % height, 60, 60);
      }
      return canvas.toDataURL('image/jpeg', 0.95).split(',')[1];
    },
    [width, height, hue],
  );
  const bytes = Buffer.from(text, 'base64');
  const place = Buffer.from(`Exif\0\0${PLACE}`);
  const app1 = Buffer.concat([Buffer.from([0xff, 0xe1, 0, place.length + 2]), place]);
  return Buffer.concat([bytes.subarray(0, 2), app1, bytes.subarray(2)]);
}

const page = async (person, to, more = {}) => {
  const opened = await open(browser, more);
  await opened.goto(server.people[person].home.replace('#/home', `#/${to}`));
  return opened;
};
const state = (of, word) => at(of, 'case-where').and(of.locator(`[data-state="${word}"]`)).waitFor();
const press = (of, name) => at(of, name).click();
const list = async (person) => (await server.ask(person, `/api/v1/cases/${id}/materials`)).body.materials;
const whole = ({ original, preview }) => original.received === original.bytes && (!preview || preview.received === preview.bytes);
const bytesOf = async (person, material, part) => {
  const headers = { Authorization: `Bearer ${server.people[person].token}` };
  const response = await fetch(`${server.url}/api/v1/cases/${id}/materials/${material}/${part}`, { headers });
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
};

before(async () => {
  [server, browser] = await Promise.all([Server.start('materials'), launch('doctor')]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('a request with two photos takes at most twelve presses, waits for its line, and its photos go with it', async () => {
  village = await page('dr-li', 'home', { viewport: { width: 360, height: 740 } });
  let presses = 0;
  const tap = async (locator) => {
    presses += 1;
    await locator.click();
  };
  await tap(village.locator('main a[href="#/cases"]'));
  await tap(at(village, 'case-new'));
  await tap(at(village, 'case-patient.name'));
  await village.keyboard.type('王桂兰');
  await tap(at(village, 'case-sex-female'));
  // From a field to the next one the key of the keyboard leads.
  for (const [name, text] of [['patient.born', '1958'], ['patient.card', '61052719580101002X'], ['reason', '皮疹三周'], ['purpose', '明确诊断'], ['summary', '躯干红斑三周，瘙痒。']]) {
    await at(village, `case-${name}`).fill(text);
  }
  const photos = await Promise.all([photo(village, 3_000, 2_000, 10), photo(village, 2_000, 3_000, 200)]);
  const chooser = village.waitForEvent('filechooser');
  await tap(village.locator('label').filter({ has: at(village, 'material-choose') }));
  // In the phone's own list of photos: two, and done.
  presses += 3;
  await (await chooser).setFiles(photos.map((buffer, n) => ({ name: `IMG_${n}.jpg`, mimeType: 'image/jpeg', buffer })));
  await until('both are prepared', async () => (await at(village, 'material-waiting').count()) === 2);
  await looked(village, 'materials-request');
  // A page that is loaded again has them still.
  await village.reload();
  await until('both are there again', async () => (await at(village, 'material-waiting').count()) === 2);
  await village.context().setOffline(true);
  await tap(at(village, 'case-send'));
  await at(village, 'case-waiting').waitFor();
  await village.context().setOffline(false);
  await state(village, 'requested');
  id = village.url().split('/cases/')[1].split('?')[0];
  console.log(`presses for a request with two photos: ${presses}`);
  assert.ok(presses <= PRESSES_MAX, `${presses} presses`);
  await until('both are sent', async () => (await list('dr-li')).filter(whole).length === 2);
  await until('nothing waits', async () => (await at(village, 'material-waiting').count()) === 0);
  await at(village, 'material-preview').nth(1).waitFor();
  await looked(village, 'materials-card');
});

test('photos are made smaller, have a preview of at most 60 kB, and say nothing of the place where they were taken', async () => {
  for (const { id: material, original, preview } of await list('dr-li')) {
    const [large, small] = [await bytesOf('dr-li', material, 'original'), await bytesOf('dr-li', material, 'preview')];
    console.log(`a photo of 6 megapixels: ${large.length} bytes, its preview ${small.length}`);
    assert.deepEqual([sha256(large), sha256(small)], [original.sha256, preview.sha256]);
    assert.ok(small.length <= 60 << 10, `${small.length}`);
    assert.ok(!large.includes(PLACE) && !small.includes(PLACE));
    const sides = await village.evaluate(async (text) => {
      const image = Object.assign(new Image(), { src: `data:image/jpeg;base64,${text}` });
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }, large.toString('base64'));
    assert.equal(Math.max(...sides), 2_048);
  }
});

test('the specialist sees small pictures first and opens a whole one, which closes with a key', async () => {
  await server.ask('scheduler', `/api/v1/cases/${id}/triage`, { method: 'POST', headers: { 'If-Match': '*' }, body: { invitedIds: ['dr-wang'] } });
  specialist = await open(browser);
  const fetched = [];
  specialist.on('request', (request) => /\/materials\/[^/]+\/(preview|original)$/.test(request.url()) && fetched.push(request.url().split('/').pop()));
  await specialist.goto(server.people['dr-wang'].home.replace('#/home', `#/cases/${id}`));
  await at(specialist, 'material-preview').nth(1).waitFor();
  assert.deepEqual(fetched, ['preview', 'preview']);
  await looked(specialist, 'materials-specialist');
  await at(specialist, 'material-open').first().click();
  await at(specialist, 'material-picture').waitFor();
  await until('it is the whole one', () => at(specialist, 'material-picture').evaluate((image) => image.naturalWidth === 2_048));
  if (process.env.PICTURES) await specialist.screenshot({ path: new URL('../out/materials-whole.png', import.meta.url).pathname });
  await specialist.keyboard.press('Escape');
  await at(specialist, 'material-whole').waitFor({ state: 'detached' });
});

test('a sheet that was cut on its way goes on where it was, also after a reload', async () => {
  const sheet = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(900_000, 'lab ')]);
  const line = await village.context().newCDPSession(village);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 60_000 });
  await at(village, 'material-kind').selectOption('document');
  await at(village, 'material-choose').setInputFiles({ name: '血常规.pdf', mimeType: 'application/pdf', buffer: sheet });
  const sheetNow = async () => (await list('dr-li')).find(({ kind }) => kind === 'document');
  await until('a part of it is there', async () => (await sheetNow())?.original.received > 0);
  await line.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await at(village, 'material-away').waitFor();
  await looked(village, 'materials-away');
  const before = (await sheetNow()).original.received;
  assert.ok(before > 0 && before < sheet.length, `${before}`);
  const starts = [];
  village.on('request', (request) => {
    if (request.method() === 'PATCH') starts.push(Number(request.headers()['upload-offset']));
  });
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await village.reload();
  await until('it is whole', async () => whole(await sheetNow()));
  assert.ok(starts.every((start) => start >= before), `${starts} from ${before} on`);
  const { id: material, title } = await sheetNow();
  assert.equal(title, '血常规');
  assert.equal(sha256(await bytesOf('dr-wang', material, 'original')), sha256(sheet));
});

test('what cannot be sent is said before it is, and what was wrong is taken out again', async () => {
  await at(village, 'material-kind').selectOption('photo');
  await at(village, 'material-choose').setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<html>') });
  await at(village, 'material-fault').waitFor();
  assert.match(await at(village, 'material-fault').innerText(), /打不开/);
  await at(village, 'material-kind').selectOption('ecg');
  await at(village, 'material-choose').setInputFiles({ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') });
  await until('it is said', async () => /不能用这种文件/.test(await at(village, 'material-fault').innerText()));
  await looked(village, 'materials-fault');
  const sheet = at(village, 'material').and(village.locator('[data-kind="document"]'));
  await sheet.locator('[data-testid="material-remove"]').click();
  await sheet.waitFor({ state: 'detached' });
  assert.equal((await list('dr-li')).length, 2);
  assert.equal(await at(specialist, 'material-remove').count(), 0, 'nobody takes out what another one added');
});

test('the opinion names the photos, and which of them was opened', async () => {
  await specialist.reload();
  await at(specialist, 'case-reply-accept').check();
  await press(specialist, 'case-answer');
  await at(specialist, 'case-opinion').fill('考虑湿疹，外用药两周。');
  await press(specialist, 'case-sign');
  await state(specialist, 'documented');
  const { body } = await server.ask('dr-li', `/api/v1/cases/${id}/opinion`);
  const stated = JSON.parse(body.statement).materials;
  const known = await list('dr-li');
  assert.deepEqual(stated.map((it) => it.sha256), known.map((it) => it.original.sha256));
  assert.deepEqual(stated.map((it) => it.shown), [['original', 'preview'], ['preview']]);
});

test('what one person has chosen is not there for the next one on the same device', async () => {
  await village.goto(server.people['dr-li'].home.replace('#/home?', '#/cases/new?'));
  await at(village, 'material-choose').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await photo(village, 300, 200, 90) });
  await at(village, 'material-waiting').waitFor();
  await village.goto(server.people['dr-wang'].home.replace('#/home?', '#/cases/new?'));
  await at(village, 'material-choose').waitFor({ state: 'attached' });
  await until('it is gone', async () => (await at(village, 'material-waiting').count()) === 0);
  await village.goto(server.people['dr-li'].home.replace('#/home?', '#/cases/new?'));
  await at(village, 'material-choose').waitFor({ state: 'attached' });
  assert.equal(await at(village, 'material-waiting').count(), 0);
  for (const of of [village, specialist]) assert.deepEqual(of.faults.filter((it) => !/Failed to load resource|ERR_INTERNET/.test(it)), []);
});
