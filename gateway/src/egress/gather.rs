//! How long packets are gathered before they go to their listeners. Not at all while there is little
//! to do; up to [`HOLD_MAX`] when there is much, so that more of them leave for one address in one
//! piece, and the machine carries more rooms.

use std::time::{Duration, Instant};

/// The longest that a packet waits for others: less than the ear or a jitter buffer notices.
pub(crate) const HOLD_MAX: Duration = Duration::from_millis(4);
/// Below this share of its time at work a shard holds nothing.
const EASY: f32 = 0.15;
/// From this share on it holds for [`HOLD_MAX`].
const HARD: f32 = 0.5;
/// The system waits in whole milliseconds: a shorter hold would become one.
const GRAIN: Duration = Duration::from_millis(1);
/// How fast the share follows what happens.
const MEMORY: Duration = Duration::from_millis(250);

/// When a shard forwards what has come.
#[derive(Debug)]
pub(crate) struct Gather {
    /// The share of time at work, 0 to 1.
    load: f32,
    /// When the loop last went to wait, or came back.
    turned: Instant,
    /// When the first packet came that waits.
    first: Option<Instant>,
}

impl Gather {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { load: 0.0, turned: now, first: None }
    }

    /// The loop goes to wait: until now it worked.
    pub(crate) fn waits(&mut self, now: Instant) {
        self.turn(now, 1.0);
    }

    /// The loop has waited.
    pub(crate) fn works(&mut self, now: Instant) {
        self.turn(now, 0.0);
    }

    fn turn(&mut self, now: Instant, busy: f32) {
        let passed = now.saturating_duration_since(self.turned).as_secs_f32();
        let weight = (passed / MEMORY.as_secs_f32()).min(1.0);
        self.load += (busy - self.load) * weight;
        self.turned = now;
    }

    /// How long packets wait at present.
    pub(crate) fn hold(&self) -> Duration {
        let share = (self.load - EASY) / (HARD - EASY);
        let hold = HOLD_MAX.mul_f32(share.clamp(0.0, 1.0));
        if hold < GRAIN { Duration::ZERO } else { hold }
    }

    /// There are packets to forward: how long they may still wait; `None` if they go now.
    pub(crate) fn patience(&mut self, now: Instant) -> Option<Duration> {
        let first = *self.first.get_or_insert(now);
        let left = self.hold().checked_sub(now.saturating_duration_since(first));
        let left = left.filter(|left| !left.is_zero());
        if left.is_none() {
            self.first = None;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A shard that worked for `percent` of each of many spans of 10 ms.
    fn after(percent: u32) -> (Gather, Instant) {
        #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
        let mut now = Instant::now();
        let mut gather = Gather::new(now);
        for _ in 0..200 {
            now += 10 * MS * percent / 100;
            gather.waits(now);
            now += 10 * MS * (100 - percent) / 100;
            gather.works(now);
        }
        (gather, now)
    }

    #[test]
    fn a_shard_at_ease_holds_nothing_and_a_busy_one_four_milliseconds() {
        for (percent, least, most) in [
            (0, 0, 0),
            (10, 0, 0),
            (20, 0, 0),
            (33, 1_500, 2_500),
            (60, 4_000, 4_000),
            (100, 4_000, 4_000),
        ] {
            let hold = after(percent).0.hold().as_micros();
            assert!((least..=most).contains(&hold), "{percent} %: {hold} µs");
        }
    }

    #[test]
    fn packets_wait_from_the_first_and_leave_together() {
        let (mut gather, now) = after(90);
        assert_eq!(gather.patience(now), Some(HOLD_MAX));
        assert_eq!(gather.patience(now + 3 * MS), Some(MS));
        assert_eq!(gather.patience(now + 4 * MS), None);
        assert_eq!(gather.patience(now + 5 * MS), Some(HOLD_MAX), "the next ones");
    }

    #[test]
    fn nothing_waits_where_there_is_little_to_do() {
        let (mut gather, now) = after(5);
        assert_eq!(gather.patience(now), None);
    }

    #[test]
    fn a_shard_that_was_busy_is_at_ease_again_soon() {
        let (mut gather, now) = after(100);
        gather.waits(now);
        gather.works(now + 250 * MS);
        assert_eq!(gather.hold(), Duration::ZERO);
    }
}
