// Sound in two channels stays in two channels, for the stock client and on our page; speech stays in one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enter, launch, open } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { until } from '../lib/wait.js';

/** What sounds to the left and to the right. */
const [LEFT_HZ, RIGHT_HZ] = [500, 1500];

let server, browser, pages;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('stereo'), launch('doctor'), host()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
});

/** A stock client that plays two tones, with these publishing options. */
async function player(name, token, options, singlePeerConnection = false) {
  const page = await stock(browser, pages.url, server, token, { publish: false, room: { singlePeerConnection } });
  await page.evaluate(
    async ([tones, given]) => {
      const context = new AudioContext();
      const both = context.createChannelMerger(2);
      for (const [side, hertz] of tones.entries()) {
        const tone = new OscillatorNode(context, { frequency: hertz });
        tone.connect(both, 0, side);
        tone.start();
      }
      const out = new MediaStreamAudioDestinationNode(context, { channelCount: 2 });
      both.connect(out);
      await room.localParticipant.publishTrack(out.stream.getAudioTracks()[0], { source: 'microphone', dtx: false, ...given });
    },
    [[LEFT_HZ, RIGHT_HZ], options],
  );
  return page;
}

/** The loudest tone on each side of the first voice that the page plays, in hertz. */
const sides = (page) =>
  page.evaluate(async () => {
    const played = [...document.querySelectorAll('audio')].map((it) => it.srcObject).find((it) => it?.getAudioTracks().length);
    if (!played) return [0, 0];
    const context = (window.ear ??= new AudioContext());
    const source = context.createMediaStreamSource(played);
    const splitter = context.createChannelSplitter(2);
    source.connect(splitter);
    const analysers = [0, 1].map((side) => {
      const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
      splitter.connect(analyser, side);
      return analyser;
    });
    await new Promise((done) => setTimeout(done, 300));
    const found = analysers.map((it) => {
      const loud = new Float32Array(it.frequencyBinCount);
      it.getFloatFrequencyData(loud);
      const best = loud.indexOf(Math.max(...loud));
      return loud[best] < -80 ? 0 : Math.round((best * context.sampleRate) / it.fftSize);
    });
    source.disconnect();
    return found;
  });

const near = (hertz, tone) => Math.abs(hertz - tone) < 30;

/** Waits until left and right are what was played there. */
const apart = (page, who) =>
  until(`${who} hears two sides`, async () => {
    const [left, right] = await sides(page);
    return (near(left, LEFT_HZ) && near(right, RIGHT_HZ)) || Promise.reject(new Error(`${left} and ${right} Hz`));
  });

for (const [mode, singlePeerConnection] of [['two connections', false], ['one connection', true]]) {
  test(`music in stereo is heard in stereo over ${mode}`, async () => {
    const music = await player('music', server.token(mode, 'music'), { forceStereo: true, red: false }, singlePeerConnection);
    const options = { publish: false, room: { singlePeerConnection } };
    const listener = await stock(browser, pages.url, server, server.token(mode, 'listener'), options);
    await apart(listener, 'the listener');
    const late = await stock(browser, pages.url, server, server.token(mode, 'late'), options);
    await apart(late, 'one who comes late');
    await Promise.all([music, listener, late].map((page) => page.context().close()));
  });
}

test('our page hears the two sides of a stock client, and its own voice is asked for in one', async () => {
  const ours = await open(browser);
  await enter(ours, server.people['dr-li'].home);
  const session = new URL(ours.url()).hash.split('/')[2].split('?')[0];
  const music = await player('music', server.token(session, 'music'), { forceStereo: true, red: false });
  await apart(ours, 'our page');
  const said = await ours.evaluate(() => window.keptConnections.map(({ localDescription: local, remoteDescription: remote }) => [local.type, local.sdp, remote.sdp]));
  const [, , asked] = said.find(([type]) => type === 'offer');
  assert.ok(asked.includes('opus') && !asked.includes('stereo=1'), asked);
  const [, answered] = said.find(([type]) => type === 'answer');
  assert.equal(answered.match(/[ ;]stereo=1/g)?.length, 1, 'the music and not the voices');
  assert.deepEqual(ours.faults, []);
  await Promise.all([ours, music].map((page) => page.context().close()));
});
