/**
 * Clock arithmetic in the county's time zone, whatever the device is set to. The server names the zone; before it has
 * spoken, China's one legal time is assumed.
 */

const FIRST_ZONE = 'Asia/Shanghai';
const two = (n: number): string => String(n).padStart(2, '0');

const clockOf = (name: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    // `hourCycle` and not `hour12`: the latter makes midnight 24:00 in older engines.
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

let zone = { name: FIRST_ZONE, clock: clockOf(FIRST_ZONE) };

/** Takes the county's zone by its IANA name; `false`, and nothing changes, if this device does not know it. */
export function setZone(name: string): boolean {
  if (name === zone.name) return true;
  try {
    zone = { name, clock: clockOf(name) };
    return true;
  } catch {
    return false;
  }
}

/** The county's zone, as the server named it. */
export const zoneName = (): string => zone.name;

/** Milliseconds by which the county's wall clock is ahead of UTC at this instant (milliseconds since 1970). */
function offset(ms: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of zone.clock.formatToParts(ms)) part[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour % 24, minute, second) - Math.floor(ms / 1000) * 1000;
}

/** An offset as RFC 3339 writes it, such as `+06:00`. */
function offsetText(ms: number): string {
  const minutes = Math.abs(Math.round(ms / 60_000));
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The county's offset from UTC at this instant, such as `UTC+06:00`. */
export const offsetWords = (ms: number): string => `UTC${offsetText(offset(ms))}`;

export interface Moment {
  /** YYYY-MM-DD */
  day: string;
  /** HH:MM */
  time: string;
  /** 0 = Sunday */
  weekday: number;
  month: number;
  date: number;
}

/** The county's wall clock at this instant (milliseconds since 1970). */
export function moment(ms: number): Moment {
  // Beyond what a clock can show: the page then shows 1970 rather than nothing at all.
  const at = Number.isFinite(ms) ? ms : 0;
  const d = new Date(at + offset(at));
  const month = d.getUTCMonth() + 1;
  const date = d.getUTCDate();
  return {
    day: `${d.getUTCFullYear()}-${two(month)}-${two(date)}`,
    time: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`,
    weekday: d.getUTCDay(),
    month,
    date,
  };
}

/** RFC 3339 in the county's zone, `minutes` after that wall-clock time; null for an unfinished form. */
export function instant(day: string, time: string, minutes = 0): string | null {
  const wall = Date.parse(`${day}T${time}:00Z`);
  if (Number.isNaN(wall)) return null;
  // The offset is asked for twice, because the first guess may lie on the other side of a clock change.
  const guess = wall - offset(wall);
  const end = wall - offset(guess) + minutes * 60_000;
  const at = moment(end);
  return `${at.day}T${at.time}:00${offsetText(offset(end))}`;
}

/** The day `days` after that day (YYYY-MM-DD), by the calendar alone; the same text if it is not a day. */
export function dayAfter(day: string, days: number): string {
  const noon = Date.parse(`${day}T12:00:00Z`);
  return Number.isNaN(noon) ? day : new Date(noon + days * 86_400_000).toISOString().slice(0, 10);
}

/** `7:03` or `1:07:03`. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** The first moment of the next ten minutes, for a booking form. */
export const nextTen = (ms: number): Moment => moment(Math.ceil((ms + 1) / 600_000) * 600_000);
