import assert from 'node:assert/strict';
import test from 'node:test';
import type { Session } from '../src/protocol/api.ts';
import { draftOf, finishChange, rebased } from '../src/protocol/draft.ts';

const session: Session = {
  id: 'one',
  kind: 'consultation',
  title: '复诊',
  startsAt: '2026-11-24T09:00:30+08:00',
  endsAt: '2026-11-24T09:35:30+08:00',
  state: 'scheduled',
  endedAt: null,
  recording: false,
  version: 3,
  seriesId: null,
  organizationNames: { zh: '县医院', en: 'Hospital' },
  rooms: [
    { id: 'room-1', names: { zh: '一', en: 'One' }, organizationId: 'hospital' },
    { id: 'room-2', names: { zh: '二', en: 'Two' }, organizationId: 'hospital' },
  ],
  terminals: [],
  participants: [
    { personId: 'dr-wang', names: { zh: '王', en: 'Wang' }, role: 'specialist', organizationNames: { zh: '县医院', en: 'Hospital' }, line: null },
    { personId: 'dr-li', names: { zh: '李', en: 'Li' }, role: 'village_doctor', organizationNames: { zh: '卫生院', en: 'Clinic' }, line: null },
  ],
  joinable: false,
};
const before = Date.parse('2026-11-24T08:00:00+08:00');
const during = Date.parse('2026-11-24T09:20:00+08:00');

test('a form that was not touched changes nothing, whatever its seconds and the order of its rooms', () => {
  const draft = draftOf(session);
  assert.deepEqual([draft.day, draft.time, draft.minutes], ['2026-11-24', '09:00', 35]);
  assert.deepEqual(finishChange(session, draft, before), { change: {} });
  assert.deepEqual(finishChange(session, { ...draft, roomIds: ['room-2', 'room-1'] }, before), { change: {} });
});

test('only what was touched is sent', () => {
  const draft = draftOf(session);
  const change = (part: object): unknown => finishChange(session, { ...draft, ...part }, before);
  assert.deepEqual(change({ title: ' 初诊 ' }), { change: { title: '初诊' } });
  assert.deepEqual(change({ recording: true, roomIds: [] }), { change: { recording: true, roomIds: [] } });
  assert.deepEqual(change({ terminalIds: ['screen-1'] }), { change: { terminalIds: ['screen-1'] } });
  assert.deepEqual(change({ minutes: 60 }), { change: { endsAt: '2026-11-24T02:00:30.000Z' } });
  assert.deepEqual(change({ time: '14:00' }), { change: { startsAt: '2026-11-24T14:00:00+08:00', endsAt: '2026-11-24T06:35:00.000Z' } });
  const people = [{ personId: 'dr-chen', role: 'specialist' as const }, ...draft.people.slice(1)];
  assert.deepEqual(change({ people }), { change: { participants: people } });
});

test('what is missing is said; a start that stays may be past, one that is chosen may not', () => {
  const draft = draftOf(session);
  const needs = (part: object, now: number): unknown => finishChange(session, { ...draft, ...part }, now);
  assert.deepEqual(needs({ title: '' }, before), { needs: [{ field: 'title', what: 'title' }] });
  assert.deepEqual(needs({ people: [{ personId: '', role: 'specialist' }] }, before), {
    needs: [{ field: 'participants', what: 'person', line: 0 }],
  });
  assert.deepEqual(needs({ day: '' }, before), { needs: [{ field: 'startsAt', what: 'time' }] });
  assert.deepEqual(needs({ minutes: 40 }, during), { change: { endsAt: '2026-11-24T01:40:30.000Z' } });
  assert.deepEqual(needs({ time: '08:30' }, during), { needs: [{ field: 'startsAt', what: 'past' }] });
});

test('what was touched is put over what somebody else has changed meanwhile, and the rest is as it is now', () => {
  const now: Session = { ...session, title: '别人改的', recording: true, version: 4 };
  const mine = { ...draftOf(session), minutes: 60, recording: false };
  const draft = rebased(mine, session, now);
  assert.deepEqual(draft, { ...draftOf(now), minutes: 60 });
  assert.deepEqual(finishChange(now, draft, before), { change: { endsAt: '2026-11-24T02:00:30.000Z' } });
  const both = rebased({ ...mine, title: '我改的' }, session, now);
  assert.equal(both.title, '我改的');
});
