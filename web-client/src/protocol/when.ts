/** Clock arithmetic in China's one time zone (UTC+8, no summer time), whatever the device is set to. */

const ZONE = 8 * 3600_000;
const two = (n: number): string => String(n).padStart(2, '0');

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

/** The wall clock in China at this instant (milliseconds since 1970). */
export function moment(ms: number): Moment {
  const d = new Date(ms + ZONE);
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

/** RFC 3339 with +08:00, `minutes` after that wall-clock time; null for an unfinished form. */
export function instant(day: string, time: string, minutes = 0): string | null {
  const start = Date.parse(`${day}T${time}:00+08:00`);
  if (Number.isNaN(start)) return null;
  const at = moment(start + minutes * 60_000);
  return `${at.day}T${at.time}:00+08:00`;
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
