/** Where somebody stopped watching, by recording; kept over closed tabs. */
import type { Form } from './library.ts';

export interface Stop {
  /** Seconds. */
  at: number;
  form: Form['form'];
  /** When it was kept, milliseconds since 1970. */
  kept: number;
}

export type Stops = Record<string, Stop>;

/** The most recordings whose place is kept; over it the oldest is forgotten. */
const STOPS_MAX = 50;

/** What storage holds, read with distrust. */
export function readStops(text: string | null): Stops {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (found === null || typeof found !== 'object') return {};
  const fits = (stop: Partial<Stop> | null): stop is Stop =>
    stop !== null && Number.isFinite(stop.at) && Number.isFinite(stop.kept) && (stop.form === 'light' || stop.form === 'full');
  return Object.fromEntries(Object.entries(found as Record<string, Stop>).filter(([, stop]) => fits(stop)));
}

export function withStop(stops: Stops, id: string, stop: Stop): Stops {
  const all = Object.entries({ ...stops, [id]: stop }).sort(([, a], [, b]) => b.kept - a.kept);
  return Object.fromEntries(all.slice(0, STOPS_MAX));
}

/** The place that a link names (`?t=SECONDS&form=light`), if it names one. */
export function linked(query: URLSearchParams): { at: number | null; form: Form['form'] | null } {
  const text = query.get('t');
  const at = text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
  const form = query.get('form');
  return { at, form: form === 'light' || form === 'full' ? form : null };
}
