/** What the line of a site carries and costs: as the scheduler keeps it, and as somebody writes it. */
import type { Api } from './api.ts';
import type { Described } from './described.ts';

export interface Line {
  /** Kilobits a second that may be booked at once; null = no bound. */
  downKbps: number | null;
  upKbps: number | null;
  /** In the order of the day; a price holds until the next one begins, over midnight as well. */
  tariff: { from: string; hundredthFenPerMb: number }[];
}

/** A line while it is being written: every field is a text. */
export interface LineDraft {
  down: string;
  up: string;
  /** `price` in fen for a megabyte. */
  bands: { from: string; price: string }[];
}

/** The first field of which nothing can be made. */
export type LineFault = 'down' | 'up' | 'bands';

const path = '/api/v1/organizations/{id}/line';

/** As the server tells it: what it leaves out is not known. */
const told = ({ downKbps = null, upKbps = null, tariff = [] }: Described['Line']): Line => ({ downKbps, upKbps, tariff });

export const readLine = async (api: Api, id: string): Promise<Line> => told(await api.call('get', path, { path: { id } }));

export const writeLine = async (api: Api, id: string, body: Line): Promise<Line> =>
  told(await api.call('put', path, { path: { id }, body }));

export const lineDraft = ({ downKbps, upKbps, tariff }: Line): LineDraft => ({
  down: downKbps === null ? '' : String(downKbps),
  up: upKbps === null ? '' : String(upKbps),
  bands: tariff.map(({ from, hundredthFenPerMb }) => ({ from, price: String(hundredthFenPerMb / 100) })),
});

/** Highest capacity and price that the scheduler takes, kilobits a second and hundredths of a fen. */
const KBPS = 10_000_000;
const PRICE = 1_000_000;

/** Kilobits a second, null for an empty field, undefined for what is none. */
function capacity(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const kbps = Number(text);
  return Number.isInteger(kbps) && kbps >= 1 && kbps <= KBPS ? kbps : undefined;
}

/** What to send, or what is to be corrected. Bands are put in the order of the day; two that begin together are a fault. */
export function finishLine({ down, up, bands }: LineDraft): Line | LineFault {
  const [downKbps, upKbps] = [capacity(down), capacity(up)];
  if (downKbps === undefined) return 'down';
  if (upKbps === undefined) return 'up';
  const tariff = bands.map(({ from, price }) => ({
    from,
    hundredthFenPerMb: price.trim() === '' ? Number.NaN : Math.round(Number(price) * 100),
  }));
  tariff.sort((one, other) => one.from.localeCompare(other.from));
  const good = tariff.every(
    ({ from, hundredthFenPerMb: it }, at) =>
      /^\d\d:\d\d$/.test(from) && it >= 0 && it <= PRICE && tariff[at + 1]?.from !== from,
  );
  return good ? { downKbps, upKbps, tariff } : 'bands';
}
