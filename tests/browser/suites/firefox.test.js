// Firefox beside Chromium: the stock client over two connections and over one, our page, and the replay.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { at, direct, enter as enterAsChromium, heard, launch, open, seesAndHears, ways } from '../lib/chromium.js';
import * as firefox from '../lib/firefox.js';
import { download, playsThrough, recordings } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { samples, share } from '../lib/sound.js';
import { host, stock } from '../lib/stock.js';
import { lasted, pause, until } from '../lib/wait.js';

let server, chromium, fox, pages;

before(async () => {
  [server, chromium, fox, pages] = await Promise.all([Server.start('firefox'), launch('doctor'), firefox.launch(), host()]);
});
after(async () => {
  await Promise.race([fox?.close(), pause(5000)]);
  await chromium?.close();
  await pages?.close();
  await server?.close();
});

/** Waits until `look` is true in the page. */
const holds = (page, what, look, given) => until(what, () => page.evaluate(look, given));

const DRILLS = ['signal-reconnect', 'resume-reconnect', 'migration', 'full-reconnect'];

for (const [mode, singlePeerConnection] of [['two connections', false], ['one connection', true]]) {
  describe(`the stock client over ${mode}`, () => {
    let one, other;

    before(async () => {
      const room = { singlePeerConnection };
      one = await firefox.stock(fox, pages.url, server, server.token(mode, 'one'), { room });
      other = await stock(chromium, pages.url, server, server.token(mode, 'other'), { room });
    });
    after(() => Promise.all([one?.close(), other?.context().close()]));

    test('Firefox and Chromium see and hear each other, straight by UDP', async () => {
      await Promise.all([seesAndHears(one, 'Firefox'), seesAndHears(other, 'Chromium')]);
      const found = await ways(other);
      assert.ok(found.every(direct), JSON.stringify(found));
      assert.equal(await server.counted('gateway_dropped_total{reason="track_unannounced"}'), 0);
    });

    test('a listener takes either layer of the camera of Firefox', async () => {
      const ask = (quality) => other.evaluate((it) => room.remoteParticipants.get('one').getTrackPublication('camera').setVideoQuality(it), quality);
      for (const [quality, width] of [[0, 320], [1, 640], [0, 320]]) {
        await ask(quality);
        await holds(other, `${width} pixels come`, async (it) => (await arrived('one', 'camera')).width === it, width);
      }
      await ask(2);
    });

    test('what is said goes both ways, and a file', async () => {
      for (const [from, to] of [[one, other], [other, one]]) {
        await from.evaluate(() => say('chat', '听得见吗?'));
        await from.evaluate(() => room.localParticipant.sendFile(new File([bytes(100_000)], 'ecg.bin'), { topic: 'files' }));
        await holds(to, 'the word arrives', () => told.data.some((it) => it.text === '听得见吗?'));
        await holds(to, 'the file arrives', () => told.streams.some((it) => it.size === 100_000 && it.good));
      }
    });

    test('mute is told both ways and ends', async () => {
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(false));
      await holds(other, 'Firefox is muted', () => room.remoteParticipants.get('one').getTrackPublication('microphone').isMuted);
      await one.evaluate(() => room.localParticipant.setMicrophoneEnabled(true));
      await seesAndHears(other, 'Chromium', { frames: 10 });
    });

    test('screens are shared both ways beside the camera and taken back, twice', async () => {
      for (const [from, to, who] of [[one, other, 'one'], [other, one, 'other'], [one, other, 'one'], [other, one, 'other']]) {
        await from.evaluate(() => room.localParticipant.setScreenShareEnabled(true, { resolution: { width: 640, height: 400, frameRate: 5 } }));
        await holds(to, 'the screen is seen', async (it) => (await arrived(it, 'screen_share')).frames > 5, who);
        await holds(to, 'and the camera', async (it) => (await arrived(it, 'camera')).frames > 5, who);
        await from.evaluate(() => room.localParticipant.setScreenShareEnabled(false));
        await holds(to, 'the screen is gone', (it) => !track(it, 'screen_share'), who);
      }
    });

    test('a second camera and another device in the place of the first are seen', async () => {
      await one.evaluate(async () => {
        await room.localParticipant.publishTrack(drawn(), { name: 'drawn', source: 'camera', simulcast: false });
        await room.localParticipant.getTrackPublication('camera').track.replaceTrack(drawn());
      });
      await holds(other, 'both pictures are the drawing', async () => {
        const all = [...room.remoteParticipants.get('one').videoTrackPublications.values()];
        const widths = await Promise.all(all.map(async (it) => (it.track ? await counted(it.track) : {}).width));
        return widths.length === 2 && widths.every((it) => it > 0 && it <= 160);
      });
    });

    test('nothing went wrong in Firefox', () => assert.deepEqual(one.faults, []));

    for (const drill of DRILLS) {
      test(`Firefox comes back from ${drill}`, async () => {
        const times = await one.evaluate(() => (told.events.reconnected ?? []).length);
        await one.evaluate((name) => void room.simulateScenario(name), drill);
        await holds(one, 'it has come back', (it) => (told.events.reconnected ?? []).length > it && room.state === 'connected', times);
        await Promise.all([seesAndHears(one, 'Firefox', { frames: 20 }), seesAndHears(other, 'Chromium', { frames: 20 })]);
        assert.deepEqual(await other.evaluate(() => others()), ['one']);
      });
    }
  });
}

