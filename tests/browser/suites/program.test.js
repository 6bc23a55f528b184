// The program as a person meets it on the command line: faults say what to do, a second start works, doors are guarded.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { program } from '../lib/places.js';
import { Server } from '../lib/server.js';

let server, scratch;

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'shanqiao-program-'));
  server = await Server.start('program');
});
after(async () => {
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs the program to its end; a program that goes on is stopped after a minute and fails the test. */
function run(flags, environment = {}) {
  const ran = spawnSync(program, flags, { encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...environment } });
  return { code: ran.status, said: ran.stdout, fault: ran.stderr };
}

const free = ['--http', '127.0.0.1:0', '--media', '0'];

test('each fault at the start is one sentence that says what to do', async () => {
  const http = createServer();
  await new Promise((done) => http.listen(0, '127.0.0.1', done));
  const media = createSocket('udp4');
  await new Promise((done) => media.bind(0, '127.0.0.1', done));
  const file = join(scratch, 'file');
  writeFileSync(file, 'media = 7882\nmediaa = 1\n');
  const data = (name) => ['--data', join(scratch, name)];
  const faults = [
    [['all', '--http', `127.0.0.1:${http.address().port}`, '--media', '0', ...data('a')], {}, /used by another program.*--http/],
    [['all', '--http', '127.0.0.1:0', '--media', String(media.address().port), ...data('b')], {}, /--media/],
    [['all', ...free, '--edge', `127.0.0.1:${media.address().port}`, ...data('g')], {}, /UDP port.*--edge/],
    [['all', ...free, '--data', file], {}, /not a folder.*--data/],
    [['all', ...free, '--data', '/sys/kernel/shanqiao'], {}, /cannot be written.*--data/],
    [['all', ...free, '--data', server.data], {}, /another shanqiao is running/],
    [['all', ...free, ...data('c'), '--config', file], {}, /mediaa/],
    [['all', ...free, ...data('d')], { SHANQIAO_MEDIA_PORT: '1' }, /media_port/],
    [['all', ...free, ...data('e')], { PATH: '/nowhere' }, /apt-get install poppler-utils webp/],
    [['token', ...data('f'), '--room', '', '--identity', 'i'], {}, /--room/],
  ];
  for (const [flags, environment, sentence] of faults) {
    const { code, fault } = run(flags, environment);
    assert.equal(code, 1, `${flags.join(' ')}: ${fault}`);
    assert.match(fault.split('\n').filter((it) => it.startsWith('shanqiao: ')).join('\n'), sentence);
    assert.ok(!fault.includes('panicked'), fault);
  }
  await Promise.all([new Promise((done) => http.close(done)), new Promise((done) => media.close(done))]);
});

test('check prints the configuration in force and hides the secret', () => {
  const { code, said } = run(['check', '--data', server.data], { SHANQIAO_MEDIA: '7999' });
  assert.equal(code, 0);
  assert.match(said, /^media = 7999$/m);
  assert.match(said, /secret = "\*\*\*"/);
  assert.ok(!said.includes(server.key.secret));
});

test('the key is readable by its owner only', () => {
  assert.equal(statSync(join(server.data, 'keys.toml')).mode & 0o777, 0o600);
});

test('alive, ready and metrics answer', async () => {
  const get = (path) => fetch(server.url + path);
  assert.equal((await get('/healthz')).status, 200);
  assert.equal((await get('/readyz')).status, 200);
  // On the public port there are none.
  assert.equal((await get('/metrics')).status, 404);
  assert.match(server.metrics, /^http:\/\/127\.0\.0\.1:/);
  const metrics = await (await fetch(server.metrics)).text();
  for (const room of ['gateway_', 'recorder_', 'scheduler_']) assert.match(metrics, new RegExp(`^# TYPE \\w*${room}`, 'm'));
  assert.equal(metrics.match(/# EOF/g).length, 1);
});

test('the web client comes packed, guarded and with the right life in caches', async () => {
  const page = await fetch(server.url);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(await page.text())[1];
  const packed = await fetch(`${server.url}/${script}`, { headers: { 'accept-encoding': 'br' } });
  assert.equal(packed.headers.get('content-encoding'), 'br');
  assert.match(packed.headers.get('cache-control'), /immutable/);
  const plain = await fetch(`${server.url}/${script}`, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.equal(await plain.text(), await packed.text());
  const again = await fetch(server.url, { headers: { 'if-none-match': page.headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('the log names no person and no address', async () => {
  const names = Object.keys(server.people);
  await server.ask('dr-li', '/api/v1/me');
  const log = server.tail().split('\n').filter((it) => /\b(INFO|WARN|ERROR)\b/.test(it)).join('\n');
  for (const name of names.filter((it) => it !== 'scheduler')) assert.ok(!log.includes(name), name);
});

test('a second start with the same data has the same people and links that still work', async () => {
  const { token } = server.people['dr-li'];
  await server.stop();
  await server.again();
  assert.equal((await server.ask(token, '/api/v1/me')).status, 200);
  assert.ok(server.people['teacher-zhang']);
});
