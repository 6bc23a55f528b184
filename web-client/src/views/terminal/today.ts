import type { DeviceSession } from '../../protocol/device.ts';

/** What a screen shows now: the session that it joins before others, and what follows it. */
export function shown(sessions: DeviceSession[], now: number): { next: DeviceSession | null; later: DeviceSession[] } {
  const ahead = sessions.filter((session) => Date.parse(session.endsAt) > now);
  const runs = (session: DeviceSession): boolean => Date.parse(session.startsAt) <= now;
  const next = ahead.find((session) => session.joins && runs(session)) ?? ahead.find((session) => session.joins) ?? ahead[0] ?? null;
  return { next, later: ahead.filter((session) => session !== next) };
}

/** `1:05:09`, `5:09` or `0:09` of so many milliseconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
