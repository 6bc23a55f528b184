//! Round trips to the client, from its reports on the streams that the gateway sends it (RFC 3550, section 6.4.1).

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::rtp::{ReportBlock, SenderInfo};

/// Streams whose reports are remembered; above it, the one that was told longest ago is forgotten.
const MAX_STREAMS: usize = 512;
/// Reports of a stream that are remembered: the client answers to one of the last.
const MAX_REPORTS: usize = 8;
/// A longer round trip is a report about something else.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(60);

/// When each sender report went out. Every publisher has a clock of its own, and a clock may be put right at any time: a
/// report is known by the NTP time that it carried, and only the gateway's clock measures.
#[derive(Default, Debug)]
pub(super) struct SentReports(BTreeMap<u32, VecDeque<(u32, Instant)>>);

impl SentReports {
    /// A report goes out.
    pub(super) fn note(&mut self, now: Instant, info: &SenderInfo) {
        if !self.0.contains_key(&info.ssrc) && self.0.len() >= MAX_STREAMS {
            let last = |reports: &VecDeque<(u32, Instant)>| reports.back().map(|(_, at)| *at);
            let oldest =
                self.0.iter().min_by_key(|(_, reports)| last(reports)).map(|(ssrc, _)| *ssrc);
            oldest.and_then(|ssrc| self.0.remove(&ssrc));
        }
        let sent = self.0.entry(info.ssrc).or_default();
        // Under a clock that stands still a name says nothing of an earlier report.
        sent.retain(|(name, _)| *name != info.middle());
        if sent.len() >= MAX_REPORTS {
            sent.pop_front();
        }
        sent.push_back((info.middle(), now));
    }

    /// The round trip that an answer to one of the reports shows, in milliseconds.
    pub(super) fn round_trip_ms(&self, now: Instant, block: &ReportBlock) -> Option<u32> {
        let sent = self.0.get(&block.ssrc).filter(|_| block.last_report != 0)?;
        let (_, at) = sent.iter().find(|(name, _)| *name == block.last_report)?;
        let held = Duration::from_micros(u64::from(block.delay) * 1_000_000 / 65_536);
        let way = now.saturating_duration_since(*at).checked_sub(held)?;
        u32::try_from(way.as_millis()).ok().filter(|_| way < MAX_ROUND_TRIP)
    }

    pub(super) fn streams(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to count from")]
        Instant::now()
    }

    fn told(ssrc: u32, seconds: u64) -> SenderInfo {
        SenderInfo { ssrc, ntp: seconds << 32, rtp_ts: 0 }
    }

    fn answer(info: &SenderInfo, delay_ms: u32) -> ReportBlock {
        let (ssrc, last_report, delay) = (info.ssrc, info.middle(), delay_ms * 65_536 / 1_000);
        ReportBlock {
            ssrc,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest: 0,
            jitter: 0,
            last_report,
            delay,
        }
    }

    #[test]
    fn clocks_of_publishers_do_not_mix() {
        let (t, mut sent) = (start(), SentReports::default());
        let (one, other) = (told(1, 1_000), told(2, 995));
        sent.note(t, &one);
        sent.note(t + Duration::from_millis(100), &other);
        let now = t + Duration::from_millis(340);
        assert_eq!(sent.round_trip_ms(now, &answer(&one, 300)), Some(40));
        assert_eq!(sent.round_trip_ms(now, &answer(&other, 200)), Some(40));
        let crossed = ReportBlock { ssrc: 2, ..answer(&one, 300) };
        assert_eq!(sent.round_trip_ms(now, &crossed), None);
    }

    #[test]
    fn a_clock_that_is_put_right_changes_nothing() {
        let (t, mut sent) = (start(), SentReports::default());
        let (before, after) = (told(1, 10), told(1, 4_000_000_000));
        sent.note(t, &before);
        sent.note(t + Duration::from_millis(50), &after);
        let now = t + Duration::from_millis(200);
        assert_eq!(sent.round_trip_ms(now, &answer(&before, 140)), Some(60));
        assert_eq!(sent.round_trip_ms(now, &answer(&after, 90)), Some(60));
        assert_eq!(sent.round_trip_ms(now, &answer(&after, 190)), None, "held longer than it had");
        let late = now + Duration::from_secs(61);
        assert_eq!(sent.round_trip_ms(late, &answer(&after, 0)), None);
        sent.note(now, &after);
        assert_eq!(sent.round_trip_ms(now, &answer(&after, 0)), Some(0), "a clock that stands");
    }

    #[test]
    fn only_so_much_is_remembered() {
        let (t, mut sent) = (start(), SentReports::default());
        for ssrc in 0..600 {
            (0..20).for_each(|n| sent.note(t + Duration::from_secs(n), &told(ssrc, 1_000 + n)));
        }
        assert_eq!(sent.streams(), MAX_STREAMS);
        assert!(sent.0.values().all(|it| it.len() == MAX_REPORTS));
    }
}
