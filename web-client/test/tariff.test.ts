import assert from 'node:assert/strict';
import test from 'node:test';
import { finishLine, type LineDraft, lineDraft } from '../src/protocol/tariff.ts';

const good: LineDraft = { down: '2000', up: '', bands: [{ from: '23:00', price: '0' }, { from: '07:00', price: '0.3' }] };

test('a line is what was written, its prices in the order of the day and in hundredths of a fen', () => {
  const line = finishLine(good);
  const tariff = [
    { from: '07:00', hundredthFenPerMb: 30 },
    { from: '23:00', hundredthFenPerMb: 0 },
  ];
  assert.deepEqual(line, { downKbps: 2000, upKbps: null, tariff });
  assert.ok(typeof line !== 'string');
  assert.deepEqual(finishLine(lineDraft(line)), line, 'what is read is what was written');
});

test('what is no number and no time is told by its field', () => {
  for (const down of ['0', '-1', '2.5', 'fast', '10000001']) assert.equal(finishLine({ ...good, down }), 'down');
  assert.equal(finishLine({ ...good, up: '1e' }), 'up');
  for (const bands of [
    [{ from: '', price: '1' }],
    [{ from: '07:00', price: '' }],
    [{ from: '07:00', price: '-1' }],
    [{ from: '07:00', price: '10001' }],
    [{ from: '07:00', price: '1' }, { from: '07:00', price: '2' }],
  ]) {
    assert.equal(finishLine({ ...good, bands }), 'bands', JSON.stringify(bands));
  }
});
