// Boxes of the room page on the screens that people have: the picture has its share, nothing lies over a raised hand,
// names are whole, in both languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { at, enter, inRoom, launch, open, picture } from '../lib/chromium.js';
import { made, out } from '../lib/places.js';
import { Server } from '../lib/server.js';
import { until } from '../lib/wait.js';

const SCREENS = [
  [1280, 800],
  [360, 740],
  [740, 360],
  // 1280x800 at 200 %.
  [640, 400],
];

let server, browser, pages;

before(async () => {
  [server, browser] = await Promise.all([Server.start('layout'), launch('specialist')]);
  pages = {};
  for (const who of ['dr-wang', 'dr-li', 'teacher-zhang', 'class-a', 'class-b']) {
    pages[who] = await open(browser);
    await enter(pages[who], server.people[who].home);
  }
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** On every screen and in both languages. */
async function everywhere(page, name, look) {
  for (const [width, height] of SCREENS) {
    for (const language of ['zh', 'en']) {
      await page.setViewportSize({ width, height });
      if ((await page.evaluate(() => document.documentElement.lang)).slice(0, 2) !== language) await at(page, 'room-lang-switch').click();
      await until('the language is on the page', async () => (await page.evaluate(() => document.documentElement.lang)).startsWith(language));
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      if (process.env.PICTURES) await page.screenshot({ path: `${out}/${name}-${width}x${height}-${language}.png` });
      await look(`${name} ${width}x${height} ${language}`, width, height);
    }
  }
}

/** The part of the screen that an element takes of what is in sight, 0 to 1. */
const share = (page, selector) =>
  page.evaluate((wanted) => {
    const box = document.querySelector(wanted).getBoundingClientRect();
    const wide = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
    const high = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    return (Math.max(0, wide) * Math.max(0, high)) / (innerWidth * innerHeight);
  }, selector);

/** Names of which a part is not drawn. */
const cut = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.label > bdi, .people bdi, .hands bdi, .bar h1')]
      .filter((it) => it.offsetParent && (it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).display !== 'inline'))
      .concat([...document.querySelectorAll('.tile')].filter((it) => {
        const [label, box] = [it.querySelector('.label')?.getBoundingClientRect(), it.getBoundingClientRect()];
        return label && (label.top < box.top - 1 || label.right > box.right + 1);
      }))
      .map((it) => it.textContent),
  );

/** Whether a press in the middle of each element reaches it. */
const reached = (page, selector) =>
  page.evaluate((wanted) =>
    [...document.querySelectorAll(wanted)].map((it) => {
      const box = it.getBoundingClientRect();
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return it === hit || it.contains(hit);
    }),
  selector);

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** The least share of the screen for a picture: a fifth upright, where words stand below it, and more on its side. */
const least = (width, height) => (width > height && height <= 480 ? 0.4 : width > height ? 0.3 : 0.2);

async function fits(page, where) {
  assert.deepEqual(await cut(page), [], `${where}: cut`);
  assert.ok((await reached(page, '.controls button')).every(Boolean), `${where}: every button can be pressed`);
  assert.equal(await sideways(page), false, `${where}: nothing sticks out`);
}

test('a consultation shows the other one large on every screen', async () => {
  const page = pages['dr-wang'];
  await until('there is a picture', () => picture(page, 'dr-li'));
  await everywhere(page, 'consultation', async (where, width, height) => {
    const part = await share(page, '.stage');
    console.log(`${where}: picture ${(part * 100).toFixed(0)} %`);
    assert.ok(part >= least(width, height), `${where}: ${part}`);
    await fits(page, where);
  });
});

test('a classroom shows the slide large on every screen, also a standing one', async () => {
  const [page, teacher] = [pages['class-a'], pages['teacher-zhang']];
  await at(teacher, 'slide-upload').setInputFiles(`${made}/lesson.pdf`);
  await at(page, 'slide-image').waitFor();
  await everywhere(page, 'class', async (where, width, height) => {
    // A busy machine draws the other arrangement some pictures later.
    let part = 0;
    await until(`${where}: the slide is large`, async () => (part = await share(page, '.slide')) >= least(width, height) * 0.9);
    console.log(`${where}: slide ${(part * 100).toFixed(0)} %`);
    await fits(page, where);
  });
  // The same pages, higher than wide.
  const standing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="1527"><rect width="1080" height="1527" fill="white"/></svg>');
  await page.route('**/slides/**', (route) => route.fulfill({ contentType: 'image/svg+xml', body: standing }));
  await page.setViewportSize({ width: 1280, height: 800 });
  await at(teacher, 'slide-next').click();
  await until('the standing page is drawn', () => page.evaluate(() => document.querySelector('.slide img').naturalHeight === 1527));
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  if (process.env.PICTURES) await page.screenshot({ path: `${out}/class-standing.png` });
  const { width } = await at(page, 'slide-image').boundingBox();
  console.log(`a standing page is ${Math.round(width)} px wide of 1280`);
  assert.ok(width >= 420, `${width} px`);
});

test('a raised hand is in sight and can be taken on every screen', async () => {
  const teacher = pages['teacher-zhang'];
  await at(pages['class-b'], 'hand-raise').click();
  await at(teacher, 'hand-take').waitFor();
  await everywhere(teacher, 'teacher', async (where) => {
    await teacher.evaluate(() => document.querySelectorAll('.room, .side').forEach((it) => it.scrollTo(0, 0)));
    assert.deepEqual(await reached(teacher, '[data-testid="hand-take"]'), [true], `${where}: the hand can be taken`);
    await fits(teacher, where);
  });
  await inRoom(teacher);
});
