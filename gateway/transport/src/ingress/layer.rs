//! One received stream: its numbering, what is missing, and its receiver report.

use super::retry::{Retry, TAKEN, TRIES};
use crate::rtp::{ReportBlock, SenderInfo};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A larger jump of the sequence number is a new beginning, not a loss.
const MAX_GAP: u64 = 512;
/// Most packets of a layer that are missed at a time; beyond it the oldest are given up.
pub(super) const MAX_MISSING: usize = 256;
/// Most numbers that one NACK asks for.
pub(super) const MAX_PER_NACK: usize = 64;
/// A layer that was silent for this long is paused, or its client's line is dead: asking again would only add load.
pub(super) const SILENT: Duration = Duration::from_millis(500);
/// A gap after silence is a loss if it is no longer than this: a still screen sends a picture a second. A longer one is
/// what was sent into a dead line, and too old.
const MAX_GAP_IN_SILENCE: u64 = 16;

/// A packet that has not come.
#[derive(Debug)]
struct Missing {
    since: Instant,
    /// When it was asked for first.
    asked: Option<Instant>,
    /// When it is asked for next; never again after [`TRIES`].
    next: Instant,
    tries: u8,
    /// A copy of it has come.
    recovered: bool,
}

impl Missing {
    const fn since(now: Instant) -> Self {
        Self { since: now, asked: None, next: now, tries: 0, recovered: false }
    }

    fn taken(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) <= TAKEN
    }
}

/// A number that was not there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noted {
    /// The extended number.
    pub(super) seq: u64,
    /// When it was asked for first, if it was.
    pub(super) asked: Option<Instant>,
}

/// One simulcast layer, or the only stream of a track.
#[derive(Default, Debug)]
pub struct IngressLayer {
    /// Name in `a=rid`; `None` without simulcast.
    pub rid: Option<String>,
    /// The stream, once it has been seen or announced.
    pub ssrc: Option<u32>,
    /// Its retransmissions, once they have been seen or announced.
    pub rtx_ssrc: Option<u32>,
    /// Packets that came by retransmission.
    pub recovered: u64,
    highest: Option<u64>,
    first: u64,
    last_at: Option<Instant>,
    missing: BTreeMap<u64, Missing>,
    received: u64,
    reported: (u64, u64), // expected and received at the last report
    sender_report: Option<(u32, Instant)>,
    transit: Option<(u32, Instant, f64)>, // last timestamp, its arrival, jitter in ticks
    base: u64,
}

impl IngressLayer {
    pub(super) fn named(rid: Option<String>) -> Self {
        Self { rid, ..Self::default() }
    }

    /// The client began the layer anew under another SSRC: the extended numbers go on above the old ones.
    pub(super) fn restart(&mut self) {
        let base = self.highest.map_or(self.base, |h| (h >> 16) + 1);
        let rid = self.rid.take();
        *self = Self {
            rid,
            ssrc: self.ssrc,
            rtx_ssrc: self.rtx_ssrc,
            recovered: self.recovered,
            base,
            ..Self::default()
        };
    }

    /// Registers a sequence number (original or repaired); `None` for a duplicate, and for one that comes too late.
    pub(super) fn note(&mut self, now: Instant, seq: u16) -> Option<Noted> {
        let last_at = self.last_at.replace(now);
        let Some(highest) = self.highest else {
            let seq = ((self.base + 1) << 16) + u64::from(seq);
            (self.highest, self.first, self.received) = (Some(seq), seq, 1);
            return Some(Noted { seq, asked: None });
        };
        let delta = seq.wrapping_sub(highest as u16).cast_signed();
        let seq = highest.checked_add_signed(i64::from(delta))?;
        if seq > highest {
            let paused = last_at.is_some_and(|t| now.saturating_duration_since(t) > SILENT);
            self.missed(now, highest, seq, if paused { MAX_GAP_IN_SILENCE } else { MAX_GAP });
            self.highest = Some(seq);
        } else {
            let missing = self.missing.remove(&seq).filter(|gap| gap.taken(now))?;
            self.received += 1;
            if missing.recovered {
                return None;
            }
            return Some(Noted { seq, asked: missing.asked });
        }
        self.received += 1;
        Some(Noted { seq, asked: None })
    }

    /// The numbers between `highest` and `seq` have not come.
    fn missed(&mut self, now: Instant, highest: u64, seq: u64, max_gap: u64) {
        if seq == highest + 1 {
            return;
        }
        self.missing.retain(|_, gap| gap.taken(now));
        if seq - highest > max_gap {
            // Packets before the new beginning are not asked for, but those that are on their way are taken.
            self.missing.values_mut().for_each(|gap| gap.tries = TRIES);
            return;
        }
        self.missing.extend((highest + 1..seq).map(|seq| (seq, Missing::since(now))));
        while self.missing.len() > MAX_MISSING {
            self.missing.pop_first();
        }
    }

