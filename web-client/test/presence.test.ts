import assert from 'node:assert/strict';
import test from 'node:test';
import { Presence } from '../src/protocol/presence.ts';
import type { ParticipantInfo } from '../src/protocol/wire.ts';

const person = (identity: string): ParticipantInfo => ({
  sid: `PA_${identity}`,
  identity,
  name: identity,
  names: { zh: identity },
  state: 'ACTIVE',
  joinedAtMs: 0,
  disconnectReason: '',
  attributes: {},
  tracks: [],
});

test('a line is weak, lost since it fell silent, back for a while, and then nothing is said', () => {
  const them = new Presence();
  const how = (ms: number): string => them.of('li', ms)?.how ?? 'well';
  them.told('li', 'EXCELLENT', 0);
  assert.equal(how(0), 'well');
  them.told('li', 'POOR', 5000);
  assert.equal(how(5000), 'poor');
  them.told('li', 'LOST', 12_500);
  them.told('li', 'LOST', 15_000);
  assert.deepEqual(them.of('li', 20_000), { how: 'lost', sinceMs: 10_000, poor: false });
  them.told('li', 'GOOD', 21_000);
  assert.deepEqual([how(21_000), how(26_999), how(27_000)], ['back', 'back', 'well']);
  them.told('li', 'LOST', 40_000);
  them.told('li', 'POOR', 41_000);
  assert.deepEqual([how(41_000), how(47_000)], ['back', 'poor']);
  them.told('li', 'GOOD', 47_500);
  assert.equal(how(47_500), 'well');
});

test('who left is told from who is lost, and both from who loads their page again', () => {
  const them = new Presence();
  const missed = (ms: number): string[] => them.missed(ms).map((one) => `${one.info.identity} ${one.how}`);
  them.told('li', 'LOST', 12_500);
  them.gone(person('li'), 'SIGNAL_CLOSE', 'picture', 25_000);
  them.gone(person('wang'), 'CLIENT_INITIATED', '', 25_000);
  them.gone(person('zhang'), 'DUPLICATE_IDENTITY', '', 25_000);
  assert.deepEqual(missed(25_000), ['li lost', 'wang left']);
  assert.deepEqual(missed(28_000), ['li lost', 'wang left', 'zhang lost']);
  assert.deepEqual([them.absent[0]?.sinceMs, them.absent[0]?.still], [10_000, 'picture']);
  them.gone(person('li'), 'CLIENT_INITIATED', '', 29_000);
  assert.equal(missed(29_000)[0], 'li lost', 'an older word said again changes nothing');
  them.came('li', 30_000);
  assert.equal(them.of('li', 30_000)?.how, 'back');
  assert.deepEqual(missed(30_000), ['wang left', 'zhang lost']);
  them.gone(person('zhou'), 'DUPLICATE_IDENTITY', '', 31_000);
  them.came('zhou', 32_000);
  assert.equal(them.of('zhou', 32_000), null, 'a page that was loaded again was never away');
});

test('those who were here are kept up to a bound', () => {
  const them = new Presence();
  for (let n = 0; n < 301; n += 1) them.gone(person(`p${n}`), 'CLIENT_INITIATED', '', 0);
  assert.deepEqual([them.absent.length, them.absent[0]?.info.identity], [300, 'p1']);
});

test('it is known when what is said of somebody changes by time alone', () => {
  const them = new Presence();
  assert.equal(them.changesMs(0), null);
  them.told('li', 'LOST', 1000);
  them.told('li', 'GOOD', 2000);
  assert.equal(them.changesMs(2000), 8000, 'that somebody is back is over then');
  them.gone(person('wang'), '', '', 3000);
  assert.equal(them.changesMs(3000), 6000, 'that somebody is missing begins then');
  assert.equal(them.missed(5999).length, 0);
  assert.equal(them.missed(6000).length, 1);
  assert.equal(them.changesMs(6000), 8000);
  assert.equal(them.changesMs(8000), null);
});
