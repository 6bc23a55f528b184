import assert from 'node:assert/strict';
import test from 'node:test';
import { NOBODY, readSide } from '../src/protocol/side.ts';
import { PIECE, Pieces, pieces } from '../src/protocol/stills.ts';
import { readTopic } from '../src/protocol/topics.ts';
import { Uplink } from '../src/protocol/uplink.ts';

test('whose line is weak is read with distrust', () => {
  const said = (body: unknown): unknown => readTopic('side', new TextEncoder().encode(JSON.stringify(body)));
  const side = { side: 'theirs', who: 'dr-li', done: ['paused', 'protected'] };
  assert.deepEqual(said(side), { topic: 'side', side });
  assert.deepEqual(said({ side: 'down', who: null, done: ['protected', 'smaller', 'evil', 7] }), {
    topic: 'side',
    side: { side: 'down', who: '', done: ['smaller', 'protected'] },
  });
  for (const body of [{}, { side: 'mine' }, { side: 'theirs' }, { side: 'theirs', who: 5 }, { side: 'none', done: 'all' }]) {
    assert.deepEqual(readSide(body), NOBODY, JSON.stringify(body));
  }
});

/** A picture of so many bytes. */
const picture = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, n) => [0xff, 0xd8][n] ?? n % 251);

test('a still goes in pieces and comes whole, or not at all', () => {
  for (const bytes of [3, PIECE, PIECE + 1, 7500, 9 * PIECE]) {
    const whole = picture(bytes);
    const parts = pieces(whole);
    assert.ok(parts && parts.every((part) => part.length <= PIECE + 2), `${bytes}`);
    const taking = new Pieces();
    const came = parts.map((part) => taking.take(part));
    assert.deepEqual(came.pop(), whole);
    assert.ok(came.every((one) => one === null));
  }
  assert.equal(pieces(picture(9 * PIECE + 1)), null);
  assert.equal(pieces(new Uint8Array()), null);
});

test('a still of which a piece is missing is given up, and the next one comes', () => {
  const [one = new Uint8Array(), two = new Uint8Array(), three = new Uint8Array()] = pieces(picture(2500)) ?? [];
  const taking = new Pieces();
  assert.deepEqual([one, three, two, two].map((part) => taking.take(part)), [null, null, null, null]);
  assert.deepEqual([one, two, three].map((part) => taking.take(part)).pop(), picture(2500));
  for (const bad of [[], [0], [0, 0, 1], [0, 200, 1], [0, 1], [0, 1, 1, 2, 3]]) assert.equal(taking.take(Uint8Array.from(bad)), null, `${bad}`);
  assert.equal(taking.take(new Uint8Array(PIECE + 3)), null);
});

test('the gateway is told what the way up does to the picture, once that has stayed so', () => {
  const uplink = new Uplink();
  const words: string[] = [];
  const goes = (from: number, to: number, limited: boolean, available: number): void => {
    for (let s = from; s < to; s += 1) {
      uplink.note({ atMs: s * 1000, sent: s * 17, lost: 0, available, limited });
      const { picture } = JSON.parse(uplink.word(true)) as { picture: string };
      if (words.at(-1) !== picture) words.push(picture);
    }
  };
  goes(0, 10, false, 900_000);
  for (let s = 10; s < 40; s += 4) {
    goes(s, s + 2, true, 300_000);
    goes(s + 2, s + 4, false, 300_000);
  }
  assert.deepEqual(words, ['whole'], 'what comes and goes is not told');
  goes(40, 60, true, 300_000);
  goes(60, 70, true, 40_000);
  assert.deepEqual(words, ['whole', 'smaller', 'paused']);
  assert.equal(JSON.parse(uplink.word(false)).picture, 'whole', 'without a camera');
});
