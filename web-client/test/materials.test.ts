import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { Api, Problem } from '../src/protocol/api.ts';
import { Damaged, fetchFile, nextSize, sendFile } from '../src/protocol/materials.ts';
import { quarterTurns } from '../src/protocol/shrink.ts';

const running = new AbortController().signal;
const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
const file = new Blob([bytes]);
const told = (sha256: string) => ({ mediaType: 'image/jpeg' as const, bytes: bytes.length, received: bytes.length, sha256 });
const hash = createHash('sha256').update(bytes).digest('hex');
Object.assign(globalThis, { window: globalThis });

/** A server that answers each request by `answer`; gives the requests that came. */
function server(answer: (init: RequestInit & { headers: Record<string, string> }, at: number) => Response | Promise<Response>): Record<string, string>[] {
  const came: Record<string, string>[] = [];
  globalThis.fetch = async (_path, init) => {
    const said = init as RequestInit & { headers: Record<string, string> };
    came.push(said.headers);
    return answer(said, came.length);
  };
  return came;
}

const json = (body: object, status = 200): Response => new Response(JSON.stringify(body), { status });
const length = async (init: RequestInit): Promise<number> => (await new Response(init.body as Blob).arrayBuffer()).byteLength;

test('pieces grow on a quick line and shrink on a slow one, within their bounds', () => {
  assert.deepEqual([nextSize(32_768, 200), nextSize(32_768, 3_000), nextSize(32_768, 9_000)], [65_536, 32_768, 16_384]);
  assert.deepEqual([nextSize(262_144, 1), nextSize(8_192, 60_000)], [262_144, 8_192]);
});

test('a file goes on where the server says, and not for ever where it says the same', async () => {
  let received = 0;
  const starts = server(async (init, at) => {
    // Another page was faster.
    if (at === 2) return json({ expectedOffset: (received = 90_000) }, 409);
    assert.equal(Number(init.headers['Upload-Offset']), received);
    return json({ received: (received += await length(init)) });
  });
  const seen: number[] = [];
  await sendFile(new Api('k'), '/x', file, 0, running, (at) => seen.push(at));
  assert.deepEqual(starts.map((it) => it['Upload-Offset']), ['0', '32768', '90000']);
  assert.equal(seen.at(-1), bytes.length);
  const tries = server(() => json({ expectedOffset: 0, type: '/problems/upload-damaged' }, 409));
  await assert.rejects(sendFile(new Api('k'), '/x', file, 0, running, () => undefined), Problem);
  assert.equal(tries.length, 4);
});

test('what is taken out is not sent on', async () => {
  const stop = new AbortController();
  const came = server(async (init) => {
    stop.abort();
    return json({ received: await length(init) });
  });
  await sendFile(new Api('k'), '/x', file, 0, stop.signal, () => undefined);
  assert.equal(came.length, 1);
});

test('a download goes on where it was cut, begins anew where the whole file comes, and is held against its hash', async () => {
  // Half of it comes, and the line ends as if that were all.
  const ranges = server((init, at) => {
    if (at === 1) return new Response(bytes.slice(0, 40_000));
    return new Response(bytes.slice(Number(/\d+/.exec(init.headers['Range'] ?? '')?.[0])), { status: 206 });
  });
  const whole = async (it: Blob): Promise<string> => createHash('sha256').update(Buffer.from(await it.arrayBuffer())).digest('hex');
  assert.equal(await whole(await fetchFile(new Api('k'), '/x', told(hash), running)), hash);
  assert.deepEqual(ranges.map((it) => it['Range']), [undefined, 'bytes=40000-']);
  server((_, at) => new Response(at === 1 ? bytes.slice(0, 40_000) : bytes));
  assert.equal(await whole(await fetchFile(new Api('k'), '/x', told(hash), running)), hash, 'a proxy that knows no ranges');
  server(() => new Response(bytes));
  await assert.rejects(fetchFile(new Api('k'), '/x', told('00'.repeat(32)), running), Damaged);
  const refused = server(() => json({ type: '/problems/forbidden' }, 403));
  await assert.rejects(fetchFile(new Api('k'), '/x', told(hash), running), Problem);
  assert.equal(refused.length, 1);
});

/** The head of a JPEG with this orientation, in either order of bytes. */
function jpeg(orientation: number, little: boolean): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, 0xffd8ffe1);
  view.setUint16(4, 40);
  view.setUint32(6, 0x45786966);
  const tiff = 12;
  view.setUint16(tiff, little ? 0x4949 : 0x4d4d);
  view.setUint16(tiff + 2, 42, little);
  view.setUint32(tiff + 4, 8, little);
  view.setUint16(tiff + 8, 1, little);
  view.setUint16(tiff + 10, 0x0112, little);
  view.setUint16(tiff + 12, 3, little);
  view.setUint32(tiff + 14, 1, little);
  view.setUint16(tiff + 18, orientation, little);
  return view;
}

test('a photo that lies on its side is told by its tag, and nothing of another file is', () => {
  for (const little of [true, false]) {
    assert.deepEqual([1, 3, 6, 8].map((it) => quarterTurns(jpeg(it, little))), [0, 2, 1, 3]);
  }
  assert.equal(quarterTurns(jpeg(77, true)), 0);
  assert.equal(quarterTurns(new DataView(new ArrayBuffer(0))), 0);
  for (let at = 0; at < 64; at += 1) {
    const broken = jpeg(6, true);
    broken.setUint8(at, 0xff);
    assert.ok([0, 1, 2, 3].includes(quarterTurns(broken)));
  }
});
