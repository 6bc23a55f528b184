/** Pictures made small before they go over a thin line. What a camera wrote beside the picture (where, when) is left behind. */
import { FILE_MAX, type Kind, PREVIEW_MAX } from './materials.ts';

/** The long side of a photo as it is sent, pixels, and how well it is packed. */
const PHOTO_SIDE = 2_048;
const PHOTO_QUALITY = 0.82;
/** The long side of a preview, pixels; how well it is packed at first. */
const PREVIEW_SIDE = 1_024;
const PREVIEW_QUALITY = 0.7;
const PREVIEW_TRIES = 8;

/** Why a file cannot be sent, as a word of the catalog. */
export class Unfit extends Error {
  constructor(readonly why: 'unreadable' | 'too-large' | 'wrong-type') {
    super(why);
  }
}

export interface Prepared {
  original: Blob;
  preview: Blob | null;
}

const PICTURES = ['image/jpeg', 'image/png', 'image/webp'];
const accepted: Record<Kind, string[]> = {
  photo: PICTURES,
  ecg: [...PICTURES, 'application/pdf'],
  image: [...PICTURES, 'application/dicom'],
  document: [...PICTURES, 'application/pdf'],
};

/** What a chooser of files offers for a kind. A photo may be of any picture format: it is packed anew. */
export const offered = (kind: Kind): string => (kind === 'photo' ? 'image/*' : [...accepted[kind], ...(kind === 'image' ? ['.dcm'] : [])].join());

/** What a file is, by its first bytes: browsers know no DICOM, and names lie. */
export async function typeOf(file: Blob): Promise<string> {
  const head = new Uint8Array(await new Response(file.slice(0, 132)).arrayBuffer());
  const has = (at: number, sign: string): boolean => [...sign].every((letter, i) => head[at + i] === letter.charCodeAt(0));
  if (has(0, '\xff\xd8\xff')) return 'image/jpeg';
  if (has(0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (has(0, 'RIFF') && has(8, 'WEBP')) return 'image/webp';
  if (has(0, '%PDF-')) return 'application/pdf';
  return has(128, 'DICM') ? 'application/dicom' : '';
}

/** A picture to draw, and how many quarters it is to be turned to the right. */
interface Drawn {
  image: HTMLImageElement;
  quarters: number;
}

/** Where the tags of EXIF begin, and how they are read: the marker of their segment, the tag of the orientation. */
const [APP1, ORIENTATION, SCANS] = [0xffe1, 0x0112, 0xffda];

/** Quarters to the right that a JPEG is to be turned to stand upright (EXIF 2.32, orientation 1, 6, 3, 8). */
export function quarterTurns(head: DataView): number {
  const last = head.byteLength - 12;
  for (let at = 2; at < last; at += 2 + head.getUint16(at + 2)) {
    const marker = head.getUint16(at);
    if (marker === SCANS || marker < 0xff00) return 0;
    if (marker !== APP1 || head.getUint32(at + 4) !== 0x45786966) continue;
    const tiff = at + 10;
    const little = head.getUint16(tiff) === 0x4949;
    const first = tiff + head.getUint32(tiff + 4, little);
    if (first > last) return 0;
    const count = head.getUint16(first, little);
    for (let tag = first + 2; tag < Math.min(last, first + 2 + 12 * count); tag += 12) {
      if (head.getUint16(tag, little) === ORIENTATION) return [0, 0, 0, 2, 0, 0, 1, 0, 3][head.getUint16(tag + 8, little)] ?? 0;
    }
    return 0;
  }
  return 0;
}

/** Browsers before Chromium 81 draw a picture as it lies in the file. */
const turnsItself = (): boolean => CSS.supports('image-orientation', 'from-image');

async function picture(file: Blob): Promise<Drawn> {
  const image = new Image();
  const url = URL.createObjectURL(file);
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new Unfit('unreadable');
  } finally {
    URL.revokeObjectURL(url);
  }
  const head = turnsItself() ? null : await new Response(file.slice(0, 65_536)).arrayBuffer();
  return { image, quarters: head ? quarterTurns(new DataView(head)) : 0 };
}

function packed({ image, quarters }: Drawn, side: number, quality: number): Promise<Blob | null> {
  const { naturalWidth, naturalHeight } = image;
  const share = Math.min(1, side / Math.max(naturalWidth, naturalHeight));
  const [width, height] = [Math.max(1, Math.round(naturalWidth * share)), Math.max(1, Math.round(naturalHeight * share))];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = quarters % 2 === 1 ? [height, width] : [width, height];
  const pen = canvas.getContext('2d');
  if (!pen) throw new Unfit('unreadable');
  // Where a picture lets through, JPEG would show black.
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((quarters * Math.PI) / 2);
  pen.drawImage(image, -width / 2, -height / 2, width, height);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality));
}

async function preview(drawn: Drawn): Promise<Blob | null> {
  let [side, quality] = [PREVIEW_SIDE, PREVIEW_QUALITY];
  for (let tries = 0; tries < PREVIEW_TRIES; tries += 1) {
    const made = await packed(drawn, side, quality);
    if (made && made.size <= PREVIEW_MAX) return made;
    [side, quality] = [Math.round(side * 0.85), Math.max(0.4, quality - 0.1)];
  }
  return null;
}

/** The files that are sent of one that was chosen: a photo smaller, anything else as it is, and a preview where there can be one. */
export async function prepare(file: Blob, kind: Kind): Promise<Prepared> {
  const type = await typeOf(file);
  if (kind !== 'photo' && !accepted[kind].includes(type)) throw new Unfit('wrong-type');
  if (!PICTURES.includes(type) && kind !== 'photo') {
    if (file.size > FILE_MAX) throw new Unfit('too-large');
    return { original: file.slice(0, file.size, type), preview: null };
  }
  const drawn = await picture(file);
  const whole = kind !== 'photo' && file.size <= FILE_MAX;
  const original = whole ? file.slice(0, file.size, type) : await packed(drawn, kind === 'photo' ? PHOTO_SIDE : 2 * PHOTO_SIDE, PHOTO_QUALITY);
  if (!original) throw new Unfit('unreadable');
  if (original.size > FILE_MAX) throw new Unfit('too-large');
  return { original, preview: await preview(drawn) };
}
