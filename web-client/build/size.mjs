// The bytes that a person downloads for each page, brotli, against the budgets of the house.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const assets = readdirSync(`${dist}assets`).filter((name) => !/\.(br|gz)$/.test(name));

/** Bytes after brotli at its best, as the build stores them. */
const packed = (path) => brotliCompressSync(readFileSync(dist + path)).length;

/** The built file of an entry or a lazy page, e.g. `assets/join-x7Yz.js`. */
function chunk(name) {
  const found = assets.find((file) => file.startsWith(`${name}-`) && /\.(js|css)$/.test(file));
  if (!found) throw new Error(`dist has no file ${name}: run npm run build first`);
  return `assets/${found}`;
}

/** A file and everything that it imports at once. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(dist + file, 'utf8');
  for (const [, name] of code.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) closure(`assets/${name}`, seen);
  return seen;
}

const first = ['index.html', 'icon.svg', chunk('style'), ...closure(chunk('index'))];

/** Page, what it needs beyond the first files, and its budget in bytes. English adds its catalog to each. */
const pages = [
  ['home', [], 30_000],
  ['join', ['join', 'room'], 60_000],
  ['replay', ['replay'], 60_000],
  ['booking', ['book'], 45_000],
  ['cases', ['cases'], 45_000],
];

export function sizes() {
  return pages.map(([page, extra, budget]) => {
    const files = new Set(first);
    for (const name of [...extra, 'en']) for (const file of closure(chunk(name))) files.add(file);
    const bytes = [...files].reduce((sum, file) => sum + packed(file), 0);
    return { page, bytes, budget, files: files.size };
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const all = sizes();
  for (const { page, bytes, budget, files } of all) {
    console.log(`${page.padEnd(8)} ${String(bytes).padStart(6)} of ${budget} bytes brotli, ${files} files`);
  }
  process.exitCode = all.every(({ bytes, budget }) => bytes <= budget) ? 0 : 1;
}
