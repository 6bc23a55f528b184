// A Chromium behind a firewall that lets less and less through: it joins all the same, and media flows both ways.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comesBy, direct, enter, inRoom, launch, open, seesAndHears, ways } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { stockFiles } from '../lib/stock.js';
import { Wall } from '../lib/wall.js';

/** A person without UDP is in so soon, in ms; the best of some joins, for other programs run on this machine. */
const WITHIN = 3_000;
/** Where the stock client's page seems to come from; it is filled in by the browser. */
const STOCK = 'http://stock.example';

let wall, server, browser, http, edge;

before(async () => {
  wall = Wall.build();
  server = await Server.start('network', { http: `${wall.outside}:0`, edge: `${wall.outside}:0` });
  [http, edge] = [server.http, server.edge].map((it) => Number(it.split(':')[1]));
  browser = await launch('doctor', {
    inside: (program) => wall.behind(program),
    // Camera and microphone are for secure pages only.
    flags: [`--unsafely-treat-insecure-origin-as-secure=${server.url},${STOCK}`, server.trust],
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  wall?.remove();
});

/** Doctor and specialist of the demo county with our page from `origin`: the one over ICE-TCP to `port`, the other as it likes. */
async function consult(origin, port) {
  const [doctor, specialist] = await Promise.all([open(browser, { turn: false }), open(browser)]);
  const home = (person) => server.people[person].home.replace(/^https?:\/\/[^/]+/, origin);
  await enter(doctor, home('dr-li'));
  await enter(specialist, home('dr-wang'));
  await Promise.all([seesAndHears(doctor, 'the doctor'), seesAndHears(specialist, 'the specialist')]);
  const [direct, any] = await Promise.all([ways(doctor), ways(specialist)]);
  assert.ok(direct.length > 0 && any.length > 0);
  assert.ok(direct.every((it) => it.protocol === 'tcp' && it.port === port), JSON.stringify(direct));
  assert.ok(any.every((it) => ['tcp', 'tls'].includes(it.relay ?? it.protocol)), JSON.stringify(any));
  assert.ok(wall.dropped() > 0, 'UDP was tried and did not get through');
  const took = [];
  while (took.length < 5 && !took.some((ms) => ms < WITHIN)) took.push(await joined(specialist));
  console.log(`joined from ${origin} without UDP in ${took.join(', ')} ms`);
  assert.ok(Math.min(...took) < WITHIN, `${took} ms`);
  await seesAndHears(doctor, 'the doctor, after the other came back');
  await Promise.all([doctor.context().close(), specialist.context().close()]);
}

/** From the reload of the page, which comes back in by itself, to the room, in ms. */
async function joined(page) {
  const began = Date.now();
  await page.reload();
  await inRoom(page);
  return Date.now() - began;
}

/** A stock client behind the wall. */
async function stock(signalling, room, identity, options) {
  const page = await open(browser);
  await page.route(`${STOCK}/**`, (route) => route.fulfill(stockFiles(new URL(route.request().url()).pathname)));
  await page.goto(`${STOCK}/`);
  await page.evaluate(
    ([url, pass, given]) => join(url, pass, given),
    [signalling, server.token(room, identity), options],
  );
  return page;
}

/** Two stock clients see and hear each other by TURN, over this carrier and no other. */
async function byTurn(signalling, carrier) {
  const options = { connect: { rtcConfig: { iceTransportPolicy: 'relay' } } };
  const join = (identity) => stock(signalling, `turn-${carrier}`, identity, options);
  const pages = await Promise.all([join('one'), join('other')]);
  await Promise.all(pages.map((page) => seesAndHears(page, `a client by ${carrier}`)));
  for (const page of pages) {
    const found = await ways(page);
    assert.ok(found.length > 0);
    assert.ok(found.every((it) => it.type === 'relay' && it.relay === carrier), JSON.stringify(found));
    await page.context().close();
  }
}

test('two people without UDP see and hear each other over TCP on the media port', async () => {
  wall.open({ tcp: [http, server.media] });
  await consult(server.url, server.media);
});

test('two people behind a wall with one port see and hear each other', async () => {
  wall.open({ tcp: [edge] });
  await consult(`https://${server.edge}`, edge);
});

test('stock clients use TURN over TLS through the one port', async () => {
  wall.open({ tcp: [edge] });
  await byTurn(`wss://${server.edge}`, 'tls');
});

test('stock clients use TURN over TCP on the media port', async () => {
  wall.open({ tcp: [http, server.media] });
  await byTurn(`ws://${server.http}`, 'tcp');
});

test('stock clients use TURN over UDP on the one port', async () => {
  wall.open({ tcp: [http], udp: [edge] });
  await byTurn(`ws://${server.http}`, 'udp');
});

for (const singlePeerConnection of [false, true]) {
  const lines = singlePeerConnection ? 'one connection' : 'two connections';
  test(`a stock client is forced to TCP and to TLS, and nobody else is, over ${lines}`, async () => {
    wall.open({ tcp: [http, edge, server.media], udp: [edge, server.media] });
    const signalling = `ws://${server.http}`;
    const join = (identity) => stock(signalling, `forced-${lines}`, identity, { room: { singlePeerConnection } });
    const [one, other] = await Promise.all([join('one'), join('other')]);
    await Promise.all([comesBy(one, 'one', direct), comesBy(other, 'the other', direct)]);
    for (const [drill, fits] of [
      ['force-tcp', (it) => it.protocol === 'tcp' && it.type !== 'relay'],
      ['force-tls', (it) => it.type === 'relay' && it.relay === 'tls'],
    ]) {
      await one.evaluate((name) => room.simulateScenario(name), drill);
      await comesBy(one, `one after ${drill}`, fits);
      await Promise.all([seesAndHears(one, `one after ${drill}`), seesAndHears(other, 'the other')]);
      await comesBy(other, 'the other', direct);
    }
    await Promise.all([one, other].map((page) => page.context().close()));
  });
}
