use super::Us;
use super::stream::Entry;
use alloc::vec::Vec;

/// Sender reports move a stream by this much at most, and only to earlier.
const REFINED_US: Us = 1_000_000;
/// A report that speaks of a time this far from the packet before it is not believed.
const FAR_US: Us = 5_000_000;
/// Reports of two streams are compared if they came within this time of each other.
const TOGETHER_US: Us = 15_000_000;
/// The most reports of a stream that are looked at, and the most streams of a publisher.
const LOOKED_AT: usize = 256;

/// A sender report, as it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Report {
    /// When it arrived, by the gateway's clock.
    pub at_us: Us,
    /// The instant that it speaks of, by the publisher's clock, microseconds since 1970.
    pub sent_us: Us,
    /// The RTP time of that instant.
    pub ts: u32,
}

impl Report {
    /// The microseconds since 1970 of an NTP timestamp (32.32 seconds since 1900); `None` for 0,
    /// which says that the sender has no clock.
    #[must_use]
    pub fn unix_us(ntp: u64) -> Option<Us> {
        const SECONDS_1900_TO_1970: i64 = 2_208_988_800;
        let seconds = i64::try_from(ntp >> 32).ok()?;
        let micros = i64::try_from(((ntp & 0xFFFF_FFFF) * 1_000_000) >> 32).ok()?;
        (ntp != 0).then_some((seconds - SECONDS_1900_TO_1970) * 1_000_000 + micros)
    }
}

/// How far the publisher's clock seems to be ahead of the gateway's, report by report: when it came,
/// and how far.
#[derive(Clone, Debug, Default)]
pub struct Ahead(Vec<(Us, Us)>);

impl Ahead {
    /// From a stream's reports and when its packets (in order of sending) were captured.
    #[must_use]
    pub fn new(rate: u32, entries: &[Entry], captured_us: &[Us], reports: &[Report]) -> Self {
        let rate = i64::from(rate.max(1));
        let ahead = |it: &Report| {
            let next = entries.partition_point(|entry| entry.at_us <= it.at_us);
            let index = next.saturating_sub(1);
            let (entry, us) = (entries.get(index)?, captured_us.get(index)?);
            let since_us = i64::from(it.ts.wrapping_sub(entry.ts).cast_signed()) * 1_000_000 / rate;
            let known = since_us.abs() <= FAR_US && (it.at_us - entry.at_us).abs() <= FAR_US;
            known.then_some((it.at_us, it.sent_us.saturating_sub(us + since_us)))
        };
        let step = reports.len().div_ceil(LOOKED_AT).max(1);
        Self(reports.iter().step_by(step).filter_map(ahead).collect())
    }

    fn near(&self, at_us: Us) -> Option<(Us, Us)> {
        let next = self.0.partition_point(|it| it.0 < at_us);
        let around = [next.checked_sub(1), Some(next)];
        let found = around.into_iter().flatten().filter_map(|it| self.0.get(it).copied());
        found.min_by_key(|it| (it.0 - at_us).abs())
    }

    /// How much later this stream's packets arrive than another's of the same publisher: 0 if they do
    /// not, or if that cannot be told.
    fn later_than(&self, other: &Self) -> Us {
        let mut all: Vec<Us> = Vec::new();
        for (at_us, ahead) in &self.0 {
            let Some((near_us, theirs)) = other.near(*at_us) else { continue };
            let later = theirs.saturating_sub(*ahead);
            if (near_us - at_us).abs() <= TOGETHER_US && later.abs() <= REFINED_US {
                all.push(later);
            }
        }
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default().max(0)
    }
}

/// By how much each stream of one publisher has to go forward so that all are in step: the publisher's
/// clock is the same for all, so what its reports say differently is how much later one is on its way
/// than another. What the clock says of the time of day is never believed.
#[must_use]
pub fn in_step(streams: &[Ahead]) -> Vec<Us> {
    let told: Vec<&Ahead> = streams.iter().filter(|it| !it.0.is_empty()).take(LOOKED_AT).collect();
    let later = |it: &Ahead| told.iter().map(|other| it.later_than(other)).max();
    streams.iter().map(|it| later(it).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const RATE: u32 = 48_000;

    /// A stream of 20 s that arrives `late_us` after its capture, with a report each second by a clock
    /// that is wrong by `wrong_us` at that moment.
    fn stream(late_us: Us, wrong_us: impl Fn(Us) -> Us) -> Ahead {
        let at = |it: i64| it * 20_000;
        let entry = |it: i64| Entry {
            seq: it,
            ts: u32::try_from(at(it) * 48 / 1_000).unwrap(),
            at_us: at(it) + late_us,
            ..Entry::default()
        };
        let entries: Vec<Entry> = (0..1_000).map(entry).collect();
        let captured: Vec<Us> = entries.iter().map(|it| it.at_us).collect();
        let report = |second: i64| Report {
            at_us: second * 1_000_000 + 30_000,
            sent_us: second * 1_000_000 + wrong_us(second * 1_000_000),
            ts: u32::try_from(second * 48_000).unwrap(),
        };
        let reports: Vec<Report> = (1..20).map(report).collect();
        Ahead::new(RATE, &entries, &captured, &reports)
    }

    #[test]
    fn ntp_time_becomes_unix_time() {
        assert_eq!(Report::unix_us((2_208_988_800 + 5) << 32 | 1 << 31), Some(5_500_000));
        assert_eq!(Report::unix_us(0), None);
    }

    #[test]
    fn sound_and_picture_are_put_in_step_whatever_the_time_of_day_is() {
        let day = 86_400_000_000;
        for wrong in [0, -20_000 * day, 7 * day] {
            let streams = [stream(30_000, |_| wrong), stream(330_000, |_| wrong)];
            assert_eq!(in_step(&streams), [0, 300_000]);
        }
    }

    #[test]
    fn a_clock_that_is_put_right_in_between_changes_nothing() {
        for by in [-1_000_000_000_000, -600_000, 600_000, 1_000_000_000_000] {
            let wrong = |at_us: Us| if at_us < 9_500_000 { by } else { 0 };
            assert_eq!(in_step(&[stream(30_000, wrong), stream(130_000, wrong)]), [0, 100_000]);
            assert_eq!(in_step(&[stream(30_000, wrong)]), [0]);
        }
    }

    #[test]
    fn a_report_moves_nothing_further_than_a_second() {
        let streams = [stream(0, |_| 0), stream(0, |_| -1_100_000)];
        assert_eq!(in_step(&streams), [0, 0]);
        assert_eq!(in_step(&[stream(0, |_| 0), stream(0, |_| -900_000)]), [0, 900_000]);
        assert_eq!(in_step(&vec![Ahead::default(); 2]), [0, 0]);
    }
}
