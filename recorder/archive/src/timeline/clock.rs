use super::Us;
use super::stream::Entry;
use alloc::vec::Vec;

/// A sender report on the timeline of its stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Report {
    /// When it arrived, by the gateway's clock.
    pub at_us: Us,
    /// The instant that it speaks of, by the publisher's clock, microseconds since 1970.
    pub sent_us: Us,
    /// The RTP time of that instant, extended.
    pub ts: i64,
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

/// Reports within this span tell the publisher's least delay, so that its clock may drift.
const DELAY_SPAN_US: Us = 60_000_000;
/// Arrivals are looked at in windows of this length.
const WINDOW_US: Us = 10_000_000;
/// Two neighbouring anchors that differ by more than this do not lie on one line: the RTP clock
/// stood still or jumped between them.
const BEND_US: Us = 100_000;
/// A packet that comes later by this than the RTP clock says after the one before it: that clock
/// stood still, as that of a microphone that was off does, or the line did.
const STOOD_US: Us = 300_000;
/// A stretch of packets shorter than this does not tell which of the two it was.
const STRETCH_US: Us = 500_000;
/// Sender reports that put packets further than this from their arrival are not believed.
const ABSURD_US: Us = 3_000_000;

/// The least of (gateway's clock − publisher's clock) around `at_us` over all reports of one
/// publisher, of all its tracks, in order of arrival: the publisher's clock error and the line's
/// least delay. One for all its tracks keeps them in step.
#[must_use]
pub fn delay_of(reports: &[Report], at_us: Us) -> Us {
    let from = reports.partition_point(|it| it.at_us < at_us.saturating_sub(DELAY_SPAN_US));
    let near = reports.get(from..).unwrap_or_default().iter();
    let near = near.take_while(|it| it.at_us <= at_us.saturating_add(DELAY_SPAN_US));
    near.map(|it| it.at_us.saturating_sub(it.sent_us)).min().unwrap_or_default()
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    ts: i64,
    wall_us: Us,
}

/// When the packets of one stream were captured, by the gateway's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    rate: i64,
    anchors: Vec<Anchor>,
}

impl Clock {
    /// A clock of `rate` ticks in a second, from the reports of this stream (`own`) and of all of
    /// its publisher's (`all`, in order of arrival); from arrivals if there are no reports or if
    /// they make no sense.
    #[must_use]
    pub fn new(rate: u32, entries: &[Entry], own: &[Report], all: &[Report]) -> Self {
        let by_reports = Self::from_reports(rate, own, all);
        let absurd = |it: &&Entry| (by_reports.wall_us(it) - it.at_us).abs() > ABSURD_US;
        if by_reports.anchors.is_empty()
            || entries.iter().filter(absurd).count() * 2 > entries.len()
        {
            return Self::from_arrivals(rate, entries);
        }
        by_reports.amended(entries, own)
    }

    /// With anchors from arrivals for what was sent after the clock had stood still and before the
    /// next report, else it would lie too early.
    fn amended(mut self, entries: &[Entry], own: &[Report]) -> Self {
        let reported = |it: &[Entry]| match it {
            [first, .., last] => {
                own.iter().any(|it| (first.at_us..=last.at_us).contains(&it.at_us))
            }
            _ => true,
        };
        let unreported = stretches(self.rate, entries).filter(|it| !reported(it));
        let bent: Vec<Anchor> = unreported
            .flat_map(|it| least_late(self.rate, it))
            .filter(|it| (self.wall_us(it) - it.at_us).abs() > BEND_US)
            .map(|it| Anchor { ts: it.ts, wall_us: it.at_us })
            .collect();
        self.anchors.extend(bent);
        self.anchors.sort_by_key(|it| (it.ts, it.wall_us));
        self
    }

    fn from_reports(rate: u32, own: &[Report], all: &[Report]) -> Self {
        let wall_us = |it: &Report| it.sent_us.saturating_add(delay_of(all, it.at_us));
        let anchors = own.iter().map(|it| Anchor { ts: it.ts, wall_us: wall_us(it) }).collect();
        Self::of(rate, anchors)
    }

