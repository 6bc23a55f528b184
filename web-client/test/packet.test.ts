import assert from 'node:assert/strict';
import test from 'node:test';
import { DataPacket, DataPacket_Kind } from '@livekit/protocol';
import { decode, encode, LARGEST_PACKET } from '../src/protocol/packet.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));

test('a packet of ours is read by the protocol package', () => {
  const packet = DataPacket.fromBinary(encode('chat', bytes('您好 {"a":1}'), true) ?? new Uint8Array());
  assert.equal(packet.kind, DataPacket_Kind.RELIABLE);
  assert.equal(packet.value.case, 'user');
  assert.ok(packet.value.case === 'user');
  assert.equal(packet.value.value.topic, 'chat');
  assert.equal(new TextDecoder().decode(packet.value.value.payload), '您好 {"a":1}');
  const lossy = DataPacket.fromBinary(encode('x', bytes('y'), false) ?? new Uint8Array());
  assert.equal(lossy.kind, DataPacket_Kind.LOSSY);
});

test('a packet of the protocol package is read by us, with every field it may carry', () => {
  const full = new DataPacket({
    kind: DataPacket_Kind.LOSSY,
    participantIdentity: 'dr-wang',
    destinationIdentities: ['a', 'b'],
    sequence: 70_000,
    participantSid: 'PA_1',
    value: {
      case: 'user',
      value: {
        payload: bytes('x'.repeat(300)),
        topic: 'slides',
        id: 'i',
        startTime: 2n ** 60n,
        endTime: 2n ** 63n,
        nonce: bytes('n'),
      },
    },
  });
  const read = decode(full.toBinary());
  assert.equal(read?.identity, 'dr-wang');
  assert.equal(read?.topic, 'slides');
  assert.equal(read?.payload.length, 300);
});

test('the stamp of the server counts, the identity inside is the fallback', () => {
  const inner = { payload: bytes('p'), topic: 't', participantIdentity: 'inner' };
  const only = new DataPacket({ value: { case: 'user', value: inner } });
  assert.equal(decode(only.toBinary())?.identity, 'inner');
  const both = new DataPacket({ participantIdentity: 'outer', value: { case: 'user', value: inner } });
  assert.equal(decode(both.toBinary())?.identity, 'outer');
});

test('other packets, cut packets and nonsense give nothing', () => {
  const speakers = new DataPacket({ value: { case: 'chatMessage', value: { message: 'm' } } });
  assert.equal(decode(speakers.toBinary()), null);
  const whole = encode('chat', bytes('hello'), true) ?? new Uint8Array();
  for (let n = 0; n < whole.length; n += 1) assert.equal(decode(whole.subarray(0, n)), null, `cut at ${n}`);
  assert.equal(decode(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])), null);
  assert.equal(decode(Uint8Array.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])), null);
});

test('20,000 seeded byte strings never throw', () => {
  let state = 7;
  const next = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff);
  for (let i = 0; i < 20_000; i += 1) {
    decode(Uint8Array.from({ length: next() % 50 }, () => next() >> 8));
  }
});

test('a packet over the bound is not sent', () => {
  assert.equal(encode('chat', new Uint8Array(LARGEST_PACKET + 1), true), null);
});
