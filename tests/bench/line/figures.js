// What a call came to: the figures of the table out of the rows that the pages counted.

import { PIECES } from './page.js';

/** A picture that has not moved for so long at the end of a window is frozen, seconds; the browser counts a freeze when it ends. */
const STILL_S = 1;

const round = (value, digits = 1) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : null);

/** Of sorted values the one that a part of them is at most. */
export const quantile = (values, part) => values[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? null;

/** Rows of a window, the one before its beginning included. */
function within(rows, { from, until }) {
  const first = rows.findLastIndex((it) => it.at <= from);
  return rows.slice(Math.max(0, first)).filter((it) => it.at <= until);
}

/** What one listener had in a window. */
export function listened(rows, window) {
  const part = within(rows, window);
  const [a, z] = [part[0] ?? {}, part.at(-1) ?? {}];
  const seconds = (z.at - a.at) / 1000;
  const d = (name) => (z[name] ?? 0) - (a[name] ?? 0);
  const moved = rows.findLast((it, n) => it.at <= window.until && n > 0 && it.frames > (rows[n - 1].frames ?? 0));
  const still_s = Math.min(seconds, (z.at - (moved?.at ?? a.at)) / 1000);
  const frozen_s = Math.min(seconds, d('frozen_s') + (still_s > STILL_S ? still_s : 0));
  const widths = part.filter((it, n) => n > 0 && it.frames > part[n - 1].frames).map((it) => it.width);
  return {
    fps: round(d('frames') / seconds),
    width: quantile(widths.sort((p, q) => p - q), 0.5),
    frozen_pct: round((100 * frozen_s) / seconds),
    paused_pct: round((100 * part.filter((it) => it.paused).length) / Math.max(1, part.length), 0),
    concealed_pct: round((100 * d('concealed')) / Math.max(1, d('samples')), 2),
    sound_per_s: round(d('sound_packets') / seconds),
    sound_kbit: round((d('sound_bytes') * 8) / seconds / 1000),
    video_kbit: round((d('video_bytes') * 8) / seconds / 1000),
    buffer_ms: round((1000 * d('buffer_s')) / Math.max(1, d('buffered')), 0),
    asked: d('asked'),
    repaired: d('repaired'),
    wire_kbit: round((d('bytes_in') * 8) / seconds / 1000),
  };
}

/** What the publisher sent in a window. */
export function published(rows, window) {
  const part = within(rows, window);
  const [a, z] = [part[0] ?? {}, part.at(-1) ?? {}];
  const seconds = (z.at - a.at) / 1000;
  const d = (name) => (z[name] ?? 0) - (a[name] ?? 0);
  return {
    keyframes: d('sent_keyframes'),
    sound_per_s: round(d('sent_sound_packets') / seconds),
    video_kbit: round((d('sent_video_bytes') * 8) / seconds / 1000),
  };
}

/** How long sound took from the publisher's microphone to the listener's loudspeaker, milliseconds, for marks heard in a window. */
export function delays(spoken, heard, { from, until }, round_ms) {
  const found = [];
  for (const { place, at } of heard) {
    if (at < from || at > until) continue;
    const said = spoken.findLast((it) => it.place === place && it.at <= at && at - it.at < round_ms * 0.9);
    if (said) found.push(at - said.at);
  }
  found.sort((a, b) => a - b);
  return { marks: found.length, p50: quantile(found, 0.5), p95: quantile(found, 0.95) };
}

/** How long each page of slides took to a listener, milliseconds; none: it did not come. */
export const slidesTook = (slides, pieces, each) => slides.map((at, n) => (pieces[(n + 1) * each - 1] ? pieces[(n + 1) * each - 1] - at : null));

/** When, after the line came back, sound and picture did, milliseconds. */
export function backAfter(rows, back) {
  const after = (name) => {
    const row = rows.find((it, n) => n > 0 && it.at > back && (it[name] ?? 0) > (rows[n - 1][name] ?? 0));
    return row ? row.at - back : null;
  };
  return { sound_ms: after('sound_packets'), picture_ms: after('frames') };
}

/** The row of the table. */
export function figures({ target, client, behind, link, seconds }, made, marks) {
  const { pages, counts, window, back, busy_pct, relay, slides } = made;
  const who = behind === 'sub' ? pages.thin : pages.clean;
  const thin = behind === 'pub' ? 'up' : 'down';
  const bytes = (way) => (counts.ended ? ((counts.ended[way].delivered_bytes - counts.began[way].delivered_bytes) * 8) / seconds / 1000 : null);
  const weak = behind === 'none' ? null : behind === 'sub' ? pages.thin : pages.publisher;
  const elsewhere = weak && weak.ways.filter((it) => it !== relay);
  if (elsewhere?.length) throw new Error(`packets went past the relay, to ${elsewhere}`);
  return {
    target,
    client,
    behind,
    link,
    seconds,
    ...listened(who.rows, window),
    delay: delays(pages.publisher.marks, who.marks, window, marks),
    slides_ms: slidesTook(slides, who.pieces, PIECES),
    clean: behind === 'sub' || behind === 'none' ? listened(pages.clean.rows, window) : null,
    published: published(pages.publisher.rows, window),
    line_kbit: { thin: round(bytes(thin)), back: round(bytes(thin === 'up' ? 'down' : 'up')) },
    ...(back ? { back: backAfter(who.rows, back) } : {}),
    busy_pct: round(busy_pct, 0),
    late_ms: counts.ended ? round(Math.max(counts.ended.down.late_max_us, counts.ended.up.late_max_us) / 1000) : null,
  };
}