    fn from_arrivals(rate: u32, entries: &[Entry]) -> Self {
        let rate_us = i64::from(rate.max(1));
        let mut best: Vec<Entry> =
            stretches(rate_us, entries).flat_map(|it| least_late(rate_us, it)).collect();
        if best.is_empty() {
            best = least_late(rate_us, entries);
        }
        Self::of(rate, best.iter().map(|it| Anchor { ts: it.ts, wall_us: it.at_us }).collect())
    }

    fn of(rate: u32, mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_by_key(|it| (it.ts, it.wall_us));
        anchors.dedup_by_key(|it| it.ts);
        Self { rate: i64::from(rate.max(1)), anchors }
    }

    /// When this packet was captured. Between two anchors on one line it is interpolated; where
    /// the line bends, the anchor that fits better to the arrival counts.
    #[must_use]
    pub fn wall_us(&self, entry: &Entry) -> Us {
        let next = self.anchors.partition_point(|it| it.ts <= entry.ts);
        let after = self.anchors.get(next);
        let before = next.checked_sub(1).and_then(|it| self.anchors.get(it));
        let by = |it: &Anchor| it.wall_us.saturating_add(span_us(entry.ts - it.ts, self.rate));
        match (before, after) {
            (None, None) => entry.at_us,
            (Some(only), None) | (None, Some(only)) => by(only),
            (Some(before), Some(after)) => {
                let (early, late) = (by(before), by(after));
                if (late - early).abs() <= BEND_US {
                    let part = i128::from(entry.ts - before.ts) * i128::from(late - early);
                    let whole = i128::from((after.ts - before.ts).max(1));
                    early + i64::try_from(part / whole).unwrap_or_default()
                } else if (early - entry.at_us).abs() <= (late - entry.at_us).abs() {
                    early
                } else {
                    late
                }
            }
        }
    }
}

/// The stretches, not the short ones, between which the RTP clock may have stood still.
fn stretches(rate: i64, entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    let goes_on =
        move |a: &Entry, b: &Entry| b.at_us - a.at_us - span_us(b.ts - a.ts, rate) < STOOD_US;
    let long = move |it: &&[Entry]| match it {
        [first, .., last] => span_us(last.ts - first.ts, rate) >= STRETCH_US,
        _ => false,
    };
    entries.chunk_by(goes_on).filter(long)
}

/// The least late packet of each window.
fn least_late(rate: i64, entries: &[Entry]) -> Vec<Entry> {
    let mut best: Vec<(Us, Entry)> = Vec::new();
    let late = |it: &Entry| it.at_us - span_us(it.ts, rate);
    for here in entries {
        let window = here.at_us.div_euclid(WINDOW_US);
        match best.last_mut() {
            Some((last, entry)) if *last == window => {
                if late(here) < late(entry) {
                    *entry = *here;
                }
            }
            _ => best.push((window, *here)),
        }
    }
    // A last window of a moment says less of the line's least delay than the one before it.
    if let ([.., (before, _), (last, _)], Some(end)) = (best.as_slice(), entries.last())
        && *last == before + 1
        && end.at_us - last * WINDOW_US < WINDOW_US / 4
    {
        best.pop();
    }
    best.into_iter().map(|(_, it)| it).collect()
}

