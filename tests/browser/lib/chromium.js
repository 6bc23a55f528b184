// Real Chromium with a voice and a face from files.
import { chromium } from 'playwright-core';
import { made } from './places.js';
import { PATIENCE, until } from './wait.js';

const executable = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * A browser whose microphone is the person's speech and whose camera the person's picture; files are per launch.
 * `inside` gives the program to start instead (behind a wall, for example), `flags` more flags.
 */
export async function launch(person, { inside = (program) => program, flags = [] } = {}) {
  return chromium.launch({
    executablePath: inside(executable),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${made}/${person}.wav`,
      `--use-file-for-fake-video-capture=${made}/${person}.mjpeg`,
      '--allow-loopback-in-peer-connection',
      // Addresses of this machine are no secret here, and pages of another origin may speak to it.
      '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks',
      '--autoplay-policy=no-user-gesture-required',
      ...flags,
    ],
  });
}

/**
 * A page of its own, as on a computer of its own; every RTCPeerConnection of the page is kept for `heard`. Without
 * `turn` it goes the other ways only; `first` runs in it before anything else.
 */
export async function open(browser, { locale = 'zh-CN', viewport = { width: 1280, height: 800 }, turn = true, first } = {}) {
  const context = await browser.newContext({ locale, viewport, permissions: ['camera', 'microphone'] });
  await context.addInitScript(keepConnections, { turn });
  if (first) await context.addInitScript(first);
  return watched(await context.newPage());
}

/** A page, of either driver, that keeps what goes wrong in it and is patient. */
export function watched(page) {
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE);
  return page;
}

/** Runs in the page before anything else. */
export function keepConnections({ turn }) {
  const Native = window.RTCPeerConnection;
  if (!Native) return;
  const kept = [];
  window.RTCPeerConnection = class extends Native {
    constructor(config, ...given) {
      super(turn ? config : { ...config, iceServers: [] }, ...given);
      kept.push(this);
    }
  };
  Object.defineProperty(window, 'keptConnections', { value: kept });
}

/** What the page receives, summed over its live connections. */
export async function heard(page) {
  return page.evaluate(async () => {
    const sum = { frames: 0, energy: 0, voices: 0, pictures: 0, packets: 0, lost: 0, seconds: 0, samples: 0, concealed: 0 };
    for (const connection of window.keptConnections.filter((it) => it.connectionState !== 'closed')) {
      for (const [, it] of await connection.getStats()) {
        if (it.type !== 'inbound-rtp') continue;
        sum.packets += it.packetsReceived ?? 0;
        sum.lost += it.packetsLost ?? 0;
        if (it.kind === 'video') {
          sum.pictures += 1;
          sum.frames += it.framesDecoded ?? 0;
        } else {
          sum.voices += 1;
          sum.energy += it.totalAudioEnergy ?? 0;
          sum.seconds += it.totalSamplesDuration ?? 0;
          sum.samples += it.totalSamplesReceived ?? 0;
          sum.concealed += it.concealedSamples ?? 0;
        }
      }
    }
    return sum;
  });
}

/** Waits until the page has decoded `frames` more frames and heard more voice than room noise. */
export async function seesAndHears(page, who, { frames = 40, energy = 0.002, within = PATIENCE } = {}) {
  const before = await heard(page);
  return until(
    `${who} decodes ${frames} frames and hears speech`,
    async () => {
      const now = await heard(page);
      const got = { frames: now.frames - before.frames, energy: now.energy - before.energy };
      return got.frames >= frames && got.energy >= energy ? got : Promise.reject(new Error(JSON.stringify(got)));
    },
    { within, every: 250 },
  );
}

/** The ways on which the page's live connections run: what carries them, and the gateway's port. */
export async function ways(page) {
  return page.evaluate(async () => {
    const found = [];
    for (const connection of window.keptConnections.filter((it) => it.connectionState === 'connected')) {
      const stats = await connection.getStats();
      const transport = [...stats.values()].find((it) => it.type === 'transport');
      const pair = stats.get(transport?.selectedCandidatePairId);
      if (!pair) continue;
      const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
      found.push({ type: local.candidateType, protocol: local.protocol, relay: local.relayProtocol, port: remote.port });
    }
    return found;
  });
}

/** A way straight to the media port. */
export const direct = (way) => way.protocol === 'udp' && way.type !== 'relay';

/** Waits until all of a page's live connections run on ways that `fits` takes. */
export function comesBy(page, who, fits) {
  return until(`${who} comes by no other way`, async () => {
    const found = await ways(page);
    return (found.length > 0 && found.every(fits)) || Promise.reject(new Error(JSON.stringify(found)));
  });
}

/** The test id's element. */
export const at = (page, id) => page.locator(`[data-testid="${id}"]`);

/** Waits until the page says so: what comes from the server comes after the page itself. */
export const says = (page, words) => page.locator('main').filter({ hasText: words }).waitFor();

/** From the person's link into the room, as a person does it: who is in a `hurry` does not wait for the picture. */
export async function enter(page, home, { hurry = false } = {}) {
  await page.goto(home);
  await at(page, 'home-join').first().click();
  if (!hurry) await at(page, 'join-camera').and(page.locator('[data-ok="true"]')).waitFor();
  await at(page, 'join-enter').click();
  await inRoom(page);
}

export async function inRoom(page) {
  await at(page, 'connection-state').and(page.locator('[data-state="connected"]')).waitFor({ state: 'attached' });
}

/** Whether the element's picture moves and is not one flat colour: the average and spread of its pixels. */
export async function picture(page, identity) {
  return page.evaluate((name) => {
    const video = document.querySelector(`[data-testid="remote-video"][data-identity="${name}"]`);
    if (!video || !video.videoWidth) return null;
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0, 64, 36);
    const corner = [...pen.getImageData(32, 3, 1, 1).data].slice(0, 3);
    return { width: video.videoWidth, height: video.videoHeight, corner, time: video.currentTime };
  }, identity);
}
