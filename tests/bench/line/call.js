// One call: a publisher, a listener on a clean line, and one of them, or a third, behind a bad one.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { at, inRoom, launch, open } from '../../browser/lib/chromium.js';
import { Line } from '../../browser/lib/line.js';
import { stock } from '../../browser/lib/stock.js';
import { pause, until } from '../../browser/lib/wait.js';
import { GOOD, ways } from './links.js';
import { MARK_EVERY, TONES } from './material.js';
import { countingIn, PIECE, PIECES } from './page.js';

/** The line is good for so long once everybody sees and hears, then bad for so long before it counts, seconds. */
const GOOD_S = 5;
const SETTLE_S = 8;
/** An outage comes so long after the counting began, seconds. */
const OUTAGE_AFTER_S = 10;
/** The stock client shows a page of slides so long after the counting began, and then so often, seconds. */
const SLIDES = { after: 5, every: 20 };

/** Two layers, 640 and 320 wide, for the stock client; `l` is LiveKit's name of the picture's encoding. */
const camera = {
  videoCodec: 'vp8',
  simulcast: true,
  videoEncoding: { maxBitrate: 1_200_000, maxFramerate: 20 },
};

/** A page of `kind` (ours or stock) in the room, which publishes or only listens. */
async function come({ kind, browser, pages, server, room, identity, publishes, line }) {
  const first = [line?.first ?? '', countingIn(TONES, MARK_EVERY)].join('\n');
  const token = server.token(room, identity, publishes);
  if (kind === 'stock') {
    const layers = [{ width: 320, height: 180, encoding: { maxBitrate: 150_000, maxFramerate: 20 } }];
    return stock(browser, pages.url, server, token, { publish: publishes, camera: { ...camera, layers }, turn: false, first });
  }
  const page = await open(browser, { turn: false, first });
  await page.goto(`${server.url}/#/room/${room}?token=${token}`);
  await inRoom(page);
  if (publishes) {
    await at(page, 'room-camera').click();
    await at(page, 'room-mute').click();
  }
  return page;
}

const last = (page) => page.evaluate(() => lineRows.at(-1) ?? {});

/** Waits until a listener has a picture and sound. */
const flows = (page, who) =>
  until(`${who} sees and hears`, async () => {
    const row = await last(page);
    return (row.frames > 30 && row.sound_packets > 100) || Promise.reject(new Error(JSON.stringify(row)));
  });

/** Busy time of all cores so far, and all time. */
function cpu() {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
  const busy = user + nice + system + rest.slice(0, 3).reduce((sum, it) => sum + it, 0);
  return { busy, all: busy + idle + wait };
}

/**
 * Makes one call and gives what was counted: `pages` (by who: rows and marks), the relay's `counts` at the beginning and the
 * end of the window, `window` ({ from, until } as Date.now), `cut` (when the line came back, if it was away), `busy_pct`.
 * `behind` is `sub`, `pub`, or `none`: then there is no line, and the clean listener alone.
 */
export async function call({ server, pages, client, publisher: speaks, behind, link, seconds, flags }) {
  const line = behind === 'none' ? null : await (await Line.start()).leadsTo(server.media);
  // Before the browsers, or the line would be as late as they are busy; where this is not allowed, the table says how late it was.
  if (line) spawnSync('chrt', ['-r', '-p', '2', String(line.child.pid)], { stdio: 'ignore' });
  const [one, other] = await Promise.all([launch('teacher', { flags }), launch('doctor')]);
  try {
    await line?.becomes({ down: GOOD, up: GOOD });
    const room = `line-${process.pid}-${Date.now()}`;
    const common = { pages, server, room };
    const who = {};
    const publisher = behind === 'pub' ? { kind: client, line } : { kind: speaks };
    who.publisher = await come({ ...common, ...publisher, browser: one, identity: 'publisher', publishes: true });
    who.clean = await come({ ...common, kind: 'stock', browser: other, identity: 'clean', publishes: false });
    if (behind === 'sub') who.thin = await come({ ...common, kind: client, browser: other, identity: 'thin', publishes: false, line });
    const listeners = Object.entries(who).filter(([name]) => name !== 'publisher');
    await Promise.all(listeners.map(([name, page]) => flows(page, name)));
    await pause(GOOD_S * 1000);
    await line?.becomes(ways(link, behind, SETTLE_S + OUTAGE_AFTER_S));
    const bad = Date.now();
    await pause(SETTLE_S * 1000);
    const [began, before, from] = [await line?.counts(), cpu(), Date.now()];
    const slides = await turned(publisher.kind === 'stock' ? who.publisher : null, seconds);
    await pause(from + seconds * 1000 - Date.now());
    const [ended, after, end] = [await line?.counts(), cpu(), Date.now()];
    const told = {};
    for (const [name, page] of Object.entries(who)) {
      told[name] = await page.evaluate(() => ({ rows: lineRows, marks: lineMarks, pieces: linePieces }));
      told[name].ways = await page.evaluate(ports);
      told[name].faults = page.faults;
    }
    const back = link?.outage ? bad + (SETTLE_S + OUTAGE_AFTER_S + link.outage) * 1000 : null;
    const busy_pct = (100 * (after.busy - before.busy)) / (after.all - before.all);
    return { pages: told, counts: { began, ended }, relay: line?.port, slides, window: { from, until: end }, back, busy_pct };
  } finally {
    await Promise.all([one.close(), other.close()]);
    await line?.close();
  }
}

/** Lets the publisher turn pages of slides for `seconds`; gives when it did, as Date.now. */
async function turned(publisher, seconds) {
  const times = [];
  for (let next = SLIDES.after; publisher && next < seconds; next += SLIDES.every) {
    await pause((times.length === 0 ? SLIDES.after : SLIDES.every) * 1000);
    times.push(Date.now());
    const sent = publisher.evaluate(([count, size]) => Promise.all(Array.from({ length: count }, () => say('slide', 'x'.repeat(size)))), [PIECES, PIECE]);
    sent.catch(() => undefined);
  }
  return times;
}

/** In the page: the server's ports that its connections have sent to. */
async function ports() {
  const found = [];
  for (const connection of window.keptConnections.filter((it) => it.connectionState === 'connected')) {
    const stats = await connection.getStats();
    for (const it of stats.values()) {
      if (it.type === 'candidate-pair' && it.bytesSent > 0) found.push(stats.get(it.remoteCandidateId)?.port);
    }
  }
  return found;
}
