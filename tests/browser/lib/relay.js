// A router in userspace: passes datagrams between a page and the media port, and can take other outer addresses.
import { createSocket } from 'node:dgram';

const opened = (address) =>
  new Promise((done, failed) => {
    const socket = createSocket('udp4');
    socket.once('error', failed);
    socket.bind(0, address, () => done(socket));
  });

/** Between pages that use `pages(...)` of it and the media port of `server`. */
export class Relay {
  static async start(server) {
    const relay = new Relay();
    relay.media = server.media;
    relay.inner = await opened('127.0.0.1');
    relay.inner.on('message', (datagram, from) => void relay.out(datagram, from));
    return relay;
  }

  constructor() {
    /** By the page's port: a promise of the outer socket. */
    this.outer = new Map();
    this.address = '127.0.0.1';
    this.loss = { up: 0, down: 0 };
    this.cut = false;
    /** Bits a second on the way to the page, and when what waits there is through; 0 = as many as come. */
    this.rate = 0;
    this.free = 0;
    this.seen = { up: 0, down: 0 };
    /** Packets of media that went on, by payload type. */
    this.passed = { up: new Map(), down: new Map() };
  }

  /** From now on one of `up` packets of media to the server is lost, and one of `down` to the page; 0 = none. */
  loses({ up = 0, down = 0 }) {
    this.loss = { up, down };
  }

  /** From now on nothing at all goes on, or everything again. */
  cuts(cut) {
    this.cut = cut;
  }

  /** From now on the way to the page takes so many bits a second, with a third of a second's worth waiting at most. */
  slows(bits_per_s) {
    this.rate = bits_per_s;
  }

  /** Sends a datagram to the page when the line is free, unless too many wait for it. */
  shape(datagram, send) {
    if (!this.rate) return send();
    const now = performance.now();
    this.free = Math.max(this.free, now) + ((datagram.length + 28) * 8000) / this.rate;
    if (this.free - now <= 333) return void setTimeout(send, this.free - now);
    this.free -= ((datagram.length + 28) * 8000) / this.rate;
  }

  /** Whether a datagram goes on; those of media are counted. */
  passes(way, datagram) {
    if (this.cut) return false;
    const type = datagram[1] & 0x7f;
    const media = datagram[0] >= 128 && datagram[0] < 192 && !(type >= 64 && type < 96);
    if (!media) return true;
    this.seen[way] += 1;
    if (this.loss[way] > 0 && this.seen[way] % this.loss[way] === 0) return false;
    this.passed[way].set(type, (this.passed[way].get(type) ?? 0) + 1);
    return true;
  }

  async out(datagram, from) {
    if (!this.passes('up', datagram)) return;
    if (!this.outer.has(from.port)) this.outer.set(from.port, this.open(from.port));
    const socket = await this.outer.get(from.port);
    socket.send(datagram, this.media, '127.0.0.1');
  }

  async open(port) {
    const socket = await opened(this.address);
    socket.on('message', (datagram) => {
      if (this.passes('down', datagram)) this.shape(datagram, () => this.inner.send(datagram, port, '127.0.0.1'));
    });
    return socket;
  }

  /** From now on every page comes from another port of `address`; what is sent to the old ones is lost. */
  async move(address) {
    const old = [...this.outer.values()];
    this.address = address;
    this.outer.clear();
    for (const socket of await Promise.all(old)) socket.close();
  }

  /** For `open`: a page that finds the media port behind this relay. */
  get first() {
    return `(() => {
      const Native = window.RTCPeerConnection.prototype;
      const set = Native.setRemoteDescription;
      Native.setRemoteDescription = function (description) {
        const sdp = description.sdp.replaceAll(' 127.0.0.1 ${this.media} ', ' 127.0.0.1 ${this.inner.address().port} ');
        return set.call(this, { type: description.type, sdp });
      };
    })();`;
  }

  async close() {
    this.inner.close();
    for (const socket of await Promise.all([...this.outer.values()])) socket.close();
  }
}
