/**
 * The binary `DataPacket` of livekit_models.proto, only the fields of a person's message:
 * DataPacket { kind=1, user=2 { payload=2, topic=4, participant_identity=5 }, participant_identity=4,
 * participant_sid=17 }. Fields of other numbers are stepped over.
 */
export interface Packet {
  /** Who sent it, as the server stamped it. */
  identity: string;
  topic: string;
  payload: Uint8Array;
}

/** Larger packets are refused in both directions: a data channel message of 64 KiB is not portable. */
export const LARGEST_PACKET = 15_000;

const utf8 = new TextEncoder();
const letters = new TextDecoder();

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}

function bytesField(field: number, value: Uint8Array): number[] {
  return [...varint(field * 8 + 2), ...varint(value.length), ...value];
}

/** Encodes a person's message; null when it is too large to send. */
export function encode(topic: string, payload: Uint8Array, reliable: boolean): Uint8Array<ArrayBuffer> | null {
  const user = [...bytesField(2, payload), ...bytesField(4, utf8.encode(topic))];
  const kind = reliable ? [] : [8, 1];
  const out = Uint8Array.from([...kind, ...bytesField(2, Uint8Array.from(user))]);
  return out.length > LARGEST_PACKET ? null : out;
}

interface Field {
  number: number;
  /** Only for length-delimited fields; empty for the others. */
  bytes: Uint8Array;
}

/** Walks one message; null when it is cut short or malformed. */
function fields(message: Uint8Array): Field[] | null {
  const out: Field[] = [];
  let at = 0;
  const next = (): number | null => {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = message[at];
      if (byte === undefined) return null;
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (at < message.length) {
    const key = next();
    if (key === null) return null;
    const wire = key % 8;
    const length = wire === 0 ? next() : wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? next() : null;
    if (length === null) return null;
    const size = wire === 0 ? 0 : length;
    if (at + size > message.length) return null;
    out.push({ number: Math.floor(key / 8), bytes: wire === 2 ? message.subarray(at, at + size) : new Uint8Array() });
    at += size;
  }
  return out;
}

const last = (all: Field[], number: number): Uint8Array | undefined =>
  all.filter((field) => field.number === number).pop()?.bytes;

/** Decodes a packet that carries a person's message; null for every other packet and for nonsense. */
export function decode(message: Uint8Array): Packet | null {
  if (message.length > LARGEST_PACKET * 4) return null;
  const outer = fields(message);
  const user = outer && last(outer, 2);
  const inner = user && fields(user);
  if (!outer || !inner) return null;
  const stamped = last(outer, 4) ?? last(inner, 5) ?? new Uint8Array();
  return {
    identity: letters.decode(stamped),
    topic: letters.decode(last(inner, 4) ?? new Uint8Array()),
    payload: last(inner, 2) ?? new Uint8Array(),
  };
}
