// VP9 and AV1 with layers within one stream, published by the stock client and seen by another one.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { pause, until } from '../lib/wait.js';

let server, browser, pages;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('codecs'), launch('doctor'), host()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
});

const enter = (name, identity, more = {}, ...flags) =>
  stock(browser, pages.url, server, server.token(name, identity, ...flags), { publish: false, ...more });

/** A publisher of one drawn picture, `width` wide, and a listener of it, both stock clients. */
async function pair(name, width, options, more, ...flags) {
  const [sender, listener] = await Promise.all(['sender', 'listener'].map((identity) => enter(name, identity, more, ...flags)));
  await sender.evaluate(
    ([wide, given]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: wide, height: (wide * 9) / 16 });
      const pen = canvas.getContext('2d');
      let turn = 0;
      setInterval(() => {
        pen.fillStyle = `hsl(${(turn += 5) % 360} 60% 50%)`;
        pen.fillRect(0, 0, wide, wide);
        pen.fillStyle = 'white';
        pen.fillRect((turn * 3) % wide, 40, 60, 60);
      }, 66);
      const [drawn] = canvas.captureStream(15).getVideoTracks();
      return room.localParticipant.publishTrack(drawn, { source: 'camera', ...given });
    },
    [width, options],
  );
  return { sender, listener };
}

/** What the page receives of its only picture. */
const seen = (page) =>
  page.evaluate(async () => {
    for (const connection of window.keptConnections) {
      const stats = await connection.getStats();
      for (const [, it] of stats) {
        if (it.type !== 'inbound-rtp' || it.kind !== 'video' || !it.framesDecoded) continue;
        return { ...it, mime: stats.get(it.codecId)?.mimeType };
      }
    }
    return null;
  });

/** Waits until `frames` more frames were decoded, the last of them `width` wide. */
async function sees(page, what, width, frames = 20) {
  const from = (await seen(page))?.framesDecoded ?? 0;
  let counted = from;
  return until(
    `${what}: ${frames} frames of width ${width}`,
    async () => {
      const now = await seen(page);
      if (now?.frameWidth !== width) counted = now?.framesDecoded ?? from;
      return now && now.framesDecoded - counted >= frames ? now : Promise.reject(new Error(told(now)));
    },
    { within: 60_000, every: 250 },
  );
}

const told = (it) =>
  JSON.stringify({ width: it?.frameWidth, frames: it?.framesDecoded, lost: it?.packetsLost, nacks: it?.nackCount, plis: it?.pliCount });

/** The listener wishes for a quality of the picture: 0 to 2. */
const wish = (page, quality) =>
  page.evaluate((level) => {
    const [from] = room.remoteParticipants.values();
    const [picture] = [...from.trackPublications.values()].filter((it) => it.kind === 'video');
    picture.setVideoQuality(level);
  }, quality);

// Encoders leave out layers that are less than 240 pixels wide.
for (const [codec, scalabilityMode, widths] of [
  ['vp9', 'L3T3_KEY', [240, 480, 960]],
  ['av1', 'L3T3_KEY', [240, 480, 960]],
  ['vp9', 'L2T2', [320, 640]],
]) {
  test(`${codec} ${scalabilityMode}: every layer is seen and changes leave no gap`, async () => {
    const [lowest, best] = [widths[0], widths.at(-1)];
    const room = `${codec}-${scalabilityMode}`;
    const { sender, listener } = await pair(room, best, { videoCodec: codec, scalabilityMode });
    const wide = await sees(listener, 'all layers', best);
    assert.equal(wide.mime, `video/${codec.toUpperCase()}`);
    await wish(listener, 0);
    await sees(listener, 'the lowest', lowest);
    await wish(listener, 1);
    await sees(listener, 'the second', widths[1]);
    await wish(listener, 2);
    const last = await sees(listener, 'all again', best);
    console.log(`${codec} ${scalabilityMode}: ${told(last)}`);
    // What a busy machine drops is asked for and comes; a number that was left out would be asked for ten times, and never come.
    assert.ok(last.packetsLost <= Math.min(2, last.retransmittedPacketsReceived ?? 0) && last.nackCount < 10, told(last));
    await Promise.all([sender.context().close(), listener.context().close()]);
  });
}

for (const codec of ['vp9', 'av1']) {
  test(`${codec} without spatial layers is seen`, async () => {
    const { sender, listener } = await pair(`${codec}-flat`, 640, { videoCodec: codec, scalabilityMode: 'L1T3' });
    const now = await sees(listener, 'the picture', 640);
    assert.equal(now.mime, `video/${codec.toUpperCase()}`);
    await Promise.all([sender.context().close(), listener.context().close()]);
  });
}

