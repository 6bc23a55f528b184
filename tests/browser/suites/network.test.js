// A Chromium behind a firewall that lets only TCP through: it joins all the same, and media flows both ways.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enter, inRoom, launch, open, seesAndHears, ways } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { Wall } from '../lib/wall.js';

/** A person without UDP is in so soon, in ms; the best of some joins, for other programs run on this machine. */
const WITHIN = 3_000;

let wall, server, browser;

before(async () => {
  wall = Wall.build();
  server = await Server.start('network', { http: `${wall.outside}:0` });
  wall.open(server.http.split(':')[1], server.media);
  browser = await launch('doctor', {
    inside: (program) => wall.behind(program),
    // Camera and microphone are for secure pages only.
    flags: [`--unsafely-treat-insecure-origin-as-secure=${server.url}`],
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  wall?.remove();
});

/** From the reload of the page, which comes back in by itself, to the room, in ms. */
async function joined(page) {
  const began = Date.now();
  await page.reload();
  await inRoom(page);
  return Date.now() - began;
}

test('two people without UDP see and hear each other over TCP on the media port', async () => {
  const [doctor, specialist] = await Promise.all([open(browser), open(browser)]);
  await enter(doctor, server.people['dr-li'].home);
  await enter(specialist, server.people['dr-wang'].home);
  await Promise.all([seesAndHears(doctor, 'the doctor'), seesAndHears(specialist, 'the specialist')]);
  for (const page of [doctor, specialist]) {
    const found = await ways(page);
    assert.ok(found.length > 0);
    assert.ok(found.every((it) => it.protocol === 'tcp' && it.port === server.media), JSON.stringify(found));
  }
  assert.ok(wall.dropped() > 0, 'UDP was tried and did not get through');
  const took = [];
  while (took.length < 5 && !took.some((ms) => ms < WITHIN)) took.push(await joined(specialist));
  console.log(`joined without UDP in ${took.join(', ')} ms`);
  assert.ok(Math.min(...took) < WITHIN, `${took} ms`);
  await seesAndHears(doctor, 'the doctor, after the other came back');
});
