// A hundred thousand hostile datagrams at the media port, and a call that does not notice.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { AudioStream, RoomEvent, TrackKind } from '@livekit/rtc-node';
import { dispose, Native } from '../lib/native.js';
import { Server } from '../lib/server.js';
import { pause, until } from '../lib/wait.js';

const DATAGRAMS = 100_000;
const PORTS = 200;
/** So many leave at a time: few, because the callers live in this process too. It takes some twenty seconds. */
const BURST = 20;

let server;

before(async () => {
  server = await Server.start('garbage');
});
after(async () => {
  await server?.close();
  await dispose();
});

/** The same numbers in every run (mulberry32). */
function seeded(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound) => next() % bound;
  const bytes = (length) => Buffer.from(Array.from({ length }, () => below(256)));
  return { below, bytes };
}

/** A check with everything right except user fragment and password (RFC 8489). */
function check({ below, bytes }) {
  const name = Buffer.from(`frag${1000 + below(9000)}:mine`.padEnd(16, 'x'));
  const body = Buffer.concat([Buffer.from([0, 6, 0, name.length]), name, Buffer.from([0, 0x25, 0, 0, 0, 8, 0, 20]), bytes(20)]);
  const head = Buffer.from([0, 1, 0, body.length + 8, 0x21, 0x12, 0xa4, 0x42]);
  const datagram = Buffer.concat([head, bytes(12), body]);
  const fingerprint = Buffer.from([0x80, 0x28, 0, 4, 0, 0, 0, 0]);
  fingerprint.writeUInt32BE((crc32(datagram) ^ 0x5354554e) >>> 0, 4);
  return Buffer.concat([datagram, fingerprint]);
}

/** A ClientHello in one record (RFC 6347). */
function clientHello({ below, bytes }) {
  const extensions = bytes(below(300));
  const body = Buffer.concat([
    Buffer.from([254, 253]), bytes(32), Buffer.from([0, 20]), bytes(20),
    Buffer.from([0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0, extensions.length >> 8, extensions.length & 255]), extensions,
  ]);
  const length = [0, body.length >> 8, body.length & 255];
  const handshake = Buffer.concat([Buffer.from([1, ...length, 0, 0, 0, 0, 0, ...length]), body]);
  const record = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length >> 8, handshake.length & 255]);
  return Buffer.concat([record, handshake]);
}

const rtp = ({ below, bytes }) => Buffer.concat([Buffer.from([0x80, 96 + below(32)]), bytes(10 + below(1000))]);
const rtcp = ({ below, bytes }) => Buffer.concat([Buffer.from([0x81, 200 + below(8), 0, 6]), bytes(24)]);
const noise = ({ below, bytes }) => bytes(1 + below(1200));

/** Hostile datagrams to choose from; every third one is cut. */
function collection(seed, size) {
  const random = seeded(seed);
  const makers = [check, check, clientHello, clientHello, rtp, rtp, rtcp, noise];
  return Array.from({ length: size }, (_, number) => {
    const datagram = makers[number % makers.length](random);
    return number % 3 ? datagram : datagram.subarray(0, 1 + random.below(datagram.length));
  });
}

const sockets = () =>
  Promise.all(
    Array.from({ length: PORTS }, () => {
      const socket = createSocket('udp4');
      return new Promise((done) => socket.connect(server.media, '127.0.0.1', () => done(socket)));
    }),
  );

/** Throws everything; gives how many the system took. */
async function attack() {
  const [from, datagrams] = [await sockets(), collection(7, 4001)];
  for (const socket of from) socket.on('error', () => undefined);
  let sent = 0;
  for (let number = 0; number < DATAGRAMS; ) {
    const burst = Array.from({ length: BURST }, () => {
      const [socket, datagram] = [from[number % PORTS], datagrams[number % datagrams.length]];
      number += 1;
      return new Promise((done) => socket.send(datagram, (error) => done(error ? 0 : 1)));
    });
    for (const taken of await Promise.all(burst)) sent += taken;
    await pause(2);
  }
  for (const socket of from) socket.close();
  return sent;
}

