// Real Firefox with a tone for a voice and changing colours for a face, driven over WebDriver BiDi.
import { launch as start } from 'puppeteer-core';
import { keepConnections, watched } from './chromium.js';
import { PATIENCE, until } from './wait.js';

const executablePath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/** What the microphone hears. */
export const TONE_HZ = 440;

const preferences = {
  'media.navigator.audio.fake_frequency': TONE_HZ,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  // Nobody is there to press a key before something may sound.
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  // The gateway is on this machine.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Pages behind others run as those in front.
  'dom.min_background_timeout_value': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
};

/** One browser; it starts slowly, so that a suite has only one. */
export const launch = () =>
  start({ browser: 'firefox', executablePath, headless: true, extraPrefsFirefox: { ...preferences }, protocolTimeout: 3 * PATIENCE });

/** A page of its own, as on a computer of its own; every RTCPeerConnection of the page is kept for `heard`. */
export async function open(browser, { viewport = { width: 1280, height: 800 } } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(viewport);
  await page.evaluateOnNewDocument(keepConnections, { turn: true });
  await page.evaluateOnNewDocument(drawScreen);
  return watched(page);
}

/** Without a screen there is none to choose: a drawing that changes ten times a second stands for it. */
function drawScreen() {
  if (!navigator.mediaDevices) return;
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 400 });
    const pen = canvas.getContext('2d');
    setInterval(() => {
      pen.fillStyle = `hsl(${performance.now() % 360} 80% 50%)`;
      pen.fillRect(0, 0, 640, 400);
    }, 100);
    return canvas.captureStream(10);
  };
}

/** A stock client in the room of `token`. */
export async function stock(browser, pageUrl, server, token, options = {}) {
  const page = await open(browser);
  await page.goto(pageUrl);
  await page.evaluate((url, pass, given) => join(url, pass, given), `ws://${server.http}`, token, options);
  return page;
}

/** Presses what has the test id, once it can be pressed. */
export const press = (page, id) => page.locator(`[data-testid="${id}"]:not(:disabled)`).click();

/** Waits until the page has an element that `selector` finds. */
export const shows = (page, selector) => until(`${selector} is there`, () => page.evaluate((it) => Boolean(document.querySelector(it)), selector));

/** From the person's link into the room, as a person does it. */
export async function enter(page, home) {
  await page.goto(home);
  await press(page, 'home-join');
  await shows(page, '[data-testid="join-camera"][data-ok="true"]');
  await press(page, 'join-enter');
  await shows(page, '[data-testid="connection-state"][data-state="connected"]');
}
