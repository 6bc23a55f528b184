// A class is carried to its attendance: two rooms really take part in it, one of them to the end; the scheduler says which groups attend,
// the local teacher counts in two presses on a phone, and what came of it stands on one page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { looked } from '../lib/looked.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

let server, browsers, teacher, rooms, office, phone, session;

const place = (page, site) => at(page, 'attendance-place').and(page.locator(`[data-id="${site}"]`));
const press = (page, name) => at(page, name).click();

/** What the API tells of the class, by site. */
async function told(person) {
  const { status, body } = await server.ask(person, `/api/v1/sessions/${session}/attendance`);
  assert.equal(status, 200, JSON.stringify(body));
  return Object.fromEntries(body.places.map((it) => [it.siteId, it]));
}

/** A class of one minute, in five seconds; the one of the demo goes, since nobody is in two. */
async function bookClass() {
  const { body: me } = await server.ask('scheduler', '/api/v1/me');
  const standing = me.today.find((it) => it.kind === 'class');
  assert.equal((await server.ask('scheduler', `/api/v1/sessions/${standing.id}/cancel`, { method: 'POST', body: {} })).status, 200);
  const time = (s) => new Date(Date.parse(me.now) + s * 1000).toISOString();
  const person = (personId, role) => ({ personId, role });
  const participants = [person('teacher-zhang', 'lead_teacher'), person('class-a', 'classroom'), person('class-b', 'classroom')];
  const wish = { kind: 'class', title: '水的循环', startsAt: time(5), endsAt: time(66), participants };
  const made = await server.ask('scheduler', '/api/v1/sessions', { method: 'POST', body: wish });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}

