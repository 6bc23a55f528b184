// Hostile datagrams, the same in every run.
import { crc32 } from 'node:zlib';

/** The same numbers in every run (mulberry32). */
function seeded(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound) => next() % bound;
  const bytes = (length) => Buffer.from(Array.from({ length }, () => below(256)));
  return { below, bytes };
}

/** A check with everything right except user fragment and password (RFC 8489). */
function check({ below, bytes }) {
  const name = Buffer.from(`frag${1000 + below(9000)}:mine`.padEnd(16, 'x'));
  const body = Buffer.concat([Buffer.from([0, 6, 0, name.length]), name, Buffer.from([0, 0x25, 0, 0, 0, 8, 0, 20]), bytes(20)]);
  const head = Buffer.from([0, 1, 0, body.length + 8, 0x21, 0x12, 0xa4, 0x42]);
  const datagram = Buffer.concat([head, bytes(12), body]);
  const fingerprint = Buffer.from([0x80, 0x28, 0, 4, 0, 0, 0, 0]);
  fingerprint.writeUInt32BE((crc32(datagram) ^ 0x5354554e) >>> 0, 4);
  return Buffer.concat([datagram, fingerprint]);
}

/** A ClientHello in one record (RFC 6347). */
function clientHello({ below, bytes }) {
  const extensions = bytes(below(300));
  const body = Buffer.concat([
    Buffer.from([254, 253]), bytes(32), Buffer.from([0, 20]), bytes(20),
    Buffer.from([0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0, extensions.length >> 8, extensions.length & 255]), extensions,
  ]);
  const length = [0, body.length >> 8, body.length & 255];
  const handshake = Buffer.concat([Buffer.from([1, ...length, 0, 0, 0, 0, 0, ...length]), body]);
  const record = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length >> 8, handshake.length & 255]);
  return Buffer.concat([record, handshake]);
}

const rtp = ({ below, bytes }) => Buffer.concat([Buffer.from([0x80, 96 + below(32)]), bytes(10 + below(1000))]);
const rtcp = ({ below, bytes }) => Buffer.concat([Buffer.from([0x81, 200 + below(8), 0, 6]), bytes(24)]);
const noise = ({ below, bytes }) => bytes(1 + below(1200));

/** Hostile datagrams to choose from; every third one is cut. */
export function collection(seed, size) {
  const random = seeded(seed);
  const makers = [check, check, clientHello, clientHello, rtp, rtp, rtcp, noise];
  return Array.from({ length: size }, (_, number) => {
    const datagram = makers[number % makers.length](random);
    return number % 3 ? datagram : datagram.subarray(0, 1 + random.below(datagram.length));
  });
}