/// The span of `ticks`, saturating where a broken stream would overflow.
fn span_us(ticks: i64, rate: i64) -> Us {
    i64::try_from(i128::from(ticks) * 1_000_000 / i128::from(rate)).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Part, Place};
    use alloc::vec;

    fn entry(ts: i64, at_us: Us) -> Entry {
        Entry {
            seq: ts,
            ts,
            at_us,
            payload: Place::default(),
            packet: Place::default(),
            marker: true,
            part: Part::default(),
        }
    }

    #[test]
    fn ntp_time_becomes_unix_time() {
        assert_eq!(Report::unix_us((2_208_988_800 + 5) << 32 | 1 << 31), Some(5_500_000));
        assert_eq!(Report::unix_us(0), None);
    }

    #[test]
    fn sound_and_picture_of_one_publisher_keep_step_though_its_clock_is_wrong() {
        let wrong = 7_200_000_000;
        let report = |at_us, sent: Us, ts| Report { at_us, sent_us: sent + wrong, ts };
        let sound =
            vec![report(1_030_000, 1_000_000, 48_000), report(6_080_000, 6_000_000, 288_000)];
        let picture = vec![report(2_050_000, 2_000_000, 180_000)];
        let mut all = [sound.clone(), picture.clone()].concat();
        all.sort_by_key(|it| it.at_us);
        let heard = entry(3 * 48_000, 3_100_000);
        let seen = entry(3 * 90_000, 3_400_000);
        let sound = Clock::new(48_000, &[heard], &sound, &all).wall_us(&heard);
        let picture = Clock::new(90_000, &[seen], &picture, &all).wall_us(&seen);
        assert_eq!(sound, picture);
        assert_eq!(sound, 3_030_000);
    }

    #[test]
    fn without_reports_the_least_delayed_arrival_counts() {
        let entries: Vec<Entry> = (0..500)
            .map(|it| entry(it * 960, it * 20_000 + 40_000 + if it % 7 == 0 { 0 } else { 30_000 }))
            .collect();
        let clock = Clock::new(48_000, &entries, &[], &[]);
        assert!(
            entries.iter().all(|it| (clock.wall_us(it) - it.ts * 1_000 / 48 - 40_000).abs() < 100)
        );
    }

    #[test]
    fn a_drifting_clock_is_followed() {
        let entries: Vec<Entry> =
            (0..180_000).map(|it| entry(it * 960, it * 20_000 + it * 20 / 10)).collect();
        let clock = Clock::new(48_000, &entries, &[], &[]);
        let worst = entries.iter().map(|it| (clock.wall_us(it) - it.at_us).abs()).max();
        assert!(worst.unwrap() < 5_000, "{worst:?}");
    }

    #[test]
    fn a_clock_that_stood_still_does_not_stretch_what_was_said() {
        let mut entries: Vec<Entry> = (0..250).map(|it| entry(it * 960, it * 20_000)).collect();
        entries.extend((250..500).map(|it| entry(it * 960, it * 20_000 + 60_000_000)));
        let clock = Clock::new(48_000, &entries, &[], &[]);
        assert!(entries.iter().all(|it| (clock.wall_us(it) - it.at_us).abs() < 1_000));
    }

    #[test]
    fn what_follows_a_clock_that_stood_still_keeps_its_place_before_the_next_report() {
        let mut entries: Vec<Entry> = (0..400).map(|it| entry(it * 960, it * 20_000)).collect();
        entries.extend((400..500).map(|it| entry(it * 960, it * 20_000 + 2_000_000)));
        for reports in [vec![], vec![Report { at_us: 5_000_000, sent_us: 5_000_000, ts: 240_000 }]]
        {
            let clock = Clock::new(48_000, &entries, &reports, &reports);
            assert!(entries.iter().all(|it| (clock.wall_us(it) - it.at_us).abs() < 1_000));
        }
    }

    #[test]
    fn a_line_that_stood_still_moves_nothing() {
        let arrives = |it: i64| match it {
            200..240 => 4_800_000 + it,
            _ => it * 20_000,
        };
        let entries: Vec<Entry> = (0..400).map(|it| entry(it * 960, arrives(it))).collect();
        for reports in [vec![], vec![Report { at_us: 2_000_000, sent_us: 2_000_000, ts: 96_000 }]] {
            let clock = Clock::new(48_000, &entries, &reports, &reports);
            let off = |it: &Entry| (clock.wall_us(it) - it.ts * 1_000 / 48).abs();
            assert!(entries.iter().all(|it| off(it) < 1_000));
        }
    }

    #[test]
    fn reports_that_make_no_sense_are_not_believed() {
        let entries: Vec<Entry> = (0..100).map(|it| entry(it * 960, it * 20_000)).collect();
        let absurd = [Report { at_us: 0, sent_us: 0, ts: 48_000_000 }];
        let clock = Clock::new(48_000, &entries, &absurd, &absurd);
        assert_eq!(clock.wall_us(&entries[50]), 1_000_000);
    }
}