before(async () => {
  [server, ...browsers] = await Promise.all([
    Server.start('attendance', { env: { SHANQIAO_SCHEDULER__GATEWAY_LOOK_S: '1' } }),
    launch('teacher'),
    launch('doctor'),
  ]);
  teacher = await open(browsers[0]);
  rooms = [await open(browsers[1]), await open(browsers[1])];
  office = await open(browsers[0]);
  phone = await open(browsers[1], { viewport: { width: 360, height: 740 } });
  session = await bookClass();
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

test('the teacher and two rooms come in, and one of them leaves after some seconds', async () => {
  const homes = ['teacher-zhang', 'class-a', 'class-b'].map((person) => server.people[person].home);
  await Promise.all([teacher, ...rooms].map((page, nth) => enter(page, homes[nth])));
  await Promise.all(rooms.map((room, nth) => seesAndHears(room, `classroom ${nth + 1}`, { frames: 10 })));
  await press(rooms[1], 'room-leave');
});

test('the scheduler adds a group and says that it attends', async () => {
  await office.goto(server.people.scheduler.home.replace('#/home', `#/attendance/${session}`));
  const first = place(office, 'village-a');
  await first.getByTestId('attendance-add').click();
  await first.getByTestId('attendance-pupils').fill('0');
  await first.getByTestId('attendance-form-send').click();
  for (const field of ['name', 'pupils', 'teacherId']) await at(office, `attendance-note-${field}`).waitFor();
  await first.getByTestId('attendance-name').fill('四年级');
  await first.getByTestId('attendance-pupils').fill('17');
  await first.getByTestId('attendance-teacher').selectOption('class-a');
  await first.getByTestId('attendance-form-send').click();
  await until('both groups are there', async () => (await first.getByTestId('attendance-tick').count()) === 2);
  const ticked = (nth) => first.getByTestId('attendance-tick').nth(nth).isChecked();
  assert.deepEqual([await ticked(0), await ticked(1)], [true, false], 'what is added here attends');
  await first.getByTestId('attendance-name-save').click();
  await first.getByTestId('attendance-roster').waitFor();
  assert.match(await first.getByTestId('attendance-roster').innerText(), /四年级 17 人.*刘老师/s);
  assert.equal(await first.getByTestId('attendance-counter').count(), 0, 'who books does not count');
});

test('the groups of one class are those of the later ones of its series, if the scheduler says so', async () => {
  const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const participants = [{ personId: 'teacher-wu', role: 'lead_teacher' }, { personId: 'class-a', role: 'classroom' }];
  const booking = { kind: 'class', title: '音乐', startsAt: `${day}T10:00:00+08:00`, endsAt: `${day}T10:40:00+08:00`, participants };
  const made = await server.ask('scheduler', '/api/v1/series', { method: 'POST', body: { booking, rule: 'FREQ=WEEKLY;COUNT=2' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const [first, second] = made.body.occurrences.map((it) => it.session.id);
  assert.equal(await at(office, 'attendance-later').count(), 0, 'the class of today is in no series');
  await office.goto(`${server.url}/#/attendance/${first}`);
  await at(office, 'attendance-tick').and(office.locator('[data-id="demo-village-a"]')).check();
  await at(office, 'attendance-later').check();
  await press(office, 'attendance-name-save');
  await at(office, 'attendance-named').waitFor();
  const { body } = await server.ask('scheduler', `/api/v1/sessions/${second}/attendance`);
  assert.deepEqual(body.places[0].groups.map((it) => it.groupId), ['demo-village-a']);
  await office.goto(`${server.url}/#/attendance/${session}`);
});

test('the local teacher counts in two presses on a phone, and sees no other place', async () => {
  await phone.goto(server.people['class-a'].home.replace('#/home', '#/day'));
  await press(phone, 'day-attendance');
  await at(phone, 'attendance-count').waitFor();
  assert.equal(await at(phone, 'attendance-count').inputValue(), '17', 'it begins with the pupils of the list');
  assert.equal(await at(phone, 'attendance-place').count(), 1);
  await press(phone, 'attendance-more');
  await press(phone, 'attendance-save');
  await at(phone, 'attendance-saved').waitFor();
  assert.match(await at(phone, 'attendance-headcount').innerText(), /点到 18 人（.*刘老师.*比名单多 1 人/s);
  await at(phone, 'attendance-count').fill('很多');
  await press(phone, 'attendance-save');
  await at(phone, 'attendance-note-count').waitFor();
  await at(phone, 'attendance-count').fill('１６');
  await at(phone, 'attendance-count').press('Enter');
  await at(phone, 'attendance-headcount').and(phone.locator('[data-count="16"]')).waitFor();
  await looked(phone, 'attendance-counted');
});

test('the room that stayed was present, and the one that left at once was not', async () => {
  const before = await told('scheduler');
  assert.equal(before['village-b'].headcount, null);
  const found = await until(
    'both rooms are told of',
    async () => {
      const now = await told('teacher-zhang');
      const known = now['village-a'].attendance === 'present' && now['village-b'].attendance === 'absent';
      return known ? now : Promise.reject(new Error(JSON.stringify(now)));
    },
    { every: 500 },
  );
  const [first, second] = [found['village-a'], found['village-b']];
  console.log(`present: ${first.receivedS} s of ${first.plannedS} received, ${first.unknownS} not known; absent: ${second.receivedS} s`);
  assert.ok(first.receivedS >= 36 && first.receivedS + first.unknownS <= first.plannedS, JSON.stringify(first));
  assert.ok(second.receivedS < 30, JSON.stringify(second));
  assert.deepEqual(Object.keys(await told('class-b')), ['village-b'], 'of a local teacher the own place alone');
});

test('the scheduler reads what came of it', async () => {
  await office.reload();
  await place(office, 'village-a').and(office.locator('[data-attendance="present"]')).waitFor();
  await place(office, 'village-b').and(office.locator('[data-attendance="absent"]')).waitFor();
  assert.match(await place(office, 'village-a').innerText(), /到课.*收到 \d+ 秒，全课 61 秒.*四年级 17 人.*点到 16 人/s);
  await looked(office, 'attendance');
  await phone.goto(server.people['dr-wang'].home.replace('#/home', `#/attendance/${session}`));
  await at(phone, 'empty').waitFor();
  // The form that was refused is told in the console as well.
  assert.deepEqual(office.faults.filter((it) => !it.includes('422')), []);
});