for (const videoCodec of ['vp9', 'av1']) {
  test(`Firefox sees ${videoCodec} of Chromium`, async (context) => {
    const room = { publishDefaults: { videoCodec, backupCodec: false } };
    const one = await firefox.stock(fox, pages.url, server, server.token(videoCodec, 'one'), { publish: false });
    context.after(() => one.close());
    const other = await stock(chromium, pages.url, server, server.token(videoCodec, 'other'), { room });
    context.after(() => other.context().close());
    await seesAndHears(one, 'Firefox');
    const come = await one.evaluate(async () => {
      const stats = [...(await track('other', 'camera').receiver.getStats()).values()];
      return stats.filter((it) => it.type === 'codec').map((it) => it.mimeType.toLowerCase());
    });
    assert.ok(come.includes(`video/${videoCodec}`), come.join());
  });
}

test('a Firefox without H.264 is told that it cannot see who sends that, and hears them', async (context) => {
  const room = { publishDefaults: { videoCodec: 'h264', backupCodec: false } };
  const one = await firefox.stock(fox, pages.url, server, server.token('h264', 'one'), { publish: false });
  context.after(() => one.close());
  const decodes = await one.evaluate(() => RTCRtpReceiver.getCapabilities('video').codecs.some((it) => it.mimeType === 'video/H264'));
  const other = await stock(chromium, pages.url, server, server.token('h264', 'other'), { room });
  context.after(() => other.context().close());
  if (decodes) await seesAndHears(one, 'Firefox');
  else await holds(one, 'it is told', () => (told.events.trackSubscriptionFailed ?? []).length > 0);
  await holds(one, 'the voice is heard', async () => (await arrived('other', 'microphone')).energy > 0.002);
});

describe('our page', () => {
  let doctor, specialist, began;

  before(async () => {
    doctor = await firefox.open(fox);
    specialist = await open(chromium);
  });
  after(() => Promise.all([doctor?.close(), specialist?.context().close()]));

  test('a doctor in Firefox and a specialist in Chromium see and hear each other', async () => {
    await firefox.enter(doctor, server.people['dr-li'].home);
    await enterAsChromium(specialist, server.people['dr-wang'].home);
    began = Date.now();
    await Promise.all([seesAndHears(doctor, 'the doctor'), seesAndHears(specialist, 'the specialist')]);
  });

  test('chat goes both ways', async () => {
    await doctor.locator('[data-testid="chat-input"]').fill('请看心电图。');
    await firefox.press(doctor, 'chat-send');
    await at(specialist, 'chat-message').filter({ hasText: '请看心电图。' }).waitFor();
    await at(specialist, 'chat-input').fill('看到了。');
    await at(specialist, 'chat-send').click();
    await holds(doctor, 'the answer is there', () => document.body.innerText.includes('看到了。'));
  });

  test('mute is silence at the other side, and unmute is a tone again', async () => {
    await firefox.press(doctor, 'room-mute');
    await until('two seconds of silence', async () => {
      const { energy } = await heard(specialist);
      await pause(2000);
      return (await heard(specialist)).energy - energy < 1e-5;
    });
    await firefox.press(doctor, 'room-mute');
    await seesAndHears(specialist, 'the specialist', { frames: 10 });
  });

  test('a reload comes back in by itself', async () => {
    await doctor.reload();
    await firefox.shows(doctor, '[data-testid="connection-state"][data-state="connected"]');
    await Promise.all([seesAndHears(doctor, 'the doctor'), seesAndHears(specialist, 'the specialist')]);
  });

  test('nothing went wrong on either page', () => assert.deepEqual([doctor.faults, specialist.faults], [[], []]));

  test('the replay has what Firefox sent, and plays in Firefox', async () => {
    await lasted(began, 20);
    await firefox.press(doctor, 'room-leave');
    await at(specialist, 'room-leave').click();
    const ready = await recordings(server, 'dr-li');
    const recording = ready.find((it) => it.kind === 'consultation');
    const path = await download(server, 'dr-li', recording, 'light');
    const part = share(samples(path), firefox.TONE_HZ);
    assert.ok(part > 0.05, `the tone of Firefox is ${part} of the sound of the replay`);
    await doctor.goto(server.people['dr-li'].home.replace('#/home', '#/replay'));
    await doctor.locator(`[data-testid="replay-item"][data-id="${recording.id}"] [data-testid="replay-open"]`).click();
    for (const [button, element] of [['replay-play-light', 'replay-audio'], ['replay-play-full', 'replay-video']]) {
      await firefox.press(doctor, button);
      await playsThrough(doctor, element, recording.durationMs);
    }
    assert.deepEqual(doctor.faults, []);
  });
});
