//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of the client arrived.

use crate::rtp::rtcp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long arrivals are gathered for one report, at least and at most, and before anything is known.
const GATHER_LEAST: Duration = Duration::from_millis(50);
const GATHER_MOST: Duration = Duration::from_millis(250);
/// Reports take so much of what the client sends: one of them takes some 90 bytes on the wire.
const PERCENT: u64 = 5;
const REPORT_BYTES: u64 = 90;
/// Most numbers that one feedback packet covers: it stays below 1,200 bytes.
const MAX_NUMBERS: u64 = 400;
/// Most numbers that one report covers and arrivals that it tells; a larger jump is a new beginning, not a loss.
const MAX_REPORTED: u64 = 4_000;
/// Most numbers that are remembered as lost; the oldest are forgotten, and are not told again if they come after all.
const MAX_LOST: usize = 1_000;
/// Most runs of late numbers that one report tells; further ones are told in the next.
const MAX_LATE_RUNS: usize = 16;

/// Arrivals since the last report. Each number is reported once; one that was lost is reported again if it comes late.
#[derive(Default, Debug)]
pub(super) struct Arrivals {
    times: BTreeMap<u64, Instant>,
    highest: Option<u64>,
    /// The lowest number that was ever reported, and the one after the highest.
    reported: Option<(u64, u64)>,
    lost: BTreeSet<u64>,
    base: Option<Instant>,
    count: u8,
    due: Option<Instant>,
    pace: ArrivalPace,
}

/// How much the client sends, and how often it is told by that.
#[derive(Default, Debug)]
struct ArrivalPace {
    since: Option<Instant>,
    bytes: u64,
    bytes_per_second: u64,
}

impl ArrivalPace {
    fn note(&mut self, now: Instant, bytes: usize) {
        self.since.get_or_insert(now);
        self.bytes += bytes as u64;
    }

    /// A report is made: half of what is known is what came since the one before.
    fn reported(&mut self, now: Instant) {
        let Some(since) = self.since.replace(now) else { return };
        let ms =
            u64::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(u64::MAX);
        let latest = self.bytes.saturating_mul(1_000) / ms.max(1);
        let known = self.bytes_per_second;
        self.bytes_per_second = if known == 0 { latest } else { known / 2 + latest / 2 };
        self.bytes = 0;
    }

    fn gather(&self) -> Duration {
        let ms = (REPORT_BYTES * 100_000 / PERCENT).checked_div(self.bytes_per_second);
        ms.map_or(GATHER_LEAST, Duration::from_millis).clamp(GATHER_LEAST, GATHER_MOST)
    }
}

impl Arrivals {
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn entries(&self) -> usize {
        self.times.len() + self.lost.len()
    }

    /// A packet of so many bytes came under a number.
    pub(super) fn note(&mut self, now: Instant, seq: u16, bytes: usize) {
        self.pace.note(now, bytes);
        let base = *self.base.get_or_insert(now);
        let highest = self.highest.unwrap_or(65_536 + u64::from(seq));
        let delta = seq.wrapping_sub(highest as u16).cast_signed();
        let seq = highest.saturating_add_signed(i64::from(delta));
        self.highest = Some(highest.max(seq));
        let known = |(first, next): (u64, u64)| (first..next).contains(&seq);
        let repeated = self.reported.is_some_and(known) && !self.lost.remove(&seq);
        if !repeated && (self.times.len() as u64) < MAX_REPORTED {
            self.times.entry(seq).or_insert_with(|| now.max(base));
            let due = self.due.get_or_insert(now + self.pace.gather());
            // Another one must have room.
            if self.times.len() as u64 * 2 >= MAX_REPORTED {
                *due = now;
            }
        }
    }

