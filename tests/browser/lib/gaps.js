// When a page heard nothing: gaps between the packets of sound that it has played.
import { until } from './wait.js';

/** Shorter ones are the jitter buffer's own affair, milliseconds. */
const GAP = 200;

/** For `open`: notes in the page when sound was played last, and every gap; needs the connections that `open` keeps. */
export const keepGaps = `(() => {
  const kept = { last: 0, gaps: [] };
  Object.defineProperty(window, 'keptGaps', { value: kept });
  setInterval(() => {
    for (const connection of window.keptConnections ?? []) {
      if (connection.signalingState === 'closed') continue;
      for (const receiver of connection.getReceivers()) {
        if (receiver.track.kind !== 'audio') continue;
        for (const { timestamp } of receiver.getSynchronizationSources()) {
          if (timestamp <= kept.last) continue;
          if (kept.last > 0 && timestamp - kept.last > ${GAP}) kept.gaps.push({ from: kept.last, until: timestamp });
          kept.last = timestamp;
        }
      }
    }
  }, 20);
})()`;

/** Sound is played now. */
export const soundFlows = (page) =>
  until('sound is played', () => page.evaluate(() => window.keptGaps.last > performance.timeOrigin + performance.now() - 1000));

/** The longest gap of sound that ended after `since` (Date.now), waited for: { from, until } on the same clock. */
export const gapsOf = (page, since) =>
  until('sound is played again', () =>
    page.evaluate((began) => {
      const gaps = window.keptGaps.gaps.filter((it) => it.until > began).sort((a, b) => b.until - b.from - (a.until - a.from));
      return gaps[0] ?? null;
    }, since),
  );

/** Milliseconds of the longest gap that ended after `since`; 0 if there was none worth the name. */
export const longestGap = (page, since) =>
  page.evaluate(
    (began) => Math.max(0, ...window.keptGaps.gaps.filter((it) => it.until > began).map((it) => it.until - it.from)),
    since,
  );
