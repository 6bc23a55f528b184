import { signal } from '@preact/signals';

/** Where the person is: `#/room/ID?token=..` is `{ page: 'room', id: 'ID' }` with that query. */
export interface Place {
  page: string;
  id: string;
  query: URLSearchParams;
}

export function place(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', id = ''] = path.split('/');
  let plain = '';
  try {
    plain = decodeURIComponent(id);
  } catch {
    // A broken escape is an address that nothing has: the page says so.
  }
  return { page: page || 'home', id: plain, query: new URLSearchParams(query) };
}

export const here = signal<Place>(place(location.hash));

window.addEventListener('hashchange', () => {
  here.value = place(location.hash);
  window.scrollTo(0, 0);
});

export function go(to: string): void {
  location.hash = to;
}
