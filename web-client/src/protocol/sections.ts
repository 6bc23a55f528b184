/** What the server sends in one media section of its offer. */
export interface Section {
  mid: string;
  /** From `a=msid`: who (participant sid). */
  participantSid: string;
  /** From `a=msid`: which track (track sid). */
  trackSid: string;
}

/** The section's `name` attribute, e.g. `mid` of `a=mid:0`. */
const attribute = (lines: string[], name: string): string | undefined =>
  lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3);

/**
 * Reads from an offer which sections carry media to us. The SDP is asked and not the browser's track ids,
 * because a section that is used a second time keeps its old track object.
 * A stream id is `participantSid` or `participantSid|streamId`.
 */
export function sending(sdp: string): Section[] {
  const out: Section[] = [];
  for (const part of sdp.split(/\r?\nm=/).slice(1)) {
    const lines = part.split(/\r?\n/);
    const port = lines[0]?.split(' ')[1];
    const open = lines.some((line) => line === 'a=sendonly' || line === 'a=sendrecv');
    const mid = attribute(lines, 'mid');
    const msid = attribute(lines, 'msid')?.split(' ');
    const stream = msid?.[0]?.split('|');
    if (!open || port === '0' || mid === undefined || !msid || !stream?.[0]) continue;
    const second = stream[1] ?? '';
    const trackSid = second.startsWith('TR') ? second : (msid[1] ?? '');
    out.push({ mid, participantSid: stream[0], trackSid });
  }
  return out;
}

/** A description in pieces: what holds for all of it, then each section. */
const parts = (sdp: string): string[] => sdp.split(/(?=^m=)/m);

/**
 * The answer that keeps the two channels of sound apart wherever the offer says that they come (RFC 7587): browsers
 * play one channel unless their own description asks for two.
 */
export function inStereo(answer: string, offer: string): string {
  const mid = (part: string): string | undefined => attribute(part.split(/\r?\n/), 'mid');
  const wide = parts(offer).filter((part) => /^a=fmtp:\d+ .*\bsprop-stereo=1/m.test(part)).map(mid);
  return parts(answer)
    .map((part) => {
      const opus = /^a=rtpmap:(\d+) opus\//im.exec(part)?.[1];
      if (!opus || !wide.includes(mid(part)) || /[ ;]stereo=1/.test(part)) return part;
      const fmtp = new RegExp(`^(a=fmtp:${opus} [^\\r\\n]+)`, 'm');
      if (fmtp.test(part)) return part.replace(fmtp, '$1;stereo=1');
      return part.replace(new RegExp(`^(a=rtpmap:${opus} [^\\r\\n]+)`, 'm'), `$1\r\na=fmtp:${opus} stereo=1`);
    })
    .join('');
}

/**
 * The answer that asks for lost sound again wherever the offer says that it is sent again (RFC 4585): browsers do so only
 * where their own description says so.
 */
export function askingAgain(answer: string, offer: string): string {
  const mid = (part: string): string | undefined => attribute(part.split(/\r?\n/), 'mid');
  const asks = (part: string): boolean => part.startsWith('m=audio') && /^a=rtcp-fb:\d+ nack\s*$/m.test(part);
  const sent = parts(offer).filter(asks).map(mid);
  return parts(answer)
    .map((part) => {
      if (!sent.includes(mid(part)) || asks(part)) return part;
      return part.replace(/^(a=rtpmap:(\d+) opus\/[^\r\n]+)/im, '$1\r\na=rtcp-fb:$2 nack');
    })
    .join('');
}

/** The answer to our offer that asks for sound in frames of so many ms (RFC 8866): browsers send 20 ms otherwise. */
export const inFrames = (answer: string, ms: number): string =>
  parts(answer)
    .map((part) => (part.startsWith('m=audio') && !/^a=ptime:/m.test(part) ? `${part.trimEnd()}\r\na=ptime:${ms}\r\n` : part))
    .join('');

/** The answer to our offer with copies of sound (RED, RFC 2198) before plain Opus, or after it: what stands first is sent. */
export const withCopies = (answer: string, copies: boolean): string =>
  parts(answer)
    .map((part) => {
      const red = part.startsWith('m=audio') ? /^a=rtpmap:(\d+) red\//im.exec(part)?.[1] : undefined;
      if (!red) return part;
      return part.replace(/^(m=audio \S+ \S+)((?: \d+)+)/, (_all, head: string, types: string) => {
        const others = types.trim().split(' ').filter((type) => type !== red);
        return [head, ...(copies ? [red, ...others] : [...others, red])].join(' ');
      });
    })
    .join('');
