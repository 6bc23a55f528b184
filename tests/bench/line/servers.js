// The servers that are compared: ours and LiveKit, each started anew for each call.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Server } from '../../browser/lib/server.js';
import { sign } from '../../browser/lib/token.js';
import { until } from '../../browser/lib/wait.js';

const key = { name: 'devkey', secret: '0123456789abcdef0123456789abcdef' };

const freeTcp = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const freeUdp = () =>
  new Promise((done) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

/** LiveKit as `tests/bench/livekit/install.sh` built it, allowed to pause pictures, by UDP alone. */
class LiveKit {
  static async start(bin, folder) {
    const [http, media] = [await freeTcp(), await freeUdp()];
    const config = `port: ${http}
bind_addresses: ["127.0.0.1"]
logging: {level: warn}
rtc:
  udp_port: ${media}
  tcp_port: 0
  use_external_ip: false
  use_ice_lite: true
  node_ip: "127.0.0.1"
  enable_loopback_candidate: true
  ips: {includes: ["127.0.0.1/32"]}
  congestion_control: {allow_pause: true}
keys: {${key.name}: "${key.secret}"}
`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/livekit.yaml`, config);
    const log = openSync(`${folder}/livekit.log`, 'w');
    const child = spawn(`${bin}/livekit-server`, ['--config', `${folder}/livekit.yaml`], { stdio: ['ignore', log, log] });
    const server = new LiveKit(child, http, media);
    await until('LiveKit answers', async () => (await fetch(`http://${server.http}/`)).ok);
    return server;
  }

  constructor(child, http, media) {
    this.child = child;
    this.http = `127.0.0.1:${http}`;
    this.media = media;
    this.ended = new Promise((done) => child.once('exit', done));
  }

  token(room, identity, publishes) {
    const now = Math.floor(Date.now() / 1000);
    const video = { room, roomJoin: true, canPublish: publishes, canPublishData: publishes, canSubscribe: true };
    return sign({ iss: key.name, sub: identity, nbf: now - 5, exp: now + 3600, video }, key.secret);
  }

  async close() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Ours, the program of `make run`. */
class Ours {
  static async start(name) {
    const ours = new Ours();
    ours.server = await Server.start(name);
    ({ http: ours.http, media: ours.media, url: ours.url } = ours.server);
    return ours;
  }

  token(room, identity, publishes) {
    return this.server.token(room, identity, ...(publishes ? ['--publish', '--subscribe'] : ['--subscribe']));
  }

  async metrics() {
    return (await fetch(this.server.metrics)).text();
  }

  close() {
    return this.server.close();
  }
}

/** A server of that name, whose files are in `folder` and whose program, if it is not ours, in `bin`. */
export function start(name, { bin, folder }) {
  return name === 'livekit' ? LiveKit.start(bin, folder) : Ours.start('bench-line');
}
