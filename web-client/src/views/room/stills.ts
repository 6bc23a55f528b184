import { signal } from '@preact/signals';
import { PIECE_EVERY, Pieces, pieces } from '../../protocol/stills.ts';

/** Widths and qualities that are tried until a still is small enough. */
const TRIED: [number, number][] = [
  [240, 0.6],
  [240, 0.45],
  [200, 0.35],
  [160, 0.3],
];
/** Bytes of a still. */
const MOST = 7500;
/** People whose stills are kept. */
const KEPT = 8;
/** A camera shows something within this, milliseconds. */
const SHOWS = 3000;

export interface Still {
  /** A data URL. */
  url: string;
  /** When it came, our clock. */
  atMs: number;
}

/** Still pictures of the others, and those of our own camera that others ask for. */
export class Stills {
  /** The last of each person, by identity. */
  readonly shown = signal<Record<string, Still>>({});
  private readonly coming = new Map<string, Pieces>();
  private busy = false;

  constructor(
    private readonly camera: () => MediaStreamTrack | null,
    private readonly send: (piece: Uint8Array) => boolean,
  ) {}

  /** A piece of somebody's still. */
  heard(identity: string, piece: Uint8Array): void {
    const coming = this.coming.get(identity) ?? new Pieces();
    this.coming.delete(identity);
    this.coming.set(identity, coming);
    const picture = coming.take(piece);
    if (!picture) return;
    const url = `data:image/jpeg;base64,${btoa(String.fromCharCode(...picture))}`;
    const others = Object.entries(this.shown.value).filter(([one]) => one !== identity);
    this.shown.value = Object.fromEntries([...others.slice(1 - KEPT), [identity, { url, atMs: Date.now() }]]);
    for (const one of this.coming.keys()) if (this.coming.size > KEPT) this.coming.delete(one);
  }

  /** Somebody is to have a still of us. */
  async asked(): Promise<void> {
    const camera = this.camera();
    if (!camera || this.busy) return;
    this.busy = true;
    try {
      // The pieces go one by one, with room for the voice between them.
      for (const part of (await shoot(camera)) ?? []) {
        if (this.camera() !== camera || !this.send(part)) break;
        await new Promise((done) => window.setTimeout(done, PIECE_EVERY));
      }
    } catch {
      // No still this time: the next one is asked for as this one was.
    } finally {
      this.busy = false;
    }
  }
}

/** A small still of a camera, in pieces; null if there is nothing to see. */
async function shoot(camera: MediaStreamTrack): Promise<Uint8Array[] | null> {
  const video = document.createElement('video');
  video.muted = true;
  video.setAttribute('playsinline', '');
  video.srcObject = new MediaStream([camera]);
  try {
    const shows = new Promise((done) => (video.onloadeddata = done));
    // A camera that brings nothing may leave this open for ever.
    void video.play().catch(() => undefined);
    await Promise.race([shows, new Promise((done) => window.setTimeout(done, SHOWS))]);
    return video.videoWidth > 0 ? small(video) : null;
  } finally {
    video.srcObject = null;
  }
}

function small(video: HTMLVideoElement): Uint8Array[] | null {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  for (const [width, quality] of TRIED) {
    canvas.width = width;
    canvas.height = Math.round((width * video.videoHeight) / video.videoWidth);
    pen?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const [head, text] = canvas.toDataURL('image/jpeg', quality).split(',');
    if (!head?.startsWith('data:image/jpeg') || !text) return null;
    const picture = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    if (picture.length <= MOST) return pieces(picture);
  }
  return null;
}
