import assert from 'node:assert/strict';
import test from 'node:test';
import { withCopies } from '../src/protocol/sections.ts';
import { Uplink } from '../src/protocol/uplink.ts';
import { read } from '../src/protocol/wire.ts';

/** A voice of 17 packets a second of which a share is lost, over a way up that is taken to carry so much. */
class Call {
  readonly uplink = new Uplink();
  private at = 0;
  private sent = 0;
  private lost = 0;
  /** When, in seconds, copies and picture turned. */
  readonly turned: [number, boolean, boolean][] = [];

  goes(seconds: number, loses: number, available: number | null): this {
    for (let n = 0; n < seconds * 2; n += 1) {
      this.at += 500;
      this.sent += 8.5;
      this.lost += 8.5 * loses;
      const { copies, picture } = this.uplink;
      this.uplink.note({ atMs: this.at, sent: this.sent, lost: Math.floor(this.lost), available, limited: false });
      const now = this.uplink;
      if (now.copies !== copies || now.picture !== picture) this.turned.push([this.at / 1000, now.copies, now.picture]);
    }
    return this;
  }

  anew(): this {
    this.sent = 0;
    this.lost = 0;
    return this;
  }
}

test('copies go while the way up loses, and end after a minute without a loss', () => {
  const call = new Call().goes(20, 0, 900_000).goes(20, 0.05, 400_000);
  assert.equal(call.turned.length, 1);
  assert.ok(call.turned[0]?.[1] && call.turned[0][0] <= 24, `${call.turned}`);
  call.goes(50, 0, 400_000);
  assert.equal(call.turned.length, 1);
  call.goes(20, 0, 400_000);
  assert.deepEqual(call.turned[1]?.slice(1), [false, true]);
});

test('a packet lost now and then takes no copies, and another connection counts anew', () => {
  const call = new Call().goes(120, 0.008, 900_000).anew().goes(30, 0, 900_000);
  assert.deepEqual(call.turned, []);
  assert.ok(call.goes(10, 0.1, 900_000).uplink.copies);
});

test('a way up that carries the voice alone sends no picture, and tries one ever more seldom', () => {
  const call = new Call().goes(10, 0, 300_000).goes(300, 0, 40_000);
  const times = call.turned.map(([at, , picture]) => [at, picture]);
  assert.deepEqual(times.slice(0, 6), [[16.5, false], [36.5, true], [43, false], [83, true], [89.5, false], [169.5, true]]);
  call.goes(200, 0, 300_000);
  assert.ok(call.uplink.picture);
  assert.equal(new Call().goes(60, 0, null).turned.length, 0, 'a browser that does not tell');
});

test('copies stand before plain sound or after it, and nothing else changes', () => {
  const answer = [
    'v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 63 111', 'a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97', 'a=rtpmap:96 VP8/90000', '',
  ].join('\r\n');
  assert.equal(withCopies(answer, true), answer);
  assert.equal(withCopies(answer, false), answer.replace('63 111', '111 63'));
  assert.equal(withCopies(withCopies(answer, false), true), answer);
  const plain = answer.replace('63 111', '111').replace('a=rtpmap:63 red/48000/2\r\n', '');
  assert.equal(withCopies(plain, true), plain);
});

test('how many sizes of a picture are of use is read, whatever is left out', () => {
  const said = (qualities: object[]): unknown =>
    read(JSON.stringify({ subscribedQualityUpdate: { trackSid: 'TR_1', subscribedQualities: qualities } }));
  const one = [{ enabled: true }, { quality: 'MEDIUM' }, { quality: 2, enabled: false }];
  assert.deepEqual(said(one), { kind: 'layersUsed', sid: 'TR_1', used: 1 });
  assert.deepEqual(said([]), { kind: 'layersUsed', sid: 'TR_1', used: 0 });
  assert.deepEqual(read('{"subscribed_quality_update":{}}'), { kind: 'layersUsed', sid: '', used: 0 });
});