    /// Takes a copy of a packet that is missing; `false` if it is not.
    pub(super) fn recover(&mut self, now: Instant, seq: u64) -> bool {
        let missing = self.missing.get_mut(&seq).filter(|gap| gap.taken(now) && !gap.recovered);
        let Some(missing) = missing else { return false };
        (missing.recovered, missing.tries) = (true, TRIES);
        true
    }

    /// Interarrival jitter (RFC 3550, section 6.4.1), from packets in order only.
    pub(super) fn jitter(&mut self, now: Instant, ts: u32, clock_rate: u32) {
        let jitter = match self.transit {
            Some((last_ts, _, jitter)) if last_ts == ts => jitter, // same picture
            Some((last_ts, last_at, jitter)) => {
                let ticks =
                    now.saturating_duration_since(last_at).as_secs_f64() * f64::from(clock_rate);
                let delta = (ticks - f64::from(ts.wrapping_sub(last_ts).cast_signed())).abs();
                // A pause or a new clock is no jitter.
                if delta < f64::from(clock_rate) {
                    jitter + (delta - jitter) / 16.0
                } else {
                    jitter
                }
            }
            None => 0.0,
        };
        self.transit = Some((ts, now, jitter));
    }

    pub(super) const fn sender_report(&mut self, now: Instant, info: &SenderInfo) {
        self.sender_report = Some((info.middle(), now));
    }

    /// When the first missing packet is to be asked for.
    pub(super) fn next_nack(&self) -> Option<Instant> {
        self.missing.values().filter(|gap| gap.tries < TRIES).map(|gap| gap.next).min()
    }

    /// How many packets are missed at present.
    pub(super) fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Numbers to ask for now, ascending, at most [`MAX_PER_NACK`].
    pub(super) fn due(&mut self, now: Instant, retry: &Retry) -> Vec<u16> {
        self.missing.retain(|_, gap| gap.taken(now));
        let silent = self.last_at.is_none_or(|t| now.saturating_duration_since(t) > SILENT);
        let mut due = vec![];
        for (seq, gap) in
            self.missing.iter_mut().filter(|(_, gap)| gap.tries < TRIES && gap.next <= now)
        {
            if silent {
                gap.next = now + retry.gap(gap.tries.max(1));
            } else if !retry.in_time(now.saturating_duration_since(gap.since)) {
                gap.tries = TRIES;
            } else if due.len() < MAX_PER_NACK {
                gap.tries += 1;
                gap.asked.get_or_insert(now);
                gap.next = now + retry.gap(gap.tries);
                due.push(*seq as u16);
            }
        }
        due
    }

    /// Packets since the beginning of the stream: how many there must have been, and how many came,
    /// retransmissions among them.
    pub fn counted(&self) -> (u64, u64) {
        (self.highest.map_or(0, |highest| highest - self.first + 1), self.received)
    }