    /// The feedback that is due; `media` is any SSRC of the client.
    pub(super) fn feedback(&mut self, now: Instant, sender: u32, media: u32) -> Vec<Vec<u8>> {
        if self.due.take_if(|t| *t <= now).is_none() {
            return vec![];
        }
        self.pace.reported(now);
        let times = std::mem::take(&mut self.times);
        let (Some((&lowest, _)), Some((&last, _))) =
            (times.first_key_value(), times.last_key_value())
        else {
            return vec![];
        };
        let (begin, mut next) = self.reported.unwrap_or((lowest, lowest));
        let late: Vec<u64> = times.range(..next).map(|(seq, _)| *seq).collect();
        let mut packets = vec![];
        for (place, run) in late.chunk_by(|a, b| a + 1 == *b).enumerate() {
            let (Some(&first), Some(&last)) = (run.first(), run.last()) else { continue };
            if place < MAX_LATE_RUNS {
                self.write(&times, (first, last), (sender, media), &mut packets);
            } else {
                self.times.extend(times.range(first..=last).map(|(seq, at)| (*seq, *at)));
                self.due = Some(now + GATHER_LEAST);
            }
        }
        // What overtook the first of all left these behind, and they may come yet.
        let behind = (lowest..begin).rev().take(MAX_LOST);
        self.lost.extend(behind.filter(|seq| !times.contains_key(seq)));
        let jumped = last >= next + MAX_REPORTED;
        if let Some((&first, _)) = times.range(next..).next().filter(|_| jumped) {
            next = first.max(last.saturating_sub(MAX_REPORTED - 1));
        }
        if last >= next {
            let missed = (next..=last).filter(|seq| !times.contains_key(seq));
            self.lost.extend(missed);
            while self.lost.len() > MAX_LOST {
                self.lost.pop_first();
            }
            self.write(&times, (next, last), (sender, media), &mut packets);
        }
        self.reported = Some((begin.min(lowest), next.max(last + 1)));
        packets
    }

    /// Feedback on the numbers of `range`, all statuses in two-bit vectors.
    fn write(
        &mut self,
        times: &BTreeMap<u64, Instant>,
        (first, last): (u64, u64),
        (sender, media): (u32, u32),
        packets: &mut Vec<Vec<u8>>,
    ) {
        let Some(base) = self.base else { return };
        for first in (first..=last).step_by(MAX_NUMBERS as usize) {
            let range = first..=last.min(first + MAX_NUMBERS - 1);
            let known = times.range(range.clone()).next().map(|(_, at)| *at);
            let written = write(times, range, (base, known.unwrap_or(base)));
            let mut body = [sender.to_be_bytes(), media.to_be_bytes()].concat();
            body.extend_from_slice(&(first as u16).to_be_bytes());
            body.extend_from_slice(&(written.symbols.len() as u16).to_be_bytes());
            let reference = written.reference << 8 | u32::from(self.count);
            body.extend_from_slice(&reference.to_be_bytes());
            self.count = self.count.wrapping_add(1);
            for chunk in written.symbols.chunks(7) {
                let bits =
                    (0..).zip(chunk).fold(0xc000u16, |bits, (i, s)| bits | s << (12 - 2 * i));
                body.extend_from_slice(&bits.to_be_bytes());
            }
            body.extend_from_slice(&written.deltas);
            packets.push(rtcp(15, 205, &body));
        }
    }
}

/// What one feedback packet says.
struct FeedbackBody {
    /// In multiples of 64 ms.
    reference: u32,
    symbols: Vec<u16>,
    deltas: Vec<u8>,
}

