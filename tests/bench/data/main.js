// What each mode takes on the wire, in real Chromium behind a line that loses packets, scaled to 40 minutes.
//   main.js [--scenes class:voice,class:small,consultation:full] [--secs 60] [--line delay=75ms,loss=5%]
// In a class the teacher speaks and is seen, and a village classroom listens in the mode, muted; in a consultation the village
// doctor is in the mode, and both speak. The relay counts every datagram of the village's page with IP and UDP headers; what it
// loses on the way down was sent and is paid for, so that what was sent counts.
import { parseArgs } from 'node:util';
import { at, inRoom, launch, open } from '../../browser/lib/chromium.js';
import { Line } from '../../browser/lib/line.js';
import { Server } from '../../browser/lib/server.js';

const { values: asked } = parseArgs({
  options: {
    scenes: { type: 'string', default: 'class:voice,class:slides,class:small,consultation:voice,consultation:small,consultation:full' },
    secs: { type: 'string', default: '60' },
    line: { type: 'string', default: 'delay=75ms,loss=5%' },
  },
});
const seconds = Number(asked.secs);
const SETTLES = 15_000;
const SESSION_S = 40 * 60;
/** Who leads, and who is behind the line, with their voices and faces. */
const people = {
  class: [['teacher-zhang', 'teacher'], ['class-a', 'doctor']],
  consultation: [['dr-wang', 'specialist'], ['dr-li', 'doctor']],
};
/** Megabytes of 40 minutes that a mode may take on its way down, where that is promised. */
const bars = { 'class:voice': 9, 'class:small': 60, 'consultation:small': 60 };

/** Enters in a mode that is chosen on the check page. */
async function enter(page, home, mode) {
  await page.goto(home);
  await at(page, 'home-join').first().click();
  await at(page, `join-mode-${mode}`).check();
  await at(page, 'join-enter').click();
  await inRoom(page);
}

async function measure(scene) {
  const [kind, mode] = scene.split(':');
  const [lead, village] = people[kind];
  const line = await Line.start();
  const [server, first, second] = await Promise.all([Server.start(`data-${kind}`), launch(lead[1]), launch(village[1])]);
  try {
    await line.leadsTo(server.media);
    await line.becomes({ down: asked.line, up: asked.line });
    const pages = [await open(first, { turn: false }), await open(second, { turn: false, first: line.first })];
    await enter(pages[0], server.people[lead[0]].home, 'full');
    await enter(pages[1], server.people[village[0]].home, mode);
    await pages[1].waitForTimeout(SETTLES);
    const [before, began] = [await line.counts(), Date.now()];
    await pages[1].waitForTimeout(seconds * 1000);
    const now = await line.counts();
    const part = (SESSION_S * 1000) / (Date.now() - began);
    const megabytes = (way) => ((now[way].sent_bytes - before[way].sent_bytes) * part) / 1e6;
    return { scene, down: megabytes('down'), up: megabytes('up') };
  } finally {
    await Promise.all([first, second].map((browser) => browser.close()));
    await server.close();
    await line.close();
  }
}

let missed = 0;
console.log(`40 minutes on ${asked.line}, from ${seconds} s\nscene                 down MB   up MB`);
for (const scene of asked.scenes.split(',')) {
  const { down, up } = await measure(scene);
  const over = down > (bars[scene] ?? Infinity);
  missed += Number(over);
  const bar = bars[scene] ? `  bar ${bars[scene]} down: ${over ? 'MISSED' : 'met'}` : '';
  console.log(`${scene.padEnd(20)} ${down.toFixed(1).padStart(8)} ${up.toFixed(1).padStart(7)}${bar}`);
}
process.exit(missed ? 1 : 0);
