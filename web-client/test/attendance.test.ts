import assert from 'node:assert/strict';
import test from 'node:test';
import { countedFrom, type PlaceAttendance, pupilsTyped } from '../src/protocol/attendance.ts';

test('a number of pupils is read as it is typed, full width as well, and nothing else is one', () => {
  for (const [text, pupils] of [['0', 0], [' 17 ', 17], ['200', 200], ['１７', 17], ['007', 7]] as const) assert.equal(pupilsTyped(text), pupils, text);
  for (const text of ['', '201', '-1', '1.5', '1e2', '十七', '1000', '1 7']) assert.equal(pupilsTyped(text), null, text);
});

test('counting goes on from the last count, or begins with the pupils of the groups', () => {
  const place = (pupils: number | null, count: number | null): PlaceAttendance => {
    const headcount = count === null ? null : { count, at: '', byId: '', byNames: { zh: '' }, aboveRoster: false };
    return { siteId: '', names: { zh: '' }, classrooms: [], attendance: 'unknown', receivedS: 0, unknownS: 0, plannedS: 60, groups: [], pupils, headcount, canCount: true, canName: false };
  };
  assert.equal(countedFrom(place(null, null)), 0);
  assert.equal(countedFrom(place(40, null)), 40);
  assert.equal(countedFrom(place(40, 0)), 0, 'an empty room was counted');
  assert.equal(countedFrom(place(400, null)), 200, 'no more than can be counted');
});
