//! The hours in which nothing sounds.

use crate::channel::Channel;

const DAY_S: u64 = 86_400;
/// How long after the night a call comes: the short message has time to be read.
const CALL_AFTER_S: u64 = 1_800;
/// How long before the night a short message and a call come that cannot wait for the morning.
const SMS_BEFORE_S: u64 = 2_700;
const CALL_BEFORE_S: u64 = 900;

/// How many seconds the wall is ahead of UTC, from which second since 1970 on, earliest first; the first holds before it as well.
#[derive(Debug, Clone, Copy)]
pub struct Zone<'a>(pub &'a [(u64, i32)]);

impl Zone<'_> {
    /// The second of the day that the wall shows.
    fn second_of_day(self, at_s: u64) -> u64 {
        let holds = self.0.iter().rev().find(|(from_s, _)| *from_s <= at_s);
        let ahead_s = holds.or_else(|| self.0.first()).map_or(0, |(_, ahead_s)| *ahead_s);
        let shown = i128::from(at_s) + i128::from(ahead_s);
        u64::try_from(shown.rem_euclid(i128::from(DAY_S))).unwrap_or(0)
    }
}

/// The hours in which neither a short message nor a call is sent.
#[derive(Debug, Clone, Copy)]
pub struct Night<'a> {
    /// When it begins, seconds after midnight; not before noon.
    pub begins_s: u64,
    /// When it ends on the next day, seconds after midnight; not after noon.
    pub ends_s: u64,
    /// Whose wall.
    pub zone: Zone<'a>,
}

impl Default for Night<'_> {
    /// From 21:00 to 07:00 at UTC.
    fn default() -> Self {
        Self { begins_s: 21 * 3_600, ends_s: 7 * 3_600, zone: Zone(&[]) }
    }
}

impl Night<'_> {
    /// Whether it is quiet at this second.
    #[must_use]
    pub fn holds(&self, at_s: u64) -> bool {
        let second = self.zone.second_of_day(at_s);
        second >= self.begins_s || second < self.ends_s
    }

    /// The first second from `at_s` on that is not quiet.
    #[must_use]
    pub fn over_s(&self, at_s: u64) -> u64 {
        self.until(at_s, self.ends_s, |point| !self.holds(point))
    }

    /// The first second from `at_s` on that is quiet.
    #[must_use]
    pub fn next_s(&self, at_s: u64) -> u64 {
        self.until(at_s, self.begins_s, |point| self.holds(point))
    }

    /// The first point from `at_s` on that `fits`: a wall that is set meanwhile shows its second earlier or later.
    fn until(&self, at_s: u64, second: u64, fits: impl Fn(u64) -> bool) -> u64 {
        let mut point = at_s;
        for _ in 0..3 {
            if fits(point) {
                return point;
            }
            let shown = self.zone.second_of_day(point);
            point = point.saturating_add((second + DAY_S - shown) % DAY_S);
        }
        point
    }

    /// When a step that is due at `due_s` is taken so that nothing sounds in the night: then, in the morning, or on the evening
    /// before if the session begins before the morning. None if there is no such time from `now_s` on and before `start_s`.
    #[must_use]
    pub fn kept(&self, channel: Channel, due_s: u64, (now_s, start_s): (u64, u64)) -> Option<u64> {
        if !channel.sounds() || !self.holds(due_s) {
            return (due_s < start_s).then_some(due_s);
        }
        let (after_s, before_s) = match channel {
            Channel::Voice => (CALL_AFTER_S, CALL_BEFORE_S),
            _ => (0, SMS_BEFORE_S),
        };
        let morning_s = self.over_s(due_s).saturating_add(after_s);
        if morning_s < start_s && !self.holds(morning_s) {
            return Some(morning_s);
        }
        let shown = self.zone.second_of_day(due_s);
        let since_s = (shown + DAY_S - self.begins_s) % DAY_S;
        let evening_s = due_s.checked_sub(since_s)?.checked_sub(before_s)?;
        (evening_s >= now_s && !self.holds(evening_s)).then_some(evening_s)
    }
}
