// A page with the stock npm livekit-client, from a server of its own as a third party would have it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { open } from './chromium.js';

const files = {
  '/': ['text/html', new URL('../stock/page.html', import.meta.url)],
  '/livekit-client.umd.js': [
    'text/javascript',
    new URL('../node_modules/livekit-client/dist/livekit-client.umd.js', import.meta.url),
  ],
};

/** The file at a path, as a browser that asks nobody is told it. */
export function stockFiles(path) {
  const found = files[path];
  return found
    ? { contentType: found[0], body: readFileSync(found[1]) }
    : { status: 404, body: '' };
}

/** Serves the page on a free port; gives { url, close }. */
export async function host() {
  const server = createServer((request, response) => {
    const found = files[request.url];
    response.writeHead(found ? 200 : 404, { 'content-type': found?.[0] ?? 'text/plain' });
    response.end(found ? readFileSync(found[1]) : '');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** A stock client in the room of `token`. */
export async function stock(browser, page_url, server, token, options = {}) {
  const page = await open(browser, { first: options.first, turn: options.turn });
  await page.goto(page_url);
  await page.evaluate(([url, pass, given]) => join(url, pass, given), [`ws://${server.http}`, token, options]);
  return page;
}