test('a publisher pauses layers that nobody uses and the picture is back at once', async () => {
  const { sender, listener } = await pair('dynacast', 640, { videoCodec: 'vp9', scalabilityMode: 'L3T3_KEY' });
  await sees(listener, 'all layers', 640);
  const show = (shown) =>
    listener.evaluate((on) => {
      const [from] = room.remoteParticipants.values();
      [...from.trackPublications.values()].find((it) => it.kind === 'video').setEnabled(on);
    }, shown);
  const encoded = () =>
    sender.evaluate(async () => {
      let frames = 0;
      for (const connection of window.keptConnections)
        for (const [, it] of await connection.getStats())
          if (it.type === 'outbound-rtp' && it.kind === 'video') frames += it.framesEncoded;
      return frames;
    });
  await show(false);
  await until('the encoder rests', async () => {
    const before = await encoded();
    await pause(700);
    return (await encoded()) === before;
  });
  const before = (await seen(listener)).framesDecoded;
  const asked = Date.now();
  await show(true);
  await until('the picture is back', async () => (await seen(listener)).framesDecoded > before, { every: 20 });
  console.log(`back after ${Date.now() - asked} ms`);
  await sees(listener, 'all layers again', 640);
  await Promise.all([sender.context().close(), listener.context().close()]);
});

test('a recorded AV1 camera with layers becomes a replay that plays', async () => {
  const { sender, listener } = await pair('kept', 960, { videoCodec: 'av1', scalabilityMode: 'L3T3_KEY' }, {}, '--record');
  await sees(listener, 'all layers', 960, 60);
  await Promise.all([sender.context().close(), listener.context().close()]);
  const file = await until('the replay is made', () =>
    readdirSync(server.data, { recursive: true }).find((it) => /full\S*\.webm$/.test(it) && !it.includes('/work/')));
  const page = await open(browser);
  await page.goto(pages.url);
  await page.evaluate((bytes) => {
    const src = `data:video/webm;base64,${bytes}`;
    document.body.append(Object.assign(document.createElement('video'), { muted: true, autoplay: true, src }));
  }, readFileSync(join(server.data, file)).toString('base64'));
  const played = await until('it plays to its end', () =>
    page.evaluate(() => {
      const video = document.querySelector('video');
      // The browser pauses what it takes for a page in the background.
      if (video.paused && !video.ended) video.play().catch(() => undefined);
      const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
      return video.ended && { frames, width: video.videoWidth, length: video.duration };
    }));
  console.log(`AV1 replay: ${JSON.stringify(played)}`);
  assert.ok(played.frames >= 40 && played.width === 960, JSON.stringify(played));
  await page.context().close();
});

/** Runs in a page before anything else: a browser without VP9. */
function withoutVp9() {
  const { prototype } = window.RTCPeerConnection;
  const { setRemoteDescription, addTransceiver } = prototype;
  prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replaceAll('VP9/90000', 'unknown/90000') });
  };
  prototype.addTransceiver = function (what, init) {
    const made = addTransceiver.call(this, what, init);
    const { codecs } = RTCRtpReceiver.getCapabilities('video');
    if (what === 'video') made.setCodecPreferences(codecs.filter((it) => it.mimeType !== 'video/VP9'));
    return made;
  };
}

test('over one connection layers are chosen as well, and who has no VP9 is told and disturbs nobody', async () => {
  const one = { room: { singlePeerConnection: true } };
  const { sender, listener } = await pair('one-line', 640, { videoCodec: 'vp9', scalabilityMode: 'L2T2' }, one);
  await sees(listener, 'all layers', 640);
  assert.equal(await listener.evaluate(() => lines().length), 1);
  await wish(listener, 0);
  await sees(listener, 'the lowest', 320);
  for (const [number, singlePeerConnection] of [[1, true], [2, false]]) {
    const without = await enter('one-line', `without ${number}`, { room: { singlePeerConnection }, first: `(${withoutVp9})()` });
    const failed = await until('it is told that the picture does not come', () =>
      without.evaluate(() => told.events.trackSubscriptionFailed?.at(-1)));
    const sid = await sender.evaluate(() => room.localParticipant.getTrackPublication('camera').trackSid);
    assert.deepEqual(failed.slice(0, 2), [sid, 'sender']);
    assert.equal(await server.counted('gateway_dropped_total{reason="section_refused"}'), number);
    assert.deepEqual(await without.evaluate(() => [room.state, others().length]), ['connected', number + 1]);
    if (number === 2) await without.context().close();
  }
  await wish(listener, 2);
  const last = await sees(listener, 'all layers again', 640);
  assert.equal(last.packetsLost, 0, told(last));
  await Promise.all([sender.context().close(), listener.context().close()]);
});
