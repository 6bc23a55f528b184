import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { access } from '../src/words/access.ts';
import { agreements } from '../src/words/agreements.ts';
import { attendance } from '../src/words/attendance.ts';
import { booking } from '../src/words/booking.ts';
import { cases } from '../src/words/cases.ts';
import { choosers } from '../src/words/choosers.ts';
import { change } from '../src/words/change.ts';
import { county } from '../src/words/county.ts';
import { devices } from '../src/words/device.ts';
import { consentWords } from '../src/words/consents.ts';
import { day } from '../src/words/day.ts';
import { en } from '../src/words/en.ts';
import { faults } from '../src/words/faults.ts';
import { fill } from '../src/words/fill.ts';
import { holding } from '../src/words/holding.ts';
import { guests } from '../src/words/guests.ts';
import { hours } from '../src/words/hours.ts';
import { line } from '../src/words/line.ts';
import { materials } from '../src/words/materials.ts';
import { news } from '../src/words/news.ts';
import { quote } from '../src/words/quote.ts';
import { received } from '../src/words/received.ts';
import { register } from '../src/words/register.ts';
import { replay } from '../src/words/replay.ts';
import { rolesWords } from '../src/words/roles.ts';
import { series } from '../src/words/series.ts';
import { week } from '../src/words/week.ts';
import { slots } from '../src/words/slots.ts';
import { webhooks } from '../src/words/webhooks.ts';
import { zh } from '../src/words/zh.ts';

const catalogs: Record<string, Record<string, string>> = { zh, en };
/** Those of one page: its name, and its words by language. */
const pages: Record<string, Record<string, Record<string, string>>> = { booking, consents: consentWords, received, line, quote, faults, change, news, access, register, county, replay, roles: rolesWords, series, week, guests, slots, holding, choosers, day, hours, devices, webhooks, cases, materials, agreements, attendance };
const places = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join(' ');

const source = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? source(path) : [readFileSync(path, 'utf8')];
  });

test('every catalog has the same keys, none empty, with the same places', () => {
  for (const [name, catalog] of Object.entries(catalogs)) {
    assert.deepEqual(Object.keys(catalog).sort(), Object.keys(zh).sort(), name);
    for (const [key, text] of Object.entries(catalog)) {
      assert.ok(text.trim(), `${name} ${key} is empty`);
      assert.equal(places(text), places((zh as Record<string, string>)[key] ?? ''), `${name} ${key}`);
    }
    console.log(`${name}: ${Object.keys(catalog).length} of ${Object.keys(zh).length} keys translated`);
  }
});

test('the words of one page are the same in every language, and each is used', () => {
  const code = [...source('src/views'), ...source('src/words')].join('\n');
  for (const [page, { zh: first = {}, en: second = {} }] of Object.entries(pages)) {
    assert.deepEqual(Object.keys(second), Object.keys(first), page);
    for (const [key, text] of Object.entries(second)) {
      assert.equal(places(text), places(first[key] ?? ''), `${page} ${key}`);
      assert.ok(text.trim() && first[key]?.trim() && !/[\u4e00-\u9fff]/.test(text), `${page} ${key}`);
      const forms = [`'${key}'`, `"${key}"`, `\`${key.split('.')[0]}.\${`];
      assert.ok(forms.some((form) => code.includes(form)), `${page} ${key} is used`);
    }
  }
});

test('English has no Chinese left in it but the name of the language', () => {
  for (const [key, text] of Object.entries(en)) {
    if (key !== 'lang.switch') assert.ok(!/[\u4e00-\u9fff]/.test(text), `${key}: ${text}`);
  }
});

test('every key is used somewhere', () => {
  const code = source('src/views').join('\n');
  // Keys that are put together from parts at run time.
  const built = /^(date|kind|role|problem|login|home\.enter|line|device|join\.(line|missing)|mode|book\.need)\./;
  const unused = Object.keys(zh).filter((key) => !built.test(key) && !code.includes(`'${key}'`));
  assert.deepEqual(unused.filter((key) => !/^join\.(full|sound|watch|camera|microphone)$/.test(key)), []);
});

const house = (path: string): string => readFileSync(join('..', path), 'utf8');

test('every problem and fault that a server names has words in every language', () => {
  const named = [
    ...[...house('scheduler/src/problem.rs').matchAll(/: [A-Z_]+, "\/problems\/([a-z-]+)",/g)].map(([, name]) => `problem.${name}`),
    ...[...house('scheduler/booking/src/request.rs').matchAll(/=> "([a-z]+-[a-z-]+)"/g)].map(([, name]) => `fault.${name}`),
    ...[...house('scheduler/src/api/access_refusals.rs').matchAll(/"((?:not-a|login|password)-[a-z-]+)"/g)]
      .map(([, name]) => `fault.${name}`)
      .filter((key) => !/^fault\.password-(used|over)$/.test(key)),
    ...[...house('scheduler/src/api/refusals.rs').matchAll(/"((?:room|person)-unknown|role-not-held|not-a-time|not-an-amount|mode-above-most|reason-too-long)"/g)].map(
      ([, name]) => `fault.${name}`,
    ),
    ...[...house('scheduler/consultation/src/fault.rs').matchAll(/=> "([a-z]+-[a-z-]+)"/g)].map(([, name]) => `fault.${name}`),
    ...[...house('scheduler/src/api/webhooks.rs').matchAll(/"(url-[a-z-]+)"/g)].map(([, name]) => `fault.${name}`),
  ];
  assert.ok(named.length > 30, `${named.length} found`);
  assert.deepEqual(named.filter((key) => !(key in zh) && !(key in faults.zh) && !(key in quote.zh) && !(key in access.zh) && !(key in register.zh) && !(key in guests.zh) && !(key in devices.zh) && !(key in slots.zh) && !(key in webhooks.zh) && !(key in cases.zh) && !(key in materials.zh) && !(key in agreements.zh) && !(key in replay.zh)), []);
});

test('every fault of a table and of a form of the register has words on their page', () => {
  const files = ['draft', 'fault', 'homes', 'plan', 'settle', 'sheet/mod', 'sheet/headers', 'sheet/no_table', 'sheet/text', '../store/register'];
  const code = files.map((name) => house(`scheduler/src/register/${name}.rs`)).join('\n');
  const named = [
    ...code.matchAll(/(?:Fault|NoTable|Self)::new\(\s*(?:[\w:]+,\s*)?"([a-z-]+)"/g),
    ...code.matchAll(/no_word\(\s*[\w:]+,\s*"([a-z-]+)"/g),
  ].map(([, code = '']) => code);
  assert.ok(new Set(named).size > 22, `${named} found`);
  // Nobody sees this one: it is the answer 404.
  assert.deepEqual(named.filter((code) => code !== 'not-there' && !(`fault.${code}` in register.zh)), []);
});

test('no sentence for people stands outside the catalogs', () => {
  for (const code of source('src/views')) {
    const text = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    assert.ok(!/[\u4e00-\u9fff]/.test(text), text.match(/.*[\u4e00-\u9fff].*/)?.[0]);
  }
});

test('places are filled, unknown ones stay to be seen', () => {
  assert.equal(fill('{a} of {b}', { a: 1 }), '1 of {b}');
  const names = { zh: '王', en: 'Wang' };
  assert.equal(fill('{names}', { names }) + fill('{names}', { names }, 'en') + fill('{names}', { names: { zh: '李' } }, 'en'), '王Wang李');
});
