// What strangers, fools and stalled clients get, and that nobody else notices.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { dispose, Native } from '../lib/native.js';
import { Server } from '../lib/server.js';
import { claims, sign } from '../lib/token.js';
import { until } from '../lib/wait.js';

let server;

before(async () => {
  server = await Server.start('refusals');
});
after(async () => {
  await server?.close();
  await dispose();
});

const validate = async (token) => {
  const answer = await fetch(`${server.url}/rtc/validate?access_token=${token}`);
  return { status: answer.status, text: await answer.text() };
};

/** Opens /rtc by hand; gives the status of the answer and the raw socket. */
const knock = (token) =>
  new Promise((done, failed) => {
    const [host, port] = server.http.split(':');
    const socket = connect(Number(port), host);
    const key = createHmac('sha1', 'k').update(String(Math.random())).digest('base64').slice(0, 24);
    socket.once('error', failed);
    socket.once('data', (head) => done({ status: Number(/^HTTP\/1.1 (\d+)/.exec(head.toString())?.[1]), socket }));
    socket.write(
      `GET /rtc?access_token=${token}&auto_subscribe=1&sdk=js&protocol=15 HTTP/1.1\r\nHost: ${server.http}\r\n` +
        `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  });

test('a good token is let in', async () => {
  const token = sign(claims(server.key, 'r', 'good'), server.key.secret);
  assert.equal((await validate(token)).status, 200);
  const { status, socket } = await knock(token);
  assert.equal(status, 101);
  socket.destroy();
});

test('each bad token is refused with a sentence, and the same way on both doors', async () => {
  const { key } = server;
  const good = claims(key, 'r', 'x');
  const past = Math.floor(Date.now() / 1000) - 3600;
  const bad = {
    expired: sign({ ...good, nbf: past - 60, exp: past }, key.secret),
    'not yet valid': sign({ ...good, nbf: past + 7200, exp: past + 9000 }, key.secret),
    'without an end': sign({ ...good, exp: undefined }, key.secret),
    'signed with another secret': sign(good, 'another secret that is long enough'),
    'of another key': sign({ ...good, iss: 'somebody' }, key.secret),
    'unsigned (alg none)': `${sign(good, key.secret, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    'without the grant to join': sign({ ...good, video: { room: 'r' } }, key.secret),
    'without a room': sign({ ...good, video: { roomJoin: true } }, key.secret),
    'without an identity': sign({ ...good, sub: '' }, key.secret),
    'of a person, not of a room': server.people['dr-li'].token,
    'too long': sign({ ...good, metadata: 'x'.repeat(9000) }, key.secret),
    garbage: 'a.b.c',
    missing: '',
  };
  for (const [what, token] of Object.entries(bad)) {
    const { status, text } = await validate(token);
    assert.ok([401, 403].includes(status), `${what}: ${status} ${text}`);
    assert.ok(text.trim().length > 10, `${what}: says why`);
    assert.ok(!text.includes(key.secret), what);
    const knocked = await knock(token);
    knocked.socket.destroy();
    assert.equal(knocked.status, status, `${what}: /rtc answers as /rtc/validate`);
  }
});

test('clients that join and stall, or speak nonsense, disturb nobody', async () => {
  const join = (identity) => Native.join(server, server.token('calm', identity));
  const [one, other] = await Promise.all([join('one'), join('other')]);
  await Promise.all([one.publish('specialist'), other.publish('doctor')]);
  await until('the call is up', () => one.received.frames > 20 && other.received.frames > 20);
  const stalled = [];
  for (let i = 0; i < 20; i += 1) {
    stalled.push(await knock(sign(claims(server.key, 'calm', `stalled-${i}`), server.key.secret)));
  }
  for (const [i, { socket }] of stalled.entries()) {
    socket.on('error', () => undefined);
    // A frame without a mask, a frame that announces 2^62 bytes, and half a frame.
    const frames = [Buffer.from('811268656c6c6f', 'hex'), Buffer.from('82ff4000000000000000', 'hex'), Buffer.from('82', 'hex')];
    socket.write(frames[i % 3]);
  }
  const [a, b] = [one.received.frames, other.received.frames];
  await until('the call goes on', () => one.received.frames > a + 40 && other.received.frames > b + 40);
  for (const { socket } of stalled) socket.destroy();
  const alive = await fetch(`${server.url}/healthz`);
  assert.equal(alive.status, 200);
  await Promise.all([one.leave(), other.leave()]);
});

test('a wrong and a huge PDF are refused with a problem that says what to do', async () => {
  const room = server.token('deck', 'teacher');
  const upload = (body, token = room) =>
    fetch(`${server.url}/slides?room=deck&name=lesson.pdf`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/pdf' },
      body,
    });
  const wrong = await upload('This is a letter, not a PDF.');
  assert.ok([415, 422].includes(wrong.status), String(wrong.status));
  assert.match(wrong.headers.get('content-type'), /problem\+json/);
  assert.ok((await wrong.json()).detail.length > 10);
  const huge = await upload(Buffer.alloc(60_000_000, '%PDF-1.7\n')).catch((error) => error);
  // A server that stops reading may end the connection while the client still sends.
  assert.ok(huge instanceof Error || huge.status === 413, String(huge.status));
  const stranger = await upload('%PDF-1.7', 'a.b.c');
  assert.ok([401, 403].includes(stranger.status));
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

test('Ctrl-C stops cleanly within five seconds', async () => {
  const brief = await Server.start('refusals-stop');
  const { code, ms } = await brief.stop();
  assert.equal(code, 0, brief.tail());
  assert.ok(ms < 5500, `${ms} ms`);
  await brief.close();
});
