// The pictures of README.md: a consultation and a class, as they are, at most 200 kB each.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, enter, launch, open, picture, seesAndHears } from './lib/chromium.js';
import { made, repository } from './lib/places.js';
import { Server } from './lib/server.js';
import { until } from './lib/wait.js';

const folder = `${repository}deploy/pictures`;
const scratch = mkdtempSync(join(tmpdir(), 'pictures-'));

/** Takes the page with 128 colours, which is what a drawn face and a text need. */
async function take(page, name) {
  const full = join(scratch, `${name}.png`);
  const small = `${folder}/${name}.png`;
  await page.screenshot({ path: full });
  const few = 'split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none';
  execFileSync('ffmpeg', ['-y', '-v', 'error', '-i', full, '-vf', few, small]);
  console.log(`${small} ${Math.round(statSync(small).size / 1000)} kB`);
  if (statSync(small).size > 200_000) throw new Error(`${name} is over 200 kB`);
}

async function say(page, text) {
  await at(page, 'chat-input').fill(text);
  await at(page, 'chat-send').click();
}

async function consultation(server, specialists, doctors) {
  const [specialist, doctor] = await Promise.all([open(specialists), open(doctors)]);
  await Promise.all([enter(specialist, server.people['dr-wang'].home), enter(doctor, server.people['dr-li'].home)]);
  await Promise.all([seesAndHears(specialist, 'specialist'), seesAndHears(doctor, 'doctor')]);
  await say(specialist, '请把病人的血压告诉我。');
  await at(doctor, 'chat-message').first().waitFor();
  await say(doctor, '152/96,心率 88。');
  await at(specialist, 'chat-message').nth(1).waitFor();
  await take(specialist, 'consultation');
  await Promise.all([specialist.context().close(), doctor.context().close()]);
}

async function lesson(server, teachers, classrooms) {
  const teacher = await open(teachers);
  const rooms = [await open(classrooms), await open(classrooms)];
  await enter(teacher, server.people['teacher-zhang'].home);
  await Promise.all([enter(rooms[0], server.people['class-a'].home), enter(rooms[1], server.people['class-b'].home)]);
  await Promise.all(rooms.map((room) => seesAndHears(room, 'classroom')));
  await until('the teacher sees both classrooms', async () => (await picture(teacher, 'class-a')) && (await picture(teacher, 'class-b')));
  await at(teacher, 'slide-upload').setInputFiles(`${made}/lesson.pdf`);
  await at(teacher, 'slide-image').first().waitFor();
  for (let turn = 0; turn < 3; turn += 1) await at(teacher, 'slide-next').click();
  await say(rooms[1], '老师好,我们准备好了。');
  await at(rooms[0], 'hand-raise').click();
  await at(teacher, 'hand-take').waitFor();
  await until('the slide is drawn', () =>
    teacher.evaluate(() => [...document.querySelectorAll('[data-testid="slide-image"]')].every((it) => it.complete)),
  );
  await take(teacher, 'class');
}

mkdirSync(folder, { recursive: true });
const [server, first, second] = await Promise.all([Server.start('pictures'), launch('specialist'), launch('doctor')]);
const teachers = await launch('teacher');
try {
  await consultation(server, first, second);
  await lesson(server, teachers, second);
} finally {
  await Promise.all([first, second, teachers].map((browser) => browser.close()));
  await server.close();
  rmSync(scratch, { recursive: true });
}
