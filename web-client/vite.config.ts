import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

// Screens and replay must run on Chromium 72 and on the WebViews of its age.
const oldest = ['chrome72', 'safari14', 'firefox78'];

export default defineConfig({
  base: './',
  plugins: [preact({ prefreshEnabled: false, devToolsEnabled: false })],
  build: {
    target: oldest,
    cssTarget: oldest,
    modulePreload: { polyfill: false },
    // One style file: its chunks would each cost a round trip on a line with 400 ms of delay.
    cssCodeSplit: false,
    assetsInlineLimit: 1024,
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/replay', '/slides', '/rtc', '/line-check'].map((path) => [
        path,
        { target: 'http://127.0.0.1:8080', ws: path === '/rtc' },
      ]),
    ),
  },
});
