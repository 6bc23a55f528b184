// Receipts: what a participant's browser really got is what the scheduler shows, and a hole in the line is a hole in them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { Line } from '../lib/line.js';
import { out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { pause, until } from '../lib/wait.js';

const GOOD = { down: 'delay=20ms', up: 'delay=20ms' };
const AWAY = { down: 'loss=100%', up: 'loss=100%' };
const CUT_S = 12;
const STOPPED_S = 14;
/** IPv4, UDP and the tag of SRTP: what stands around each packet beside the headers that the browser counts. */
const AROUND = 20 + 8 + 16;

let line, server, browsers, session;

before(async () => {
  line = await Line.start();
  [server, ...browsers] = await Promise.all([
    // The scheduler does not come for them yet.
    Server.start('receipts', { env: { SHANQIAO_SCHEDULER__GATEWAY_LOOK_S: '3600' } }),
    launch('specialist'),
    launch('doctor'),
  ]);
  await line.leadsTo(server.media);
  await line.becomes(GOOD);
  const { body } = await server.ask('scheduler', '/api/v1/me');
  session = body.today.find((it) => it.kind === 'consultation').id;
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
  await line?.close();
});

/**
 * Packets and bytes on the wire of all media that the page got since its beginning, and when that was (milliseconds). A
 * connection that the page gave up meanwhile counts as it was last looked at, four times a second.
 */
async function got(page) {
  return page.evaluate(async () => {
    await window.lookAtStreams();
    const sum = { sound: { packets: 0, bytes: 0 }, picture: { packets: 0, bytes: 0 }, at: Date.now() };
    for (const { kind, packets, bytes } of window.streams.values()) {
      const medium = kind === 'audio' ? sum.sound : sum.picture;
      medium.packets += packets;
      medium.bytes += bytes;
    }
    return sum;
  });
}

/** Runs in the page from the beginning. */
function follow(around) {
  window.streams = new Map();
  window.lookAtStreams = async () => {
    for (const [place, connection] of (window.keptConnections ?? []).entries()) {
      if (connection.connectionState === 'closed') continue;
      for (const [id, it] of await connection.getStats()) {
        if (it.type !== 'inbound-rtp') continue;
        const bytes = it.bytesReceived + it.headerBytesReceived + it.packetsReceived * around;
        window.streams.set(`${place} ${id}`, { kind: it.kind, packets: it.packetsReceived, bytes });
      }
    }
  };
  setInterval(window.lookAtStreams, 250);
}

/** All receipts of the session, as the one who led it sees them. */
async function receipts() {
  const { status, body } = await server.ask('dr-wang', `/api/v1/sessions/${session}/receipts`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const of = (body, identity) => body.receipts.filter((it) => it.identity === identity);
const sum = (list, value) => list.reduce((all, it) => all + value(it), 0);

test('the sums are what the browser got, and a line that is away for 12 s is missed for so long', async () => {
  // Only the doctor is behind the line.
  const first = `(${follow})(${AROUND}); ${line.first}`;
  const [specialist, doctor] = [await open(browsers[0], { turn: false }), await open(browsers[1], { turn: false, first })];
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  await Promise.all([seesAndHears(specialist, 'specialist'), seesAndHears(doctor, 'doctor')]);
  await pause(22_000);
  await line.becomes(AWAY);
  await pause(CUT_S * 1000);
  await line.becomes(GOOD);
  await seesAndHears(doctor, 'doctor, after the line was away', { frames: 20 });
  await pause(8_000);
  const end = await got(doctor);
  // Both stop at once: what is sent after that is in no count.
  await Promise.all([specialist.context().close(), doctor.context().close()]);
  // Ten seconds and four until the last window is written; then the power goes, and the scheduler has none of it.
  await pause(16_000);
  const kept = await server.counted('gateway_receipts_kept');
  assert.deepEqual((await receipts()).receipts, []);
  await server.kill();
  server.env.SHANQIAO_SCHEDULER__GATEWAY_LOOK_S = '2';
  await server.again();
  const body = await until(
    'the last receipts are there',
    async () => {
      const found = await receipts();
      return of(found, 'dr-li').some((it) => it.toMs >= end.at - 500) && found;
    },
    { every: 1000 },
  );
  // Who left is waited for: what windows were still open has been kept as well.
  const complete = body.receipts.filter((it) => !it.interrupted);
  assert.equal(complete.length, kept, 'each once');
  const list = of(body, 'dr-li').sort((a, b) => a.fromMs - b.fromMs);
  list.forEach((it, nth) => assert.ok(nth === 0 || list[nth - 1].toMs <= it.fromMs, JSON.stringify(list)));
  const sums = body.participants.find((it) => it.personId === 'dr-li');
  for (const medium of ['sound', 'picture']) {
    const told = sum(list, (it) => it[medium]?.bytes ?? 0);
    const off = Math.abs(told - end[medium].bytes) / end[medium].bytes;
    console.log(`${medium}: ${told} bytes in receipts, ${end[medium].bytes} at the browser: ${(off * 100).toFixed(2)} % apart`);
    assert.ok(off < 0.02, `${medium}: ${told} and ${end[medium].bytes}`);
    assert.equal(sums[medium].bytes, told, 'the sums are those of the receipts');
  }
  const hole = sums.sound.missedS + sums.sound.unknownS;
  console.log(`hole: ${hole} s of ${CUT_S}; heard ${sums.sound.receivedS} s, opinion ${sums.opinion}, loss ${sums.lossPercent} %`);
  assert.ok(Math.abs(hole - CUT_S) <= 3, JSON.stringify(sums.sound));
  assert.ok(sums.sound.receivedS > 15, JSON.stringify(sums.sound));
  assert.ok(list.some((it) => it.roundTripMs >= 35 && it.roundTripMs < 400), JSON.stringify(list.map((it) => it.roundTripMs)));
});

/** All processes below one of ours, by what their parents are. */
function below(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((it) => /^\d+$/.test(it))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.slice(1);
}

/** The processes of the browser that has this person's voice. */
function processesOf(person) {
  const command = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  const main = below(process.pid).find((pid) => command(pid).includes(`${person}.wav`) && !command(pid).includes('--type='));
  return [main, ...below(main)];
}

test('whose browser stands still, or shows no picture, is in the room and is not counted as listening or seeing', async () => {
  const [specialist, doctor] = [await open(browsers[0], { turn: false }), await open(browsers[1], { turn: false })];
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  await Promise.all([seesAndHears(specialist, 'specialist'), seesAndHears(doctor, 'doctor')]);
  await at(doctor, 'room-saver').click();
  await until('the picture is gone', async () => (await at(doctor, 'remote-video').count()) === 0);
  const saving = Date.now();
  await pause(11_000);
  const stopped = { from: Date.now() };
  const pids = processesOf('doctor');
  pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  await pause(STOPPED_S * 1000);
  pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
  stopped.to = Date.now();
  await pause(3_000);
  await Promise.all([specialist.context().close(), doctor.context().close()]);
  const { list } = await until('the receipts of that time are there', async () => {
    const list = of(await receipts(), 'dr-li').filter((it) => it.fromMs > saving);
    return list.some((it) => it.toMs > stopped.to) && { list };
  }, { every: 1000 });
  assert.equal(sum(list, (it) => it.picture?.receivedS ?? 0), 0, JSON.stringify(list));
  const hole = sum(list, (it) => (it.sound?.missedS ?? 0) + (it.sound?.unknownS ?? 0));
  console.log(`hole: ${hole} s of ${STOPPED_S}`);
  // What waited at its socket it got, late.
  assert.ok(hole >= STOPPED_S - 6 && hole <= STOPPED_S + 3, JSON.stringify(list));
});

test('who led it reads who heard and saw it, in Chinese, in English and on a phone', async () => {
  const { participants } = await receipts();
  for (const [locale, viewport, name] of [
    ['zh-CN', { width: 1280, height: 800 }, 'received-zh'],
    ['en-US', { width: 1280, height: 800 }, 'received-en'],
    ['zh-CN', { width: 360, height: 740 }, 'received-phone'],
  ]) {
    const page = await open(browsers[0], { locale, viewport });
    await page.goto(server.people['dr-wang'].home.replace('#/home', `#/receipts/${session}`));
    await at(page, 'received').first().waitFor();
    assert.equal(await at(page, 'received').count(), participants.length);
    const doctor = at(page, 'received').and(page.locator('[data-id="dr-li"]'));
    assert.match(await doctor.innerText(), locale === 'zh-CN' ? /听到 .*(声音|听)/s : /Heard .*[Vv]oice/s);
    assert.match(await doctor.innerText(), locale === 'zh-CN' ? /没有收到/ : /Not received/);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.ok(!wide, 'nothing is wider than the screen');
    await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
    await page.goto(server.people['dr-wang'].home);
    await at(page, 'site-line').first().waitFor();
    await page.screenshot({ path: `${out}/${name}-home.png` });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});
