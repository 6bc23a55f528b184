import assert from 'node:assert/strict';
import test from 'node:test';
import { byPlace, type DaySession, timesOf } from '../src/protocol/site_day.ts';

const session = (id: string, rooms: string[], terminals?: string[]): DaySession => ({
  id, kind: 'class', title: id, fromS: 3600, lengthS: 1800, people: [], rooms, ...(terminals ? { terminals } : {}),
});

test('a day is told by room, then by terminal, then what takes neither; what takes several stands with each', () => {
  const all = [session('1', ['B']), session('2', [], ['screen']), session('3', []), session('4', ['A', 'B'], ['screen'])];
  const told = byPlace(all).map(({ kind, name, sessions }) => [kind, name, sessions.map(({ id }) => id).join()]);
  assert.deepEqual(told, [
    ['room', 'A', '4'],
    ['room', 'B', '1,4'],
    ['terminal', 'screen', '2,4'],
    ['none', '', '3'],
  ]);
});

test('times count from when the day begins, as the server says it', () => {
  const { from, to } = timesOf(session('1', []), '2026-11-24T00:00:00+06:00');
  assert.deepEqual([from, to], ['2026-11-23T19:00:00.000Z', '2026-11-23T19:30:00.000Z']);
});
