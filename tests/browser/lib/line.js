// A bad line: the relay of tests/line between pages and a media port, one line for all pages behind it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { relay as program } from './places.js';

/** Pages behind one line, as the people of one clinic. Shapes are words of tests/line: `rate=600k,delay=75ms,loss=5%`. */
export class Line {
  /** The server sees everybody behind it come from `from`. */
  static async start({ from = '127.0.0.2', seed = 1 } = {}) {
    const line = new Line();
    const flags = ['--from', from, '--seed', String(seed)];
    line.child = spawn(program, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
    line.ended = new Promise((done) => line.child.once('exit', done));
    const failed = new Promise((_, no) => line.child.once('error', no));
    createInterface({ input: line.child.stdout }).on('line', (answer) => line.waiting.shift()?.(answer));
    const ready = await Promise.race([line.answer(), failed, line.ended]);
    line.port = Number(/^READY (\d+)$/.exec(ready)?.[1]);
    if (!line.port) throw new Error(`the relay did not start: ${ready}`);
    return line;
  }

  constructor() {
    this.waiting = [];
  }

  /** Leads to that port of this machine. */
  async leadsTo(media) {
    this.media = media;
    await this.ask(`server 127.0.0.1:${media}`);
    return this;
  }

  answer() {
    return new Promise((done) => this.waiting.push(done));
  }

  async ask(command) {
    const answer = this.answer();
    this.child.stdin.write(`${command}\n`);
    const text = await answer;
    if (text.startsWith('ERROR')) throw new Error(`${command}: ${text}`);
    return text;
  }

  /** From now on the ways are like these; times in them count from now. */
  async becomes({ down, up }) {
    if (down !== undefined) await this.ask(`down ${down}`);
    if (up !== undefined) await this.ask(`up ${up}`);
  }

  /** Packets and bytes of each way since the beginning, as on the wire: { clients, down: { sent, ... }, up }. */
  async counts() {
    return JSON.parse(await this.ask('counts'));
  }

  /** What a server is started with that tells everybody to come by this line. */
  get advertised() {
    return { SHANQIAO_GATEWAY__MEDIA_PORT_ADVERTISED: String(this.port) };
  }

  /** For `open`: a page that reaches the media port by this line and in no other way, whatever the server says. */
  get first() {
    return `(${behind})(${this.media}, ${this.port});`;
  }

  async close() {
    this.child.stdin.end();
    await this.ended;
  }
}

/** Runs in the page: of the server's candidates only the UDP one of the media port stays, at the relay's port. */
function behind(media, relay) {
  const native = window.RTCPeerConnection.prototype;
  const { setRemoteDescription, addIceCandidate } = native;
  const kept = (candidate) => {
    const words = candidate.split(' ');
    if (words[2]?.toLowerCase() !== 'udp' || words[4] !== '127.0.0.1' || Number(words[5]) !== media) return null;
    words[5] = String(relay);
    return words.join(' ');
  };
  const through = (line) => (line.startsWith('a=candidate:') ? kept(line) : line);
  native.setRemoteDescription = function ({ type, sdp }) {
    const lines = (sdp ?? '').split('\r\n').map(through).filter((line) => line !== null);
    return setRemoteDescription.call(this, { type, sdp: lines.join('\r\n') });
  };
  native.addIceCandidate = function (init) {
    const candidate = init?.candidate ? kept(init.candidate) : init?.candidate;
    return candidate === null ? Promise.resolve() : addIceCandidate.call(this, init && { ...init.toJSON?.() ?? init, candidate });
  };
}
