// Clients come, speak and go for SOAK_SECONDS (default 1,800) while strangers throw garbage; memory stays flat, and nothing
// is left at the end. `make soak` runs it; the last line is counted as node's test runner counts.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { collection } from './lib/garbage.js';
import { dispose, Native } from './lib/native.js';
import { Server } from './lib/server.js';
import { pause, until } from './lib/wait.js';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 1800);
const ROOMS = ['north', 'south'];
/** Clients at a time: they share two cores with the program. */
const CLIENTS = 4;
/** Hostile datagrams a second. */
const GARBAGE = 500;
/** What the program may hold more at the end than after the first quarter. */
const GROWTH_MIB = 24;
const PEOPLE = ['specialist', 'doctor', 'teacher'];

const server = await Server.start('soak');
const ends = performance.now() + SECONDS * 1000;
const going = () => performance.now() < ends;
const tally = { joined: 0, failed: 0, messages: 0, stalled: 0, garbage: 0, frames: 0 };
const chance = (below) => Math.floor(Math.random() * below);

/** One after the other: joins, speaks, chats, stays a while, goes. */
async function visitor(number) {
  for (let turn = 0; going(); turn += 1) {
    const room = ROOMS[chance(ROOMS.length)];
    try {
      const native = await Native.join(server, server.token(room, `visitor-${number}-${turn % 3}`));
      tally.joined += 1;
      await (turn % 3 ? native.publish(PEOPLE[number % PEOPLE.length]) : native.publishVoice(PEOPLE[number % PEOPLE.length]));
      const until = performance.now() + 3000 + chance(9000);
      while (performance.now() < until && going()) {
        await native.say('chat', { id: `${number}-${turn}-${tally.messages}`, text: 'hello' });
        tally.messages += 1;
        await pause(500);
      }
      tally.frames += native.received.frames;
      await native.leave();
    } catch (error) {
      tally.failed += 1;
      console.log(`visitor ${number}: ${error.message ?? error}`);
      await pause(1000);
    }
  }
}

/** Opens the door, connects nothing, says nothing, breaks off. */
async function loiterer() {
  for (let turn = 0; going(); turn += 1) {
    const token = server.token(ROOMS[turn % ROOMS.length], `loiterer-${turn % 5}`);
    const [host, port] = server.http.split(':');
    const socket = connect(Number(port), host).on('error', () => undefined);
    socket.write(
      `GET /rtc?access_token=${token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const dead = await fetch(`${server.url}/whip/north`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
      body: 'v=0\r\nnonsense',
    }).catch(() => null);
    await dead?.arrayBuffer();
    tally.stalled += 1;
    await pause(2000);
    socket.destroy();
  }
}

async function garbage() {
  const sockets = Array.from({ length: 50 }, () => createSocket('udp4').on('error', () => undefined));
  const datagrams = collection(11, 2003);
  while (going()) {
    for (let i = 0; i < GARBAGE / 10; i += 1) {
      const socket = sockets[tally.garbage % sockets.length];
      socket.send(datagrams[tally.garbage % datagrams.length], server.media, '127.0.0.1', () => undefined);
      tally.garbage += 1;
    }
    await pause(100);
  }
  sockets.forEach((socket) => socket.close());
}

/** Memory, once in a while: the highest of the second quarter is held against the highest of the last. */
async function watch() {
  const samples = [];
  while (going()) {
    samples.push(server.residentMiB());
    await pause(Math.max(500, (SECONDS * 1000) / 200));
  }
  const quarter = Math.floor(samples.length / 4);
  return { before: Math.max(...samples.slice(quarter, 2 * quarter)), after: Math.max(...samples.slice(-quarter)) };
}

let code = 1;
try {
  const visitors = Array.from({ length: CLIENTS }, (_, i) => visitor(i));
  const [memory] = await Promise.all([watch(), garbage(), loiterer(), ...visitors]);
  await until('everybody has gone', async () => (await server.counted('gateway_participants')) === 0, { within: 60_000 });
  await until('the rooms are over', async () => (await server.counted('gateway_rooms')) === 0, { within: 60_000 });
  await until('the tables are empty', async () => (await server.counted('gateway_entries')) === 0, { within: 60_000 });
  const dropped = await server.counted('gateway_dropped_total');
  const faults = await server.counted('gateway_dropped_total{reason="peer_fault"}');
  console.log(`${JSON.stringify(tally)}; ${dropped} dropped; ${memory.before.toFixed(1)} -> ${memory.after.toFixed(1)} MiB`);
  assert.equal(server.child.exitCode, null, 'the same process');
  assert.equal(faults, 0, 'no library panicked');
  assert.ok(tally.joined > SECONDS / 10 && tally.failed <= tally.joined / 20, 'people come in');
  assert.ok(tally.frames > tally.joined, 'and see each other');
  assert.ok(dropped > tally.garbage * 0.8, `${dropped} of ${tally.garbage} hostile datagrams are counted`);
  assert.ok(memory.after - memory.before < GROWTH_MIB, `memory grew from ${memory.before} to ${memory.after} MiB`);
  code = 0;
} catch (error) {
  console.log(error);
}
await server.close();
await dispose();
console.log(code ? '# pass 0\n# fail 1' : '# pass 1\n# fail 0');
process.exit(code);
