// Keys are rotated in a running program: what was signed before and after is read by every room, no request fails meanwhile,
// and what only a retired generation has signed opens nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { program } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { took, until } from '../lib/wait.js';

let server, session, early;
const keys = (...said) => execFileSync(program, ['keys', ...said, '--data', server.data], { encoding: 'utf8' }).trim().split('\n');
const issuer = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).iss;

/** One of each that a person is given: a room token for the gateway, and a ticket for the recorder. */
async function given() {
  const joined = await server.ask('dr-li', `/api/v1/sessions/${session}/join`, { method: 'POST' });
  const listed = await server.ask('scheduler', '/api/v1/recordings');
  assert.deepEqual([joined.status, listed.status], [200, 200], JSON.stringify([joined.body, listed.body]));
  return { room: joined.body.token, ticket: listed.body.ticket };
}

/** How the gateway and the recorder answer to them. */
async function opened({ room, ticket }) {
  const validated = await fetch(`${server.url}/rtc/validate?access_token=${room}`);
  const listed = await fetch(`${server.url}/replay/recordings`, { headers: { authorization: `Bearer ${ticket}` } });
  return [validated.status, listed.status];
}

before(async () => {
  server = await Server.start('rotation');
  const { body } = await server.ask('dr-li', '/api/v1/sessions');
  session = body.sessions.find((it) => it.kind === 'consultation').id;
  early = await given();
});
after(() => server?.close());

test('new keys sign within seconds, and no request fails meanwhile', async () => {
  assert.deepEqual(await opened(early), [200, 200]);
  const failed = [];
  let [asked, on] = [0, true];
  const running = (async () => {
    while (on) {
      const all = await Promise.all([server.ask('dr-li', '/api/v1/me').then((it) => it.status), given().then(opened), opened(early)]);
      asked += 1;
      if (all.flat().some((status) => status !== 200)) failed.push(all);
    }
  })();
  const [signs, reads] = keys('rotate');
  const wrote = Date.now();
  assert.match(signs, /^signs {2}shanqiao-2\.[0-9a-f]{8} made 20/);
  assert.match(reads, /^reads {2}shanqiao\.[0-9a-f]{8}$/);
  assert.equal(statSync(`${server.data}/keys.toml`).mode & 0o777, 0o600);
  await until('the rooms have the new keys', async () => issuer((await given()).room) === 'shanqiao-2');
  took('new keys sign', wrote, 5_000);
  const now = asked;
  await until('more requests', async () => asked > now + 20);
  on = false;
  await running;
  console.log(`${asked} rounds of requests`);
  assert.deepEqual(failed, []);
});

test('a retired generation opens nothing, and the current one goes on', async () => {
  const fresh = await given();
  const [, old] = keys('list').map((line) => line.split(/\s+/)[1]);
  assert.throws(() => keys('retire', 'shanqiao.00000000'));
  assert.equal(keys('retire', old).length, 1);
  await until('the old tokens are refused', async () => (await opened(early)).every((status) => status === 401));
  assert.deepEqual(await opened(fresh), [200, 200]);
  assert.equal((await server.ask('dr-li', '/api/v1/me')).status, 401, 'links that were sent before want sending anew');
  assert.ok(!/earlier/.test(readFileSync(`${server.data}/keys.toml`, 'utf8')));
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200, 'the recorder hears the gateway');
});
