// A hundred thousand hostile datagrams at the media port, and a call that does not notice.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, test } from 'node:test';
import { AudioStream, RoomEvent, TrackKind } from '@livekit/rtc-node';
import { collection } from '../lib/garbage.js';
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
  await dispose();
  await server?.close();
});

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
  const [process, memory] = [server.child.pid, server.residentMiB()];
  const [dropped, datagrams] = [await server.counted('gateway_dropped_total'), await server.counted('gateway_datagrams_total')];
  // The callers and the thrower share a machine: its own bad moment is not the gateway's, so there are three tries.
  let calm, attacked, sent = 0;
  for (let turn = 0; turn < 3 && (turn === 0 || slower(calm, attacked).length > 0); turn += 1) {
    calm = await pace(clients, () => pause(10_000));
    attacked = await pace(clients, attack);
    sent += attacked.result;
  }
  const arrived = await until('the garbage is counted', async () => {
    const now = (await server.counted('gateway_dropped_total')) - dropped;
    return now > sent * 0.9 && now;
  });
  const grown = server.residentMiB() - memory;
  t.diagnostic(
    `frames/s ${shown(calm.frames)} -> ${shown(attacked.frames)}, speech/s ${shown(calm.sound)} -> ${shown(attacked.sound)}; ` +
      `${attacked.result} sent in ${attacked.seconds.toFixed(1)} s, ${arrived} dropped; memory grew by ${grown.toFixed(1)} MiB`,
  );
  assert.deepEqual(slower(calm, attacked), []);
  assert.ok(attacked.result > DATAGRAMS * 0.9, `${attacked.result} sent`);
  assert.ok(arrived <= sent * 1.01, `${arrived} dropped of ${sent}`);
  assert.ok((await server.counted('gateway_datagrams_total')) - datagrams > arrived, 'the call was counted besides');
  assert.ok(grown < 64, `${grown} MiB`);
  assert.deepEqual([server.child.pid, server.child.exitCode], [process, null], 'the same process');
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  await Promise.all(clients.map((client) => client.leave()));
});

/** What may be left of a pace: of loud pieces of a voice less, because its pauses lie as they will in either window. */
const LEFT = { frames: 0.8, sound: 0.6 };

/** What of whom lost more of its pace than that. */
const slower = (calm, attacked) =>
  Object.keys(LEFT).flatMap((what) =>
    calm[what].flatMap((rate, i) => (attacked[what][i] >= LEFT[what] * rate ? [] : [`${what} of ${i}: ${rate} -> ${attacked[what][i]}`])),
  );

const shown = (rates) => rates.map((rate) => rate.toFixed(1)).join(' ');
