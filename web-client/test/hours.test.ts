import assert from 'node:assert/strict';
import test from 'node:test';
import { type Availability, availabilityOf, formOf, rowOf, unseen } from '../src/protocol/hours.ts';

const said: Availability = {
  weekly: [{ days: ['monday'], from: '08:00', to: '24:00' }],
  exceptions: [{ day: '2026-11-25', windows: [] }],
  workdays: [],
  keepsHolidays: true,
  overlays: [
    { name: '赶集', effect: 'closed', monthDays: { reckoning: 'lunar', digits: [3] } },
    { name: '停电', effect: 'closed', hours: [{ days: ['friday'], from: '14:00', to: '15:00' }] },
    { name: '送修', effect: 'closed', days: [{ from: '2026-12-01', to: '2026-12-02' }] },
    { name: '学期', effect: 'only', days: [{ from: '2026-09-01', to: '2027-01-20' }] },
  ],
  beforeMinutes: 15,
  afterMinutes: 0,
};

test('what a form shows can be changed, and what it does not show stays', () => {
  const form = formOf(said);
  assert.equal(form.weekly?.[0]?.to, '00:00', 'midnight as a time input has it');
  assert.deepEqual([form.closed.length, form.power.length, unseen(form)], [1, 1, 3]);
  const after = availabilityOf({ ...form, closed: [], holidays: false });
  assert.deepEqual(after.weekly, said.weekly);
  assert.deepEqual([after.exceptions, after.beforeMinutes, after.keepsHolidays], [said.exceptions, 15, false]);
  assert.deepEqual(after.overlays.map(({ name }) => name), ['停电', '赶集', '学期']);
  assert.deepEqual(availabilityOf(formOf({ ...said, weekly: null })).weekly, null, 'day and night');
});

test('a fault is told at its row', () => {
  const form = formOf(said);
  assert.equal(rowOf('weekly[0].to', form), 'weekly 0');
  assert.equal(rowOf('overlays[0].days[0].to', form), 'closed 0');
  assert.equal(rowOf('overlays[1].hours[0]', form), 'power 0');
  assert.equal(rowOf('overlays[2].name', form), '');
  assert.equal(rowOf('exceptions', form), '');
});
