// kill -9 of the gateway in a class, restart at once: when does each client hear again?
//   node tests/bench/restart.js [rounds=5] [ours=4] [stock=4] [native=12]
// SHANQIAO names the program. The time is from the kill to the first sound that is played again. It is a class: the teacher
// is seen and heard, one classroom is heard, everybody else listens; native clients take the sound only, since twenty decoders
// of pictures on one machine would be all that is measured.
import { RoomServiceClient } from '../browser/node_modules/livekit-server-sdk/dist/index.js';
import { at, enter, inRoom, launch, open } from '../browser/lib/chromium.js';
import { dispose, Native } from '../browser/lib/native.js';
import { Server } from '../browser/lib/server.js';
import { keepGaps, gapsOf, soundFlows } from '../browser/lib/gaps.js';
import { host, stock } from '../browser/lib/stock.js';
import { pause, until } from '../browser/lib/wait.js';

const [rounds, ours, theirs, natives] = [5, 4, 4, 12].map((usual, i) => Number(process.argv[2 + i] ?? usual));
const all = ours + theirs + natives;
if (ours < 2) throw new Error('the teacher and one classroom speak to each other: two pages of ours at least');

const share = (values, part) => values[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)];
const told = (name, values) => {
  if (values.length === 0) return;
  values.sort((a, b) => a - b);
  console.log(`${name}: n ${values.length}, p50 ${share(values, 0.5)} ms, p95 ${share(values, 0.95)} ms, worst ${values.at(-1)} ms`);
};

const server = await Server.start('restart-bench');
const [one, other, pages] = [await launch('teacher'), await launch('doctor'), await host()];
const { body } = await server.ask('teacher-zhang', '/api/v1/me');
const room = body.today.find((it) => it.kind === 'class' && it.joinable).id;
const clients = { ours: [], stock: [] };

const teacher = await open(one, { first: keepGaps });
await enter(teacher, server.people['teacher-zhang'].home);
clients.ours.push(teacher);
for (const person of ['class-a', 'class-b'].slice(0, ours - 1)) {
  const page = await open(other, { first: keepGaps });
  await enter(page, server.people[person].home);
  await at(page, 'room-camera').click();
  if (person !== 'class-a') await at(page, 'room-mute').click();
  clients.ours.push(page);
}
for (let i = clients.ours.length; i < ours; i += 1) {
  const page = await open(other, { first: keepGaps });
  await page.goto(`${server.url}/#/room/${room}?token=${server.token(room, `guest-${i}`, '--subscribe')}`);
  await inRoom(page);
  clients.ours.push(page);
}
for (let i = 0; i < theirs; i += 1) {
  const token = server.token(room, `stock-${i}`);
  const options = { publish: false, room: { adaptiveStream: true }, first: keepGaps };
  clients.stock.push(await stock(other, pages.url, server, token, options));
}
const listeners = [];
for (let i = 0; i < natives; i += 1) listeners.push(await Native.join(server, server.token(room, `native-${i}`, '--subscribe'), { pictures: false }));

const service = new RoomServiceClient(server.url, server.key.name, server.key.secret);
const back = async () => {
  const people = await service.listParticipants(room);
  const names = people.map((it) => it.identity).sort();
  if (names.length !== all || people.some((it) => it.state !== 2)) throw new Error(`${names.length}: ${names}`);
  return true;
};
const measured = { ours: [], stock: [], start: [], everybody: [] };
for (let round = 0; round < rounds; round += 1) {
  await until('everybody is there', back);
  for (const page of [...clients.ours, ...clients.stock]) await soundFlows(page);
  await pause(4000);
  const killed = Date.now();
  await server.kill();
  await server.again();
  const ready = Date.now();
  measured.start.push(ready - killed);
  await until('everybody is back', back, { within: 120_000, every: 50 });
  measured.everybody.push(Date.now() - killed);
  for (const kind of ['ours', 'stock']) {
    const gaps = await Promise.all(clients[kind].map((page) => gapsOf(page, ready)));
    measured[kind].push(...gaps.map((gap) => Math.round(gap.until - killed)));
    console.log(`round ${round + 1} ${kind}: ${gaps.map((gap) => Math.round(gap.until - killed)).join(' ')}`);
  }
  for (const page of clients.stock) {
    await until('no ghost at the stock client', async () => (await page.evaluate(() => others())).length === all - 1);
  }
}
console.log(`${all} people: ${ours} of ours, ${theirs} stock, ${natives} native; ${rounds} kills`);
told('server takes calls again', measured.start);
told('ours hears again', measured.ours);
told('stock hears again', measured.stock);
told('everybody is back', measured.everybody);
await Promise.all(listeners.map((it) => it.leave()));
await Promise.all([one.close(), other.close(), pages.close()]);
await server.close();
await dispose();
