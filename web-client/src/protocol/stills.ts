/**
 * Still pictures over the data channel: a JPEG in pieces that fit into a datagram each, so that no voice waits behind a
 * picture. A piece begins with its place and with how many there are, a byte each.
 */

/** Bytes of the picture in one piece, and pieces of one picture: the gateway passes no more. */
export const PIECE = 1100;
const PIECES = 9;
/** Milliseconds between two pieces: 44 kbit/s. */
export const PIECE_EVERY = 200;

/** The pieces of a picture; null for one that is too large. */
export function pieces(picture: Uint8Array): Uint8Array[] | null {
  const count = Math.ceil(picture.length / PIECE);
  if (count === 0 || count > PIECES) return null;
  return Array.from({ length: count }, (_, place) => {
    const part = picture.subarray(place * PIECE, (place + 1) * PIECE);
    const piece = new Uint8Array(part.length + 2);
    piece.set([place, count]);
    piece.set(part, 2);
    return piece;
  });
}

/** Puts the pieces of one sender together again. */
export class Pieces {
  private parts: Uint8Array[] = [];
  private count = 0;

  /** The whole picture with its last piece; null before. One of which a piece is missing is given up. */
  take(piece: Uint8Array): Uint8Array | null {
    const [place, count] = piece;
    if (place === undefined || count === undefined || count > PIECES || piece.length > PIECE + 2) return null;
    if (place === 0) [this.parts, this.count] = [[], count];
    if (place !== this.parts.length || count !== this.count) {
      this.count = 0;
      return null;
    }
    this.parts.push(piece.subarray(2));
    if (this.parts.length < count) return null;
    const picture = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      picture.set(part, at);
      at += part.length;
    }
    this.count = 0;
    // A stranger's bytes are shown as the picture that they are to be, or not at all.
    return picture[0] === 0xff && picture[1] === 0xd8 ? picture : null;
  }
}
