// A device that publishes by WHIP with GStreamer's webrtcbin.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../gstreamer/whip.py', import.meta.url));

/** A running publisher; `answers` are what the gateway said: { asked, status, text }. */
export class GstDevice {
  constructor(url, token, codec) {
    this.answers = [];
    this.child = spawn(program, [url, token, codec], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.answers.push(JSON.parse(line)));
    this.ended = new Promise((done) => this.child.once('exit', done));
    this.child.once('error', (error) => this.answers.push({ asked: 'start', status: 0, text: error.message }));
  }

  /** The statuses of all requests of a method. */
  statuses(method) {
    return this.answers.filter((it) => it.asked === method).map((it) => it.status);
  }

  /** Ends its session and then itself. */
  async stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
