// A shared screen that stands still: who is there sees it, and so does who comes later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../lib/chromium.js';
import { Server } from '../lib/server.js';
import { host, stock } from '../lib/stock.js';
import { pause, until } from '../lib/wait.js';

let server, browser, pages;

before(async () => {
  [server, browser, pages] = await Promise.all([Server.start('still-screen'), launch('teacher'), host()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.close();
});

const enter = (room, identity) =>
  stock(browser, pages.url, server, server.token(room, identity), { publish: false });

/** Waits until a page shows a picture of the screen. */
const sees = (page, what) =>
  until(what, async () => {
    const it = await page.evaluate(() => arrived('teacher', 'screen_share'));
    return it.frames > 0 && it.width === 640 && it;
  });

for (const [draws, hint] of [[1, 'detail'], [10, 'detail'], [10, '']]) {
  test(`a canvas drawn ${draws} times, hint "${hint}", is seen by who is there and who comes later`, async () => {
    const name = `still-${draws}${hint}`;
    const teacher = await enter(name, 'teacher');
    const early = await enter(name, 'early');
    await teacher.evaluate(([draws, hint]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
      const pen = canvas.getContext('2d');
      const track = canvas.captureStream().getVideoTracks()[0];
      if (hint) track.contentHint = hint;
      let drawn = 0;
      const draw = () => {
        pen.fillStyle = '#404040';
        pen.fillRect(0, 0, 640, 360);
        pen.fillStyle = '#fff';
        pen.fillRect(20 * drawn, 20, 50, 50);
        drawn += 1;
        if (drawn < draws) setTimeout(draw, 200);
      };
      const options = { source: 'screen_share', simulcast: false, videoCodec: 'vp8' };
      return room.localParticipant.publishTrack(track, options).then(draw);
    }, [draws, hint]);
    await sees(early, 'who is there sees it');
    // Long enough for the last frame to be old.
    await pause(draws * 200 + 4_000);
    const late = await enter(name, 'late');
    const before = performance.now();
    await sees(late, 'who comes later sees it');
    console.log(`${name}: first frame for who came later after ${Math.round(performance.now() - before)} ms`);
    assert.deepEqual(await late.evaluate(() => others().sort()), ['early', 'teacher']);
    await Promise.all([teacher, early, late].map((page) => page.context().close()));
  });
}
