/** Slide decks over the recorder's HTTP interface. */
import { parse, Problem, send, told } from './api.ts';

export interface Deck {
  deck: string;
  title: string;
  pages: number;
  width: number;
  height: number;
}

/**
 * Sends a PDF to become slides. XMLHttpRequest, because `fetch` tells nothing of how much is already sent
 * and 10 MB take minutes on a thin line.
 */
export function uploadSlides(room: string, token: string, file: File, progress: (share: number) => void): Promise<Deck> {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/slides?room=${encodeURIComponent(room)}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', 'application/pdf');
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => refuse(new Problem(0, '', 'offline'));
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status === 201 || request.status === 200) done(body as unknown as Deck);
      else refuse(told(request.status, body));
    };
    request.send(file);
  });
}

const slidesOf = (room: string): string => `/slides/${encodeURIComponent(room)}`;

/** The picture of one page of a deck that is shown in a room; it comes after `openSlides`. */
export const slideUrl = (room: string, deck: string, page: number): string =>
  `${slidesOf(room)}/${encodeURIComponent(deck)}/${page}.webp`;

/** How long `openSlides` holds at least, milliseconds. */
export const SLIDES_OPEN = 10 * 60_000;

/** Trades a room token for the cookie that pictures of its slides are fetched with. */
export const openSlides = (room: string, token: string): Promise<void> =>
  send(`${slidesOf(room)}/open`, token, { method: 'POST' });