    pub(super) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        let (ssrc, highest) = (self.ssrc?, self.highest?);
        let expected = highest - self.first + 1;
        let (de, dr) = (expected - self.reported.0, self.received - self.reported.1);
        self.reported = (expected, self.received);
        let fraction = de.saturating_sub(dr).saturating_mul(256).checked_div(de).unwrap_or(0);
        let (last_report, delay) = self.sender_report.map_or((0, 0), |(middle, at)| {
            let delay =
                now.saturating_duration_since(at).as_micros().saturating_mul(65_536) / 1_000_000;
            (middle, u32::try_from(delay).unwrap_or(u32::MAX))
        });
        Some(ReportBlock {
            ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: i32::try_from(expected.saturating_sub(self.received))
                .unwrap_or(i32::MAX),
            highest: highest as u32,
            jitter: self.transit.map_or(0, |(_, _, j)| j as u32),
            last_report,
            delay,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to count from")]
        Instant::now()
    }

    fn at(t: Instant, ms: u64) -> Instant {
        t + Duration::from_millis(ms)
    }

    fn seq(noted: Option<Noted>) -> Option<u64> {
        noted.map(|it| it.seq)
    }

    #[test]
    fn a_gap_is_asked_for_at_growing_distances_and_forgotten_after_three_seconds() {
        let (t, mut layer, retry) = (start(), IngressLayer::default(), Retry::default());
        layer.note(t, 65_534);
        layer.note(t, 1);
        let mut asked = vec![];
        for now in (0..3_100).step_by(5) {
            layer.last_at = Some(at(t, now));
            let due = layer.due(at(t, now), &retry);
            assert!(due.is_empty() || due == [65_535, 0]);
            asked.extend((!due.is_empty()).then_some(now));
        }
        assert_eq!(asked, [0, 60, 180, 420, 900, 1_860]);
        assert_eq!((layer.missing(), layer.next_nack()), (0, None));
    }

    #[test]
    fn what_comes_again_is_taken_for_three_seconds() {
        for (late, taken) in [(900, true), (3_000, true), (3_001, false)] {
            let (t, mut layer) = (start(), IngressLayer::default());
            layer.note(t, 7);
            layer.note(t, 9);
            layer.due(t, &Retry::default());
            let came = layer.note(at(t, late), 8);
            assert_eq!(came.map(|it| it.asked), taken.then_some(Some(t)), "after {late} ms");
            assert_eq!(layer.note(at(t, late), 8), None, "once");
        }
    }

    #[test]
    fn a_silent_layer_is_not_asked_and_its_return_is_no_loss() {
        let (t, mut layer, retry) = (start(), IngressLayer::default(), Retry::default());
        layer.note(t, 10);
        layer.note(t, 20);
        assert_eq!(layer.due(at(t, 1), &retry).len(), 9);
        assert!(layer.due(at(t, 600), &retry).is_empty(), "silent");
        assert!(layer.next_nack() > Some(at(t, 600)), "and nobody wakes for it at once");
        layer.note(at(t, 1_400), 200);
        assert!(layer.due(at(t, 1_400), &retry).is_empty(), "what was sent into the dead line");
        assert!(layer.note(at(t, 1_500), 15).is_some(), "what was on its way is taken");
    }

    #[test]
    fn a_still_screen_that_loses_a_packet_has_it_asked_for() {
        let (t, mut layer) = (start(), IngressLayer::default());
        layer.note(t, 10);
        layer.note(at(t, 1_000), 12);
        assert_eq!(layer.due(at(t, 1_000), &Retry::default()), [11]);
    }

    #[test]
    fn a_jump_is_a_new_beginning_and_the_table_is_bounded() {
        let (t, mut layer) = (start(), IngressLayer::default());
        layer.note(t, 0);
        layer.note(t, 600);
        assert_eq!(layer.missing(), 0);
        layer.note(t, 1_100);
        assert_eq!(layer.missing(), MAX_MISSING);
        assert_eq!(layer.due(t, &Retry::default()).len(), MAX_PER_NACK);
    }

    #[test]
    fn duplicates_are_dropped_and_late_packets_are_not() {
        let (t, mut layer) = (start(), IngressLayer::default());
        assert_eq!(seq(layer.note(t, 5)), Some(65_541));
        assert_eq!(layer.note(t, 5), None);
        assert_eq!(seq(layer.note(t, 7)), Some(65_543));
        assert_eq!(seq(layer.note(t, 6)), Some(65_542));
        assert_eq!(layer.note(t, 6), None);
        layer.restart();
        assert!(seq(layer.note(t, 3)).is_some_and(|s| s > 65_543 && s as u16 == 3));
    }

    #[test]
    fn a_copy_is_taken_once_and_its_packet_is_then_a_duplicate_that_was_late() {
        let (t, mut layer) = (start(), IngressLayer { ssrc: Some(9), ..IngressLayer::default() });
        let first = seq(layer.note(t, 1)).unwrap();
        layer.note(t, 4);
        assert!(!layer.recover(t, first) && !layer.recover(t, first + 4), "has come; never was");
        assert!(layer.recover(t, first + 1) && !layer.recover(t, first + 1));
        assert_eq!(layer.due(t, &Retry::default()), [3], "what is there is not asked for");
        assert_eq!(layer.counted(), (4, 2), "the line lost it all the same");
        assert_eq!(layer.note(t, 2), None);
        assert_eq!(layer.counted(), (4, 3), "it was late");
        assert!(layer.note(t, 3).is_some() && !layer.recover(t, first + 2));
        layer.note(t, 6);
        assert!(!layer.recover(at(t, 3_001), first + 4), "nobody waits for it any more");
    }

    #[test]
    fn the_report_counts_loss() {
        let (t, mut layer) = (start(), IngressLayer { ssrc: Some(9), ..IngressLayer::default() });
        for seq in (0..100).filter(|s| s % 4 != 1) {
            layer.note(t, seq);
        }
        let block = layer.report(t).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (64, 25));
        assert_eq!((layer.counted(), IngressLayer::default().counted()), ((100, 75), (0, 0)));
        layer.note(t, 100);
        let block = layer.report(t).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 25));
    }
}
