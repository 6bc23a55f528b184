//! One received stream: its numbering, what is missing, and its receiver report.

use crate::rtp::{ReportBlock, SenderInfo};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A missing packet is asked for again after this time.
const NACK_RETRY: Duration = Duration::from_millis(60);
/// A missing packet is asked for this often at most.
const NACK_TRIES: u8 = 8;
/// A larger jump of the sequence number is a new beginning, not a loss.
const MAX_GAP: u64 = 512;
/// Most packets of a layer that are missed at a time; beyond it the oldest are given up.
pub(super) const MAX_MISSING: usize = 256;
/// Most numbers that one NACK asks for.
pub(super) const MAX_PER_NACK: usize = 64;
/// A layer that was silent for this long is paused, or its client's line is dead: asking again would only add load.
pub(super) const SILENT: Duration = Duration::from_millis(500);

/// One simulcast layer, or the only stream of a track.
#[derive(Default, Debug)]
pub struct Layer {
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
    missing: BTreeMap<u64, (Instant, u8)>,
    received: u64,
    reported: (u64, u64), // expected and received at the last report
    sender_report: Option<(u32, Instant)>,
    transit: Option<(u32, Instant, f64)>, // last timestamp, its arrival, jitter in ticks
    base: u64,
}

impl Layer {
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

    /// Registers a sequence number (original or repaired) and answers the extended one; `None` for a duplicate.
    pub(super) fn note(&mut self, now: Instant, seq: u16) -> Option<u64> {
        let last_at = self.last_at.replace(now);
        let Some(highest) = self.highest else {
            let seq = ((self.base + 1) << 16) + u64::from(seq);
            (self.highest, self.first, self.received) = (Some(seq), seq, 1);
            return Some(seq);
        };
        let delta = seq.wrapping_sub(highest as u16).cast_signed();
        let seq = highest.checked_add_signed(i64::from(delta))?;
        if seq > highest {
            let paused = last_at.is_some_and(|t| now.saturating_duration_since(t) > SILENT);
            if paused || seq - highest > MAX_GAP {
                self.missing.clear();
            } else {
                self.missing.extend((highest + 1..seq).map(|s| (s, (now, 0))));
            }
            while self.missing.len() > MAX_MISSING {
                self.missing.pop_first();
            }
            self.highest = Some(seq);
        } else {
            self.missing.remove(&seq)?;
        }
        self.received += 1;
        Some(seq)
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
        self.missing.values().map(|(at, _)| *at).min()
    }

    /// How many packets are missed at present.
    pub(super) fn missing(&self) -> usize {
        self.missing.len()
    }

    /// Numbers to ask for now, ascending, at most [`MAX_PER_NACK`].
    pub(super) fn due(&mut self, now: Instant) -> Vec<u16> {
        if self.last_at.is_none_or(|t| now.saturating_duration_since(t) > SILENT) {
            self.missing.clear();
        }
        self.missing.retain(|_, (_, tries)| *tries < NACK_TRIES);
        let due = self.missing.iter_mut().filter(|(_, (at, _))| *at <= now).take(MAX_PER_NACK);
        due.map(|(seq, (at, tries))| {
            *at = now + NACK_RETRY;
            *tries += 1;
            *seq as u16
        })
        .collect()
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

    #[test]
    fn a_gap_is_asked_for_and_given_up_after_eight_times() {
        let (t, mut layer) = (start(), Layer::default());
        layer.note(t, 65_534);
        layer.note(t, 1);
        let mut asked = 0;
        for tick in 0..200 {
            let now = at(t, tick * 5);
            layer.last_at = Some(now);
            let due = layer.due(now);
            assert!(due.is_empty() || due == [65_535, 0]);
            asked += due.len();
        }
        assert_eq!((asked, layer.missing()), (16, 0));
    }

    #[test]
    fn a_silent_layer_is_not_asked_and_its_return_is_no_loss() {
        let (t, mut layer) = (start(), Layer::default());
        layer.note(t, 10);
        layer.note(t, 20);
        assert_eq!(layer.due(at(t, 1)).len(), 9);
        assert!(layer.due(at(t, 600)).is_empty(), "silent");
        layer.note(at(t, 1_400), 200);
        assert!(layer.due(at(t, 1_400)).is_empty(), "what was sent into the dead line is too old");
    }

    #[test]
    fn a_jump_is_a_new_beginning_and_the_table_is_bounded() {
        let (t, mut layer) = (start(), Layer::default());
        layer.note(t, 0);
        layer.note(t, 600);
        assert_eq!(layer.missing(), 0);
        layer.note(t, 1_100);
        assert_eq!(layer.missing(), MAX_MISSING);
        assert_eq!(layer.due(t).len(), MAX_PER_NACK);
    }

    #[test]
    fn duplicates_are_dropped_and_late_packets_are_not() {
        let (t, mut layer) = (start(), Layer::default());
        assert_eq!(layer.note(t, 5), Some(65_541));
        assert_eq!(layer.note(t, 5), None);
        assert_eq!(layer.note(t, 7), Some(65_543));
        assert_eq!(layer.note(t, 6), Some(65_542));
        assert_eq!(layer.note(t, 6), None);
        layer.restart();
        assert!(layer.note(t, 3).is_some_and(|s| s > 65_543 && s as u16 == 3));
    }

    #[test]
    fn the_report_counts_loss() {
        let (t, mut layer) = (start(), Layer { ssrc: Some(9), ..Layer::default() });
        for seq in (0..100).filter(|s| s % 4 != 1) {
            layer.note(t, seq);
        }
        let block = layer.report(t).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (64, 25));
        assert_eq!((layer.counted(), Layer::default().counted()), ((100, 75), (0, 0)));
        layer.note(t, 100);
        let block = layer.report(t).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 25));
    }
}
