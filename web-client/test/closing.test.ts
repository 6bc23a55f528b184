import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingPhase, readClosing } from '../src/protocol/closing.ts';

test('the end of a booked room is read from its metadata, and nothing else is taken for one', () => {
  const told = readClosing('{"title":"t","kind":"class","ends":1000,"closes":1900,"why":"ended"}');
  assert.deepEqual(told, { endsMs: 1_000_000, closesMs: 1_900_000, why: 'ended' });
  assert.equal(readClosing('{"ends":1000,"closes":1060,"why":"cancelled"}')?.why, 'cancelled');
  assert.equal(readClosing('{"ends":1000,"closes":1060,"why":"moved"}')?.why, 'moved');
  for (const other of ['', '{"title":"t"}', 'null', '7', 'not JSON', '{"ends":"1000","closes":1900}']) {
    assert.equal(readClosing(other), null, other);
  }
});

test('people are told in time, and the last minute in seconds', () => {
  const closing = { endsMs: 1_000_000, closesMs: 1_900_000, why: 'ended' } as const;
  const at = (now: number): unknown => closingPhase(closing, now);
  assert.deepEqual(at(600_000), { phase: 'far', seconds: 1300 });
  assert.deepEqual(at(700_000), { phase: 'soon', seconds: 1200 });
  assert.deepEqual(at(1_000_000), { phase: 'over', seconds: 900 });
  assert.deepEqual(at(1_840_000), { phase: 'now', seconds: 60 });
  assert.deepEqual(at(1_841_000), { phase: 'now', seconds: 50 });
  assert.deepEqual(at(1_892_500), { phase: 'now', seconds: 8 });
  assert.deepEqual(at(2_000_000), { phase: 'now', seconds: 0 });
  for (const why of ['cancelled', 'moved'] as const) assert.equal(closingPhase({ ...closing, why }, 0).phase, why);
});
