// A class: a lead teacher and two village classrooms, slides from a PDF, hands, chat, replay.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, launch, open, seesAndHears } from '../lib/chromium.js';
import { made } from '../lib/places.js';
import { listed, playsBothForms, recordings, voiceIn } from '../lib/replay.js';
import { Server } from '../lib/server.js';
import { lasted, pause, until } from '../lib/wait.js';

let server, browsers, teacher, rooms, began;

before(async () => {
  [server, ...browsers] = await Promise.all([Server.start('class'), launch('teacher'), launch('doctor')]);
  teacher = await open(browsers[0]);
  rooms = [await open(browsers[1]), await open(browsers[1])];
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.close();
});

const showsPage = (page, number) =>
  until(`slide ${number} is drawn`, () =>
    page.evaluate((wanted) => {
      const image = document.querySelector(`[data-testid="slide-image"][data-page="${wanted}"]`);
      const drawn = image?.tagName === 'IMG' ? image : image?.querySelector('img');
      return Boolean(drawn?.complete && drawn.naturalWidth > 600);
    }, String(number)),
  );

test('teacher and classrooms come in and both classrooms see and hear the teacher', async () => {
  await enter(teacher, server.people['teacher-zhang'].home);
  began = Date.now();
  await Promise.all([enter(rooms[0], server.people['class-a'].home), enter(rooms[1], server.people['class-b'].home)]);
  await Promise.all(rooms.map((room, i) => seesAndHears(room, `classroom ${i + 1}`)));
});

test('an uploaded PDF is shown in step on every page', async () => {
  await at(teacher, 'slide-upload').setInputFiles(`${made}/lesson.pdf`);
  await Promise.all([teacher, ...rooms].map((page) => showsPage(page, 1)));
  for (const number of [2, 3, 4]) {
    await at(teacher, 'slide-next').click();
    await Promise.all([teacher, ...rooms].map((page) => showsPage(page, number)));
    // The replay leaves out what was up for less than a tenth of a second: nobody saw that.
    await pause(200);
  }
});

test('a classroom that comes back sees the present slide', async () => {
  await rooms[1].reload();
  await showsPage(rooms[1], 4);
  await seesAndHears(rooms[1], 'classroom 2', { frames: 20 });
});

test('a hand is raised, seen and taken', async () => {
  await at(rooms[0], 'hand-raise').click();
  await at(teacher, 'hand-take').first().click();
  await until('the hand is down', async () => (await at(teacher, 'hand-take').count()) === 0);
});

test('chat reaches everybody', async () => {
  await at(rooms[0], 'chat-input').fill('老师,云是水汽变的。');
  await at(rooms[0], 'chat-send').click();
  for (const page of [teacher, rooms[1]]) {
    await at(page, 'chat-message').filter({ hasText: '云是水汽变的' }).waitFor();
  }
});

test('a wrong file is refused in words and the slides stay', async () => {
  await at(teacher, 'slide-upload').setInputFiles(`${made}/wrong.pdf`);
  await at(teacher, 'slide-problem').waitFor();
  await showsPage(rooms[0], 4);
});

test('after the class everybody leaves, and the replay has voice with slides and voice with picture', async () => {
  await lasted(began, 24);
  for (const page of [...rooms, teacher]) await at(page, 'room-leave').click();
  const ready = await recordings(server, 'class-a');
  const recording = ready.find((it) => it.kind === 'class');
  assert.deepEqual(recording.slides.map((it) => it.page).slice(0, 4), [1, 2, 3, 4]);
  await playsBothForms(rooms[0], server.people['class-a'].home, recording);
  const { voice, other } = await voiceIn(server, 'class-a', recording, 'light', ['teacher'], 'specialist');
  console.log(`class: likeness ${voice.toFixed(2)}, a stranger's ${other.toFixed(2)}`);
  assert.ok(voice > 0.6 && voice > other + 0.1, `like the teacher's ${voice}, like a stranger's ${other}`);
});

test('the reading room of a village that took part may watch the class', async () => {
  const list = await listed(server, 'reader');
  assert.ok(list.some((it) => it.kind === 'class' && it.state === 'ready'));
});
