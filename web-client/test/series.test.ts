import assert from 'node:assert/strict';
import test from 'node:test';
import { read } from '../src/protocol/series.ts';

const TUESDAY = '2026-11-24';

test('a rule of weeks that names no days has the weekday of its start', () => {
  assert.deepEqual(read('FREQ=WEEKLY;COUNT=4', TUESDAY), { every: 'week', days: [2], week: 0 });
  assert.deepEqual(read('FREQ=WEEKLY;INTERVAL=2;COUNT=4', TUESDAY), { every: 'fortnight', days: [2], week: 0 });
  assert.deepEqual(read('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4', TUESDAY), { every: 'week', days: [1, 3], week: 0 });
  assert.deepEqual(read('FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=4', TUESDAY)?.every, 'workday');
  assert.deepEqual(read('FREQ=MONTHLY;BYDAY=-1FR;COUNT=4', TUESDAY), { every: 'month', days: [5], week: -1 });
  assert.equal(read('FREQ=MONTHLY;COUNT=4', TUESDAY), null, 'a day of the month is shown as the rule itself');
  assert.equal(read('FREQ=YEARLY;COUNT=4', TUESDAY), null);
});
