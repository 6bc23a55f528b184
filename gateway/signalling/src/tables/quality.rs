//! How good the lines of people are, from loss and round-trip time, in LiveKit's four words.
//!
//! | word | loss, up to | round trip, up to |
//! |---|---|---|
//! | excellent | 2 % | 250 ms |
//! | good | 8 % | 600 ms |
//! | poor | above | above |
//! | lost | nothing at all is heard of it (`pulse`) | |
//!
//! Opus with in-band FEC hides 2 %; at 8 % retransmission still repairs pictures; a talk becomes
//! hard to hold when an answer takes over half a second on its way.

use std::collections::BTreeMap;

use crate::ids::ParticipantId;
use crate::words::message::Quality;

/// Fewer packets than these say nothing about loss.
const PACKETS_MIN: u64 = 20;

/// What was heard of one participant's lines, both ways, in one window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QualityWindow {
    /// Packets that the participant sent, and how many of them never came.
    sent: u64,
    missing: u64,
    /// Reports on what it was sent: how many, and the sum of lost parts in 1/256.
    reports: u64,
    lost_256: u64,
    round_trip_ms: Option<u32>,
}

impl QualityWindow {
    /// One stream that the participant sends: `expected` packets in this window, `missing` of them.
    pub(crate) fn sends(&mut self, expected: u64, missing: u64) {
        self.sent += expected;
        self.missing += missing.min(expected);
    }

    /// One word on what the participant is sent: the part that was lost of it, in 1/256.
    pub(crate) fn loses(&mut self, lost_256: u8) {
        self.reports += 1;
        self.lost_256 += u64::from(lost_256);
    }

    /// A round trip was measured.
    pub(crate) fn round_trip(&mut self, ms: u32) {
        self.round_trip_ms = self.round_trip_ms.max(Some(ms));
    }

    /// The word for it, by the worse way.
    pub(crate) fn quality(&self) -> Quality {
        let up = match self.sent {
            sent if sent < PACKETS_MIN => 0.0,
            sent => self.missing as f64 / sent as f64,
        };
        let down = match self.reports {
            0 => 0.0,
            reports => self.lost_256 as f64 / (256.0 * reports as f64),
        };
        match (up.max(down), self.round_trip_ms.unwrap_or_default()) {
            (loss, way) if loss <= 0.02 && way <= 250 => Quality::Excellent,
            (loss, way) if loss <= 0.08 && way <= 600 => Quality::Good,
            _ => Quality::Poor,
        }
    }
}

/// Everybody's present window, and what was told of everybody.
#[derive(Debug, Default)]
pub(crate) struct Qualities {
    present: BTreeMap<ParticipantId, QualityWindow>,
    told: BTreeMap<ParticipantId, Quality>,
}

impl Qualities {
    /// The line of one participant in the present window.
    pub(crate) fn of(&mut self, who: ParticipantId) -> &mut QualityWindow {
        self.present.entry(who).or_default()
    }

    /// Somebody is lost, or found again and then as good as the present window says: what is to be told.
    pub(crate) fn turn(&mut self, who: ParticipantId, lost: bool) -> Quality {
        let found = || self.present.get(&who).copied().unwrap_or_default().quality();
        let quality = if lost { Quality::Lost } else { found() };
        self.told.insert(who, quality);
        quality
    }

    /// Ends the window, for everybody who is there, each with whether nothing is heard of it. Returns what has changed;
    /// people who are not named have gone.
    pub(crate) fn changes(
        &mut self,
        people: impl Iterator<Item = (ParticipantId, bool)>,
    ) -> Vec<(ParticipantId, Quality)> {
        let mut lines = std::mem::take(&mut self.present);
        let word = |(who, lost): (ParticipantId, bool)| match lost {
            true => (who, Quality::Lost),
            false => (who, lines.remove(&who).unwrap_or_default().quality()),
        };
        let now: BTreeMap<ParticipantId, Quality> = people.map(word).collect();
        let changed =
            |(who, quality): &(&ParticipantId, &Quality)| self.told.get(who) != Some(*quality);
        let changes = now.iter().filter(changed).map(|(who, quality)| (*who, *quality)).collect();
        self.told = now;
        changes
    }

    /// What was told of one participant.
    pub(crate) fn told(&self, who: ParticipantId) -> Option<Quality> {
        self.told.get(&who).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ParticipantId = ParticipantId(1);

    #[test]
    fn the_worse_way_decides() {
        let line = |sent: u64, missing: u64, lost: u8, way: Option<u32>| {
            let mut line = QualityWindow::default();
            line.sends(sent, missing);
            line.loses(lost);
            way.into_iter().for_each(|ms| line.round_trip(ms));
            line.quality()
        };
        assert_eq!(QualityWindow::default().quality(), Quality::Excellent);
        assert_eq!(line(1_000, 20, 0, Some(250)), Quality::Excellent);
        assert_eq!(line(1_000, 21, 0, None), Quality::Good);
        assert_eq!(line(1_000, 0, 20, None), Quality::Good, "20/256 = 7.8 %");
        assert_eq!(line(1_000, 0, 0, Some(251)), Quality::Good);
        assert_eq!(line(1_000, 81, 0, None), Quality::Poor);
        assert_eq!(line(1_000, 0, 26, None), Quality::Poor);
        assert_eq!(line(1_000, 0, 0, Some(601)), Quality::Poor);
        assert_eq!(line(19, 10, 0, None), Quality::Excellent, "too few to say");
    }

    #[test]
    fn only_changes_are_told_and_who_has_gone_is_forgotten() {
        let mut lines = Qualities::default();
        let people = |broken| [(ONE, broken)].into_iter();
        assert_eq!(lines.changes(people(false)), [(ONE, Quality::Excellent)]);
        assert_eq!(lines.changes(people(false)), []);
        lines.of(ONE).loses(64);
        assert_eq!(lines.changes(people(false)), [(ONE, Quality::Poor)]);
        assert_eq!(lines.changes(people(true)), [(ONE, Quality::Lost)]);
        assert_eq!(lines.told(ONE), Some(Quality::Lost));
        lines.of(ONE).loses(64);
        assert_eq!(lines.changes([].into_iter()), []);
        assert_eq!(lines.told(ONE), None);
        assert_eq!(lines.changes(people(false)), [(ONE, Quality::Excellent)]);
    }
}
