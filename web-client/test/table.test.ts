import assert from 'node:assert/strict';
import test from 'node:test';
import { readState, type RoomState, type Slides, type Write } from '../src/protocol/state.ts';
import { Table } from '../src/views/room/table.ts';

const slides = (page: number): Slides => ({ deck: 'ab-1', page, pages: 9, title: 'T' });
const nothing: RoomState = { slides: null, hands: [], called: null };

/** A page whose line is open or not, with what it wrote and keeps. */
function page(identity = 'me') {
  const desk = { open: true, speaks: false, wrote: [] as Write[], kept: new Map<string, string>() };
  const make = (): Table =>
    new Table({
      identity: () => identity,
      speaks: () => desk.speaks,
      send: (write) => desk.open && desk.wrote.push(write) > 0,
      read: (name) => desk.kept.get(name) ?? null,
      keep: (name, value) => void desk.kept.set(name, value),
    });
  Object.assign(globalThis, { window: globalThis });
  return { desk, make, table: make() };
}

test('the state of a room is read with distrust', () => {
  const told = {
    version: 4,
    slides: { ...slides(2), by: 'zhang', at: 5, version: 1 },
    hands: [{ of: 'a', at: 5, version: 3 }, null, { of: 7 }, 'x'],
    called: { of: 'b', by: 'zhang', at: 5, version: 4 },
  };
  const read = readState(JSON.stringify({ title: '课', state: told }));
  assert.deepEqual(read, { slides: slides(2), hands: [{ of: 'a', version: 3 }], called: { of: 'b', at: 5 } });
  for (const none of ['', '{', '[]', 'null', '{"state":7}', '{"title":"课"}', '{"state":{"hands":{}}}']) {
    assert.deepEqual(readState(none), nothing, none);
  }
  const good = slides(2);
  for (const bad of [{ ...good, deck: '../x' }, { ...good, page: 10 }, { ...good, page: 0 }, { ...good, page: 1.5 }, { ...good, pages: 1e9 }]) {
    assert.equal(readState(JSON.stringify({ state: { slides: bad } })).slides, null);
  }
  const many = JSON.stringify({ state: { hands: Array.from({ length: 999 }, (_, i) => ({ of: `${i}` })) } });
  assert.equal(readState(many).hands.length, 300);
});

test('a page that is turned is seen at once, and what the room says holds once it has answered', () => {
  const { desk, table } = page();
  table.turn(slides(3));
  assert.deepEqual([table.slides.value?.page, desk.wrote], [3, [{ request: 1, slides: slides(3) }]]);
  table.told({ ...nothing, slides: slides(1) });
  assert.equal(table.slides.value?.page, 3, 'told before the room knew of ours');
  table.answered(1, true);
  assert.equal(table.slides.value?.page, 3);
  table.told({ ...nothing, slides: slides(5) });
  assert.equal(table.slides.value?.page, 5, 'another teacher turned after us');
  table.turn(slides(6));
  table.stop();
});

test('a page that was refused goes back', () => {
  const { table } = page();
  table.told({ ...nothing, slides: slides(1) });
  table.turn(slides(2));
  table.answered(1, false);
  assert.equal(table.slides.value?.page, 1);
  table.raise(true);
  table.answered(2, false);
  assert.equal(table.myHand.value, false);
  table.answered(77, false);
  table.stop();
});

test('pages that are turned in quick succession go together, and the last of them goes', async () => {
  const { desk, table } = page();
  for (const number of [1, 2, 3, 4]) table.turn(slides(number));
  assert.equal(desk.wrote.length, 1);
  await new Promise((done) => setTimeout(done, 450));
  assert.deepEqual(desk.wrote.map((write) => 'slides' in write && write.slides.page), [1, 4]);
  table.stop();
});

test('what the line did not take goes when it is open again, and once', () => {
  const { desk, table } = page();
  desk.open = false;
  table.turn(slides(2));
  table.raise(true);
  assert.deepEqual([table.slides.value?.page, table.myHand.value, desk.wrote.length], [2, true, 0]);
  desk.open = true;
  table.ready();
  assert.deepEqual(desk.wrote, [{ request: 1, slides: slides(2) }, { request: 2, hand: true }]);
  table.answered(1, true);
  table.answered(2, true);
  table.ready();
  assert.equal(desk.wrote.length, 2);
  table.stop();
});

test('a room that forgot is told again by whoever leads, and of the own hand by everybody', () => {
  for (const leads of [true, false]) {
    const { desk, make } = page();
    desk.kept.set('slides', JSON.stringify(slides(4)));
    const table = make();
    assert.equal(table.slides.value?.page, 4, 'remembered over the reload');
    table.told({ ...nothing, hands: [{ of: 'me', version: 1 }] });
    table.joined(nothing, leads);
    table.ready();
    const wrote = desk.wrote.map((write) => ('slides' in write ? write.slides.page : 'hand' in write && write.hand));
    assert.deepEqual(new Set(wrote), new Set(leads ? [4, true] : [true]));
    table.stop();
  }
  const { desk, make } = page();
  desk.kept.set('slides', JSON.stringify(slides(4)));
  const table = make();
  table.joined({ ...nothing, slides: slides(7) }, true);
  assert.deepEqual([table.slides.value?.page, desk.wrote], [7, []], 'the room knows better');
  table.stop();
});

test('a call is read until we speak, also after a reload, and each call anew', () => {
  const { desk, table, make } = page();
  const called = (at: number): RoomState => ({ ...nothing, called: { of: 'me', at } });
  table.told(called(3));
  assert.ok(table.called.value);
  assert.ok(((): boolean => { const again = make(); again.joined(called(3), false); return again.called.value; })());
  table.answer();
  assert.ok(!table.called.value);
  table.told(called(3));
  assert.ok(!table.called.value);
  const again = make();
  again.joined(called(3), false);
  assert.ok(!again.called.value);
  again.told(called(9));
  assert.ok(again.called.value);
  again.told({ ...nothing, called: { of: 'another', at: 10 } });
  assert.ok(!again.called.value);
  assert.deepEqual(desk.wrote, []);
});

test('a hand that was up is raised again by the page that is loaded anew, unless it was called or left', () => {
  const { desk, make, table } = page();
  table.raise(true);
  table.answered(1, true);
  const writes = (): Write[] => desk.wrote.splice(0);
  writes();
  const again = make();
  assert.equal(again.myHand.value, true);
  again.joined(nothing, false);
  assert.deepEqual(writes(), [{ request: 1, hand: true }], 'the room had given us up meanwhile');
  again.answered(1, true);
  const called = make();
  called.joined({ ...nothing, called: { of: 'me', at: 5 } }, false);
  assert.deepEqual([called.myHand.value, writes()], [false, []]);
  const lowered = make();
  lowered.joined(nothing, false);
  lowered.raise(true);
  lowered.stop();
  writes();
  make().joined(nothing, false);
  assert.deepEqual(writes(), []);
});
