// The real program on free ports with a data folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { out, program } from './places.js';
import { PATIENCE } from './wait.js';

const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

/** A running `shanqiao all`, with the demo unless it says otherwise. */
export class Server {
  /** Starts on free ports; `name` names the log in out/, `env` holds settings such as SHANQIAO_SCHEDULER__TIME_ZONE. */
  static async start(name, { http = '127.0.0.1:0', media = 0, edge, data, env = {}, demo = true } = {}) {
    const server = new Server(name, data ?? mkdtempSync(join(tmpdir(), 'shanqiao-')));
    server.flags = [...(demo ? ['--demo'] : []), ...(edge ? ['--edge', edge] : [])];
    server.env = env;
    await server.run(http, media);
    return server;
  }

  constructor(name, data) {
    mkdirSync(out, { recursive: true });
    this.data = data;
    this.logPath = join(out, `${name}.log`);
    this.log = createWriteStream(this.logPath, { flags: 'w' });
    /** By person id: { home, token }. */
    this.people = {};
    this.flags = ['--demo'];
    this.env = {};
  }

  async run(http, media) {
    const flags = ['all', '--http', http, '--media', String(media), '--data', this.data, ...this.flags];
    const env = { ...process.env, ...this.env };
    const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child = child;
    this.ended = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    child.stderr.pipe(this.log, { end: false });
    const lines = createInterface({ input: child.stdout });
    await new Promise((ready, failed) => {
      const late = setTimeout(() => failed(new Error(`no READY within ${PATIENCE} ms: ${this.tail()}`)), PATIENCE);
      child.once('error', failed);
      void this.ended.then(() => failed(new Error(`the program ended before READY: ${this.tail()}`)));
      lines.on('line', (line) => {
        this.log.write(`${line}\n`);
        this.meet(line);
        const bound = /^READY http=(\S+) media=(\d+)(?: edge=(\S+))? metrics=(\S+)$/.exec(line);
        if (!bound) return;
        [this.http, this.media] = [bound[1], Number(bound[2])];
        this.url = `http://${this.http}`;
        this.edge = bound[3];
        this.metrics = `http://${bound[4]}/metrics`;
        clearTimeout(late);
        ready();
      });
    });
  }

  meet(line) {
    /** The link to set the county up, while nobody is administrator. */
    this.setup = /https?:\S+\/#\/setup\?\S+/.exec(line)?.[0] ?? this.setup;
    const link = /https?:\S+[?&]key=([\w.-]+)\S*/.exec(line);
    if (!link) return;
    const [home, token] = link;
    this.people[claims(token).sub] = { home, token };
  }

  /** The same data and ports again, after `kill`. */
  async again() {
    await this.run(this.http, this.media);
  }

  /** Ends at once, as a power cut would. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends as Ctrl-C does; gives { code, signal, ms }. */
  async stop() {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return this.ended;
    const began = Date.now();
    this.child.kill('SIGINT');
    const ended = await this.ended;
    return { ...ended, ms: Date.now() - began };
  }

  /** Stops and removes the data. */
  async close() {
    await this.stop();
    this.log.end();
    if (process.env.KEEP_DATA) console.log(`kept ${this.data}`);
    else rmSync(this.data, { recursive: true, force: true });
  }

  /** `shanqiao token` for a room. */
  token(room, identity, ...more) {
    const flags = ['token', '--data', this.data, '--room', room, '--identity', identity, ...more];
    return execFileSync(program, flags, { encoding: 'utf8' }).trim();
  }

  /** What Chromium is told, to believe the certificate that the program made for its one port. */
  get trust() {
    const made = new X509Certificate(readFileSync(join(this.data, 'edge-certificate.pem')));
    const key = made.publicKey.export({ type: 'spki', format: 'der' });
    return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`;
  }

  get key() {
    const text = readFileSync(join(this.data, 'keys.toml'), 'utf8');
    return { name: /^name = "(.*)"$/m.exec(text)[1], secret: /^secret = "(.*)"$/m.exec(text)[1] };
  }

  /** An API call as a person; JSON both ways. Gives { status, body }. */
  async ask(person, path, { method = 'GET', body, headers = {} } = {}) {
    const token = this.people[person]?.token ?? person;
    const sent = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, {
      method,
      // Each on a connection of its own: a test that counts for long would find a kept one closed.
      headers: { authorization: `Bearer ${token}`, connection: 'close', ...sent, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  /** Memory of the program. */
  residentMiB() {
    return (Number(readFileSync(`/proc/${this.child.pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;
  }

  /** The sum of a counter or gauge over its labels. */
  async counted(name) {
    const text = await (await fetch(this.metrics)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  tail() {
    return readFileSync(this.logPath, 'utf8').slice(-3000);
  }
}