const residentMiB = () => (Number(readFileSync(`/proc/${server.child.pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;

/** The sum of a counter over its labels. */
async function counted(name) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Frames and heard speech a second at each of the clients while `work` goes on. */
async function pace(clients, work) {
  const seen = () => clients.map((it) => [it.received.frames, it.heard]);
  const [began, before] = [performance.now(), seen()];
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const rates = seen().map((now, i) => now.map((count, kind) => (count - before[i][kind]) / seconds));
  return { result, seconds, frames: rates.map(([frames]) => frames), sound: rates.map(([, sound]) => sound) };
}

/** A native client that also counts the pieces of sound that it gets. */
class Listener extends Native {
  heard = 0;

  listen() {
    super.listen();
    this.room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === TrackKind.KIND_AUDIO) this.tasks.push(this.count(track));
    });
  }

  async count(track) {
    for await (const frame of new AudioStream(track, 48_000, 1)) {
      if (frame.data.some((sample) => Math.abs(sample) > 300)) this.heard += 1;
    }
  }
}

test('a call goes on at its pace while strangers throw garbage', async (t) => {
  const clients = [new Listener(), new Listener()];
  for (const [i, client] of clients.entries()) {
    client.listen();
    await client.room.connect(`ws://${server.http}`, server.token('calm', `caller-${i}`), { autoSubscribe: true, dynacast: false });
  }
  await Promise.all([clients[0].publish('specialist'), clients[1].publish('doctor')]);
  for (const client of clients) {
    await until('the call is up', () => client.received.frames > 40 && client.received.loudest > 2000 && client.heard > 0);
  }
  const [process, memory] = [server.child.pid, residentMiB()];
  const [dropped, datagrams] = [await counted('gateway_dropped_total'), await counted('gateway_datagrams_total')];
  // The callers and the thrower share a machine: its own bad moment is not the gateway's, so there are three tries.
  let calm, attacked, sent = 0;
  for (let turn = 0; turn < 3 && (turn === 0 || slower(calm, attacked).length > 0); turn += 1) {
    calm = await pace(clients, () => pause(10_000));
    attacked = await pace(clients, attack);
    sent += attacked.result;
  }
  const arrived = await until('the garbage is counted', async () => {
    const now = (await counted('gateway_dropped_total')) - dropped;
    return now > sent * 0.9 && now;
  });
  const grown = residentMiB() - memory;
  t.diagnostic(
    `frames/s ${shown(calm.frames)} -> ${shown(attacked.frames)}, speech/s ${shown(calm.sound)} -> ${shown(attacked.sound)}; ` +
      `${attacked.result} sent in ${attacked.seconds.toFixed(1)} s, ${arrived} dropped; memory grew by ${grown.toFixed(1)} MiB`,
  );
  assert.deepEqual(slower(calm, attacked), []);
  assert.ok(attacked.result > DATAGRAMS * 0.9, `${attacked.result} sent`);
  assert.ok(arrived <= sent * 1.01, `${arrived} dropped of ${sent}`);
  assert.ok((await counted('gateway_datagrams_total')) - datagrams > arrived, 'the call was counted besides');
  assert.ok(grown < 64, `${grown} MiB`);
  assert.deepEqual([server.child.pid, server.child.exitCode], [process, null], 'the same process');
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  await Promise.all(clients.map((client) => client.leave()));
});

/** What of whom lost more than a fifth of its pace. */
const slower = (calm, attacked) =>
  ['frames', 'sound'].flatMap((what) =>
    calm[what].flatMap((rate, i) => (attacked[what][i] >= 0.8 * rate ? [] : [`${what} of ${i}: ${rate} -> ${attacked[what][i]}`])),
  );

const shown = (rates) => rates.map((rate) => rate.toFixed(1)).join(' ');
