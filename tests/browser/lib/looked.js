// What a person sees of a page, and what a camera reads of it.
import assert from 'node:assert/strict';
import jsQR from 'jsqr';
import { at } from './chromium.js';
import { out } from './places.js';
import { until } from './wait.js';

/** What people may expect of any page on a phone and on a screen, in both languages. */
export async function looked(page, name) {
  const before = page.viewportSize();
  for (const language of ['zh', 'en']) {
    const lang = () => page.evaluate(() => document.documentElement.lang.slice(0, 2));
    if ((await lang()) !== language) await at(page, 'lang-switch').click();
    await until('the language is on the page', async () => (await lang()) === language);
    for (const [width, height] of [[360, 740], [1280, 800]]) {
      await page.setViewportSize({ width, height });
      if (process.env.PICTURES) await page.screenshot({ path: `${out}/${name}-${width}-${language}.png`, fullPage: true });
      const faults = await page.evaluate(() => {
        const shown = [...document.querySelectorAll('main *')].filter((it) => it.offsetParent);
        const large = 'button, .button, input:not([type=checkbox]):not([type=radio]):not(.sr), select, textarea, label.choice';
        const small = shown.filter((it) => it.matches(large) && it.getBoundingClientRect().height < 47.5);
        const fine = shown.filter((it) => it.textContent.trim() && parseFloat(getComputedStyle(it).fontSize) < 16);
        const nameless = shown.filter((it) => it.matches('input, select, textarea') && !it.closest('label') && !it.ariaLabel);
        const wide = document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [];
        return [...small, ...fine, ...nameless, ...wide].map((it) => it.outerHTML.slice(0, 120));
      });
      assert.deepEqual(faults, [], `${name} ${width} ${language}`);
    }
  }
  await at(page, 'lang-switch').click();
  await page.setViewportSize(before);
}

/** What a camera reads in the square code on the page. */
export async function scanned(page) {
  const png = (await at(page, 'slip-code').screenshot()).toString('base64');
  const { data, width, height } = await page.evaluate(async (text) => {
    const image = Object.assign(new Image(), { src: `data:image/png;base64,${text}` });
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return { width: image.width, height: image.height, data: [...pen.getImageData(0, 0, image.width, image.height).data] };
  }, png);
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}
