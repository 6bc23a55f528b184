import assert from 'node:assert/strict';
import test from 'node:test';
import type { Directory, NewSession } from '../src/protocol/api.ts';
import { type Draft, fitting } from '../src/protocol/draft.ts';
import { asked as askedOf, type Quote, wanted } from '../src/protocol/quote.ts';
import { linesOf } from '../src/protocol/slot-lines.ts';
import { type Blocker, blockedOnce, byDay, searchFor, servedBy, type Slot, type SlotSearch } from '../src/protocol/slots.ts';

const NOW = Date.parse('2026-11-23T08:00:00+08:00');
const person = (id: string, role: string) => ({ id, names: { zh: id }, roles: [role], organizationId: 'hospital' });
const directory = {
  organizations: [],
  rooms: [],
  people: [person('wang', 'specialist'), person('chen', 'specialist'), person('li', 'village_doctor')],
} as unknown as Directory;
const choices = (search: SlotSearch | null) => (search?.needs ?? []).map((need) => ('anyOf' in need ? need.anyOf : []));
const draft: Draft = {
  kind: 'consultation',
  title: '',
  people: [
    { personId: '', role: 'specialist' },
    { personId: 'li', role: 'village_doctor' },
  ],
  roomIds: ['clinic-1'],
  terminalIds: ['screen-1'],
  day: '2026-11-24',
  time: '09:30',
  minutes: 40,
  recording: false,
};

test('a search asks for whom was chosen, for anybody of the role where nobody was, and for every room', () => {
  const search = searchFor(draft, directory, 7, NOW);
  assert.deepEqual(choices(search).map((anyOf) => anyOf.map(({ kind, id }) => `${kind} ${id}`)), [
    ['person wang', 'person chen'],
    ['person li'],
    ['room clinic-1'],
    ['terminal screen-1'],
  ]);
  const at = (text: string | undefined): number => Date.parse(text ?? '');
  assert.equal(at(search?.from), Date.parse('2026-11-24T00:00:00+08:00'));
  assert.equal(at(search?.until), Date.parse('2026-12-01T00:00:00+08:00'));
  assert.equal(at(search?.startsAt), Date.parse('2026-11-24T09:30:00+08:00'));
  assert.equal(search?.butSession, undefined);
  assert.equal(searchFor(draft, directory, 7, NOW, 'one')?.butSession, 'one');
});

test('whoever interprets is asked for as that', () => {
  const people = [...directory.people, { ...person('tashi', 'interpreter'), interprets: ['bo-zh'] }];
  const search = searchFor({ ...draft, people: [{ personId: '', role: 'interpreter' }] }, { ...directory, people }, 7, NOW);
  assert.deepEqual(choices(search)[0], [{ kind: 'interpreter', id: 'tashi' }]);
  const pair = (personId: string) => [{ personId, role: 'interpreter' as const, interprets: 'bo-zh' }];
  const anybody = searchFor({ ...draft, people: pair('') }, { ...directory, people }, 7, NOW);
  assert.deepEqual(anybody?.needs[0], { interpreterOf: 'bo-zh' }, 'whoever interprets the pair');
  const chosen = searchFor({ ...draft, people: pair('tashi') }, { ...directory, people }, 7, NOW);
  assert.deepEqual(choices(chosen)[0], [{ kind: 'interpreter', id: 'tashi' }]);
});

test('a time that is over, or that ends after the days that are searched, is no wish', () => {
  assert.equal(searchFor({ ...draft, day: '2026-11-23', time: '07:00' }, directory, 1, NOW)?.startsAt, undefined);
  assert.equal(searchFor({ ...draft, time: '23:30' }, directory, 1, NOW)?.startsAt, undefined);
  assert.ok(searchFor({ ...draft, time: '23:20' }, directory, 1, NOW)?.startsAt);
  assert.equal(searchFor({ ...draft, day: '2026-11-21' }, directory, 1, NOW), null, 'days that are over');
  assert.equal(searchFor({ ...draft, people: [], roomIds: [], terminalIds: [] }, directory, 1, NOW), null, 'nothing to look for');
});

const slot = (startsAt: string, ids: string[]): Slot => ({
  startsAt,
  endsAt: startsAt,
  servedBy: ids.map((id) => ({ kind: 'person', id, names: { zh: id } })),
});

test('who serves a slot comes where nobody was chosen, and nobody else is changed', () => {
  const people = servedBy(draft.people, slot('2026-11-24T10:00:00+08:00', ['chen', 'li']));
  assert.deepEqual(people.map(({ personId }) => personId), ['chen', 'li']);
});

test('slots are told by the day of the county, in their order', () => {
  const slots = ['2026-11-24T15:30:00Z', '2026-11-24T16:00:00Z', '2026-11-25T01:00:00Z'].map((at) => slot(at, []));
  const days = byDay(slots).map(([day, of]) => [day, of.length]);
  assert.deepEqual(days, [
    ['2026-11-24', 1],
    ['2026-11-25', 2],
  ]);
});

test('of each person or room the first cause is told', () => {
  const of = (id: string, cause: Blocker['cause']): Blocker => ({
    need: 0,
    resource: { kind: 'person', id, names: { zh: id } },
    cause,
    name: null,
    nearest: null,
    heldUntil: null,
  });
  const told = blockedOnce([of('li', 'hours'), of('li', 'taken'), of('wang', 'travel')]);
  assert.deepEqual(told.map(({ cause }) => cause), ['hours', 'travel']);
});

test('a search asks for what the mode of each site takes of its line, of sites of which somebody was chosen', async () => {
  const people = [person('wang', 'specialist'), { ...person('li', 'village_doctor'), organizationId: 'clinic' }];
  const both = { ...directory, people } as unknown as Directory;
  const search = searchFor(draft, both, 7, NOW);
  assert.ok(search);
  const asked: unknown[] = [];
  const mode = (mode: string, kbps: number) => ({ mode, downKbps: kbps, upKbps: kbps + 1 });
  const site = (organizationId: string) => ({ organizationId, mode: 'voice', modes: [mode('full', 500), mode('voice', 40)] });
  const quote = async (wish: NewSession) => {
    asked.push(wish);
    return { sites: [site('hospital'), site('clinic')] } as unknown as Quote;
  };
  const page = { fitting, asked: askedOf, wanted, quote };
  assert.deepEqual(await linesOf(page, draft, both, search), [{ organizationId: 'clinic', downKbps: 40, upKbps: 41 }]);
  const { participants, startsAt } = asked[0] as NewSession;
  assert.deepEqual(participants.map(({ personId }) => personId), ['wang', 'li'], 'somebody stands where nobody was chosen');
  assert.ok(Date.parse(startsAt) > NOW);
  const nobody = { ...draft, people: [{ personId: '', role: 'specialist' as const }] };
  assert.deepEqual(await linesOf(page, nobody, both, search), []);
  assert.equal(asked.length, 1, 'where nobody was chosen nothing is asked');
  const failing = { ...page, quote: () => Promise.reject(new Error('422')) };
  assert.deepEqual(await linesOf(failing, draft, both, search), []);
});