fn write(
    times: &BTreeMap<u64, Instant>,
    range: std::ops::RangeInclusive<u64>,
    (base, first_at): (Instant, Instant),
) -> FeedbackBody {
    let since = |at: &Instant| at.saturating_duration_since(base);
    let periods = since(&first_at).as_millis() / 64;
    let reference = u32::try_from(periods & 0xff_ffff).unwrap_or_default();
    let mut clock = i64::try_from(periods * 256).unwrap_or(i64::MAX); // ticks of 250 us
    let (mut symbols, mut deltas) = (vec![], vec![]);
    for seq in range {
        let Some(at) = times.get(&seq) else {
            symbols.push(0u16);
            continue;
        };
        let tick = i64::try_from(since(at).as_micros() / 250).unwrap_or(i64::MAX);
        let delta =
            i16::try_from(tick - clock).unwrap_or(if tick < clock { i16::MIN } else { i16::MAX });
        clock += i64::from(delta);
        if let Ok(small) = u8::try_from(delta) {
            symbols.push(1);
            deltas.push(small);
        } else {
            symbols.push(2);
            deltas.extend_from_slice(&delta.to_be_bytes());
        }
    }
    FeedbackBody { reference, symbols, deltas }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::{half, rtcp_packets, word};
    use proptest::prelude::*;

    /// Of one packet: so many that a report is made at once.
    const BYTES: usize = 1_000_000;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to count from")]
        Instant::now()
    }

    /// The numbers of one feedback packet, with the tick at which each arrived.
    fn read(packet: &[u8]) -> Vec<(u16, Option<i64>)> {
        assert!(packet.len() < 1_300, "{}", packet.len());
        let (_, _, body) = rtcp_packets(packet).next().unwrap();
        let (first, count) = (half(body, 8).unwrap(), usize::from(half(body, 10).unwrap()));
        let mut clock = i64::from(word(body, 12).unwrap() >> 8) * 256;
        let mut place = 16 + 2 * count.div_ceil(7);
        let symbol = |i: usize| half(body, 16 + 2 * (i / 7)).unwrap() >> (12 - 2 * (i % 7)) & 3;
        let mut told = vec![];
        for i in 0..count {
            let delta = match symbol(i) {
                0 => None,
                1 => Some(i64::from(body[place])),
                _ => Some(i64::from(half(body, place).unwrap().cast_signed())),
            };
            place += usize::from(symbol(i));
            clock += delta.unwrap_or(0);
            told.push((first.wrapping_add(i as u16), delta.map(|_| clock)));
        }
        told
    }

    fn told(arrivals: &mut Arrivals, now: Instant) -> Vec<(u16, bool)> {
        let packets = arrivals.feedback(now, 1, 2);
        packets.iter().flat_map(|it| read(it)).map(|(seq, at)| (seq, at.is_some())).collect()
    }

    #[test]
    fn loss_at_the_edge_of_a_window_is_told() {
        let (t, mut arrivals) = (start(), Arrivals::default());
        let at = |ms| t + Duration::from_millis(ms);
        arrivals.note(t, 65_534, BYTES);
        assert_eq!(told(&mut arrivals, at(50)), [(65_534, true)]);
        arrivals.note(at(60), 1, BYTES);
        let lost = [(65_535, false), (0, false), (1, true)];
        assert_eq!(told(&mut arrivals, at(110)), lost);
        arrivals.note(at(120), 65_535, BYTES);
        arrivals.note(at(121), 65_535, BYTES);
        arrivals.note(at(122), 1, BYTES);
        assert_eq!(told(&mut arrivals, at(170)), [(65_535, true)], "late, and once");
        arrivals.note(at(180), 2, BYTES);
        assert_eq!(told(&mut arrivals, at(230)), [(2, true)]);
        assert!(arrivals.feedback(at(300), 1, 2).is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_a_jump_is_no_loss() {
        let (t, mut arrivals) = (start(), Arrivals::default());
        arrivals.note(t, 0, BYTES);
        told(&mut arrivals, t + GATHER_LEAST);
        for n in 1..8u64 {
            let at = t + 2 * GATHER_LEAST * n as u32;
            arrivals.note(at, (n * 30_000) as u16, BYTES);
            assert_eq!(told(&mut arrivals, at + GATHER_LEAST).len(), 1, "a new beginning");
            arrivals.note(at + GATHER_LEAST, (n * 30_000 + 3_000) as u16, BYTES);
            assert_eq!(told(&mut arrivals, at + 2 * GATHER_LEAST).len(), 3_000);
            assert!(arrivals.entries() <= MAX_LOST);
        }
    }

    /// Reports on a client that sends packets of these bytes at this distance for 20 s: bytes on the wire, and how many.
    fn reports(bytes: usize, every_ms: u64) -> (usize, usize) {
        let (t, mut arrivals, mut sizes) = (start(), Arrivals::default(), vec![]);
        for ms in 0..20_000u64 {
            let now = t + Duration::from_millis(ms);
            if ms % every_ms == 0 {
                arrivals.note(now, (ms / every_ms) as u16, bytes);
            }
            // With IP and UDP headers, and the seal.
            sizes.extend(arrivals.feedback(now, 1, 2).iter().map(|it| it.len() + 28 + 20));
        }
        (sizes.iter().sum(), sizes.len())
    }

    #[test]
    fn reports_take_a_twentieth_of_what_the_client_sends_within_bounds() {
        for (bytes, every_ms) in [(190, 60), (300, 20), (1_000, 40), (1_100, 5)] {
            let sent = bytes * 20_000 / every_ms as usize;
            let (taken, count) = reports(bytes, every_ms);
            let thin = count <= 20_000 / GATHER_MOST.as_millis() as usize;
            assert!(thin || taken * 100 <= sent * 8, "{taken} of {sent}, {count} reports");
            assert!(count >= 60, "{count} reports in 20 s");
        }
        let (_, count) = reports(1_100, 5);
        assert!((330..=400).contains(&count), "{count} reports in 20 s at 1.8 Mbit/s");
    }

    #[test]
    fn more_packets_than_one_report_tells_are_told_in_several_at_once() {
        let (t, mut arrivals, mut came) = (start(), Arrivals::default(), 0);
        for seq in 0..24_000u32 {
            arrivals.note(t, seq as u16, 1_000);
            if arrivals.poll_timeout().is_some_and(|due| due <= t) {
                let told = told(&mut arrivals, t);
                assert!(told.iter().all(|(_, came)| *came));
                came += told.len();
            }
        }
        came += told(&mut arrivals, t + GATHER_MOST).len();
        assert_eq!(came, 24_000);
    }

    #[test]
    fn the_clock_of_reports_goes_on_when_it_wraps() {
        let (t, mut arrivals) = (start(), Arrivals::default());
        // 24 bits of 64 ms.
        let around = (1u64 << 24) * 64;
        let mut ticks = vec![];
        for (seq, ms) in (0..).zip([0, around - 30, around + 10, around + 100]) {
            let now = t + Duration::from_millis(ms);
            arrivals.note(now, seq, BYTES);
            for packet in arrivals.feedback(now + GATHER_LEAST, 1, 2) {
                let (_, _, body) = rtcp_packets(&packet).next().unwrap();
                let told = crate::rtp::transport_feedback(body, 9).unwrap();
                ticks.extend(told.arrivals.into_iter().flatten().map(|it| (it, (ms * 4) as u32)));
            }
        }
        assert_eq!(ticks.len(), 4);
        assert!(ticks.iter().all(|(told, came)| told == came), "{ticks:?}");
    }

    proptest! {
        #[test]
        fn every_number_is_told_once_and_again_if_it_was_lost_and_comes_late(
            begin: u16,
            fates in proptest::collection::vec((0u8..10, 0u64..400, 1u64..12), 1..900),
            bytes in 20usize..1_500,
        ) {
            let t = start();
            // Lost, late, or in its time; and how long after the packet before it was sent.
            let mut sent_at = 0;
            let mut events: Vec<(u64, u64)> = vec![];
            for (n, (fate, late_ms, step_ms)) in (0u64..).zip(&fates) {
                sent_at += step_ms;
                match fate {
                    0 | 1 => {}
                    2 => events.push((sent_at + late_ms, n)),
                    _ => events.push((sent_at, n)),
                }
            }
            events.sort_unstable();
            let mut arrivals = Arrivals::default();
            let mut reports: BTreeMap<u64, Vec<Option<i64>>> = BTreeMap::new();
            let first = events.first().map(|(_, n)| *n);
            let mut take = |arrivals: &mut Arrivals, now: u64| {
                for packet in arrivals.feedback(t + Duration::from_millis(now), 1, 2) {
                    for (seq, at) in read(&packet) {
                        let n = u64::from(seq.wrapping_sub(begin));
                        reports.entry(n).or_default().push(at);
                    }
                }
            };
            for (at, n) in &events {
                take(&mut arrivals, *at);
                arrivals.note(t + Duration::from_millis(*at), begin.wrapping_add(*n as u16), bytes);
            }
            take(&mut arrivals, 1_000_000);
            let base = events.first().map_or(0, |(at, _)| *at);
            let came: BTreeMap<u64, u64> = events.iter().map(|(at, n)| (*n, *at)).collect();
            let Some(last) = came.keys().max() else { return Ok(()) };
            for n in first.unwrap_or(0)..=*last {
                let told = reports.get(&n).cloned().unwrap_or_default();
                let tick = came.get(&n).map(|at| ((at - base) * 4) as i64);
                let right = match tick {
                    Some(_) => told == [tick] || told == [None, tick],
                    None => told == [None],
                };
                prop_assert!(right, "{n}: {told:?}, came at {tick:?}");
            }
            for (n, told) in &reports {
                prop_assert!(n <= last, "{n} was never sent: {told:?}");
            }
        }
    }
}
