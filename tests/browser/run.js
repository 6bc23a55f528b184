// Runs the suites, or those that are named: `node run.js [NAME...]`. Those that are patient go two at a time, since they wait most of
// their time; those whose findings depend on how busy the machine is go one by one.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Suites without media, or with media that only have to come. */
const PATIENT = new Set([
  'agreements',
  'attendance',
  'booking',
  'case',
  'changing',
  'choosers',
  'class',
  'client-features',
  'closing',
  'consents',
  'consultation',
  'devices',
  'firefox',
  'first-session',
  'first-start',
  'garbage',
  'guests',
  'hours',
  'layout',
  'library',
  'materials',
  'native-client',
  'network',
  'pages',
  'program',
  'refusals',
  'register',
  'restart',
  'roles',
  'room-service',
  'room-state',
  'rotation',
  'series',
  'single-sign-on',
  'site-day',
  'slots',
  'stock-client',
  'terminal',
  'webhooks',
  'whip',
]);

const folder = fileURLToPath(new URL('suites', import.meta.url));
const name = (file) => basename(file, '.test.js');
const wanted = new Set(process.argv.slice(2));
const files = readdirSync(folder)
  .filter((it) => it.endsWith('.test.js') && (wanted.size === 0 || wanted.has(name(it))))
  .sort()
  .map((it) => join(folder, it));

/** Runs `files`, `concurrency` at a time, and says what happens as it does. */
function ran(files, concurrency) {
  const tests = run({ files, concurrency });
  tests.on('test:fail', () => (process.exitCode = 1));
  return new Promise((done, failed) => {
    const told = tests.compose(spec);
    told.on('end', done).on('error', failed);
    told.pipe(process.stdout, { end: false });
  });
}

const paged = files.filter((it) => PATIENT.has(name(it)));
if (paged.length > 0) await ran(paged, 2);
const rest = files.filter((it) => !PATIENT.has(name(it)));
if (rest.length > 0) await ran(rest, 1);
