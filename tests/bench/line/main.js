// A real Chromium behind a bad line: our gateway beside LiveKit, our client and the stock one, in turn on this machine.
//   main.js --bin DIR [--links 600k,300k,150k,64k,outage] [--targets ours,livekit] [--clients ours,stock]
//           [--behind none,sub,pub] [--publisher stock] [--secs 60] [--out FILE] [--rows] [--show FILE,FILE]
// `--publisher ours` has our page speak to listeners at our gateway, where else the stock client does.
// It prints one table and writes what it is made of to FILE, with --rows also all that the pages counted every 250 ms; `--show`
// prints the table of such files together.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { host } from '../../browser/lib/stock.js';
import { call } from './call.js';
import { figures } from './figures.js';
import { links } from './links.js';
import { MARK_EVERY, material, TONES } from './material.js';
import { table } from './report.js';
import { start } from './servers.js';

const { values: asked } = parseArgs({
  options: {
    bin: { type: 'string' },
    links: { type: 'string', default: Object.keys(links).join(',') },
    targets: { type: 'string', default: 'ours,livekit' },
    clients: { type: 'string', default: 'ours,stock' },
    behind: { type: 'string', default: 'none,sub,pub' },
    secs: { type: 'string', default: '60' },
    publisher: { type: 'string', default: 'stock' },
    out: { type: 'string' },
    rows: { type: 'boolean', default: false },
    show: { type: 'string' },
  },
});
const listed = (text, allowed, what) => {
  const names = text.split(',');
  const wrong = names.find((it) => !allowed.includes(it));
  if (wrong === undefined) return names;
  console.error(`line: there is no ${what} ${wrong}; there are: ${allowed.join(', ')}`);
  process.exit(2);
};

if (asked.show) {
  console.log(table(asked.show.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')))));
  process.exit(0);
}
const seconds = Number(asked.secs);
const chosen = {
  links: listed(asked.links, Object.keys(links), 'link'),
  targets: listed(asked.targets, ['ours', 'livekit'], 'target'),
  clients: listed(asked.clients, ['ours', 'stock'], 'client'),
  behind: listed(asked.behind, ['none', 'sub', 'pub'], 'side'),
};
const [speaks] = listed(asked.publisher, ['ours', 'stock'], 'publisher');
const folder = `${asked.bin}/line`;
mkdirSync(folder, { recursive: true });
if (chosen.targets.includes('livekit') && !existsSync(`${asked.bin}/livekit-server`)) {
  console.error('line: LiveKit is not installed, so it is not measured');
  chosen.targets = chosen.targets.filter((it) => it !== 'livekit');
}

/** Our client speaks to our gateway alone; without anybody behind a line there is one call for each server. */
const calls = [];
if (chosen.behind.includes('none')) {
  for (const target of chosen.targets) calls.push({ target, client: 'stock', behind: 'none', link: 'none' });
}
for (const behind of chosen.behind.filter((it) => it !== 'none')) {
  for (const link of chosen.links) {
    for (const target of chosen.targets) {
      for (const client of chosen.clients) {
        if (target === 'ours' || client === 'stock') calls.push({ target, client, behind, link });
      }
    }
  }
}

const flags = material(folder);
const pages = await host();
const results = [];
for (const one of calls) {
  const name = `${one.behind} ${one.link} ${one.target} ${one.client}`;
  let server;
  try {
    server = await start(one.target, { bin: asked.bin, folder });
    const made = await call({ server, pages, ...one, publisher: one.target === 'ours' ? speaks : 'stock', link: links[one.link], seconds, flags });
    const result = figures({ ...one, seconds }, made, TONES.length * MARK_EVERY);
    results.push(result);
    const metrics = await server.metrics?.();
    if (asked.rows) writeFileSync(`${folder}/${name.replaceAll(' ', '-')}.json`, JSON.stringify({ result, ...made, metrics }));
    console.log(`${name}: ${JSON.stringify(result)}`);
  } catch (error) {
    console.log(`${name}: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  } finally {
    await server?.close();
  }
}
await pages.close();
writeFileSync(asked.out ?? `${folder}/results.json`, JSON.stringify(results, null, 1));
console.log(`\n${table(results)}`);
