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
  }

  async out(datagram, from) {
    if (!this.outer.has(from.port)) this.outer.set(from.port, this.open(from.port));
    const socket = await this.outer.get(from.port);
    socket.send(datagram, this.media, '127.0.0.1');
  }

  async open(port) {
    const socket = await opened(this.address);
    socket.on('message', (datagram) => this.inner.send(datagram, port, '127.0.0.1'));
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
