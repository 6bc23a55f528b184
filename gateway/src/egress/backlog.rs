//! What waits for one listener on its reliable data channel, and what that means for those who send.

use std::time::{Duration, Instant};

/// With more bytes waiting than this, senders are held back.
pub(crate) const HIGH: usize = 256 * 1024;
/// Until so few wait.
pub(crate) const LOW: usize = 128 * 1024;
/// A listener that takes nothing for so long is stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(10);
/// And so is one that does not come down to [`LOW`] in this time: it takes less than some 5 kB a second.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What can be left out is not queued behind more bytes than these.
const SPARE: usize = 16 * 1024;

/// Whether what can be left out is queued behind so many bytes.
pub(crate) const fn takes_spare(waiting: usize) -> bool {
    waiting <= SPARE
}

/// How a listener takes reliable data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readiness {
    /// As it comes.
    AtOnce,
    /// More slowly: senders wait.
    Slowly,
    /// Not at all: others do not wait for it any more, and messages for it are dropped until it has caught up.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Behind {
    since: Instant,
    taken: u64,
    moved_at: Instant,
}

/// One listener's reliable channel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChannelBacklog {
    /// Bytes that were queued, ever.
    queued: u64,
    behind: Option<Behind>,
    stuck: bool,
}

impl ChannelBacklog {
    /// A message was queued.
    pub(crate) fn queue(&mut self, bytes: usize) {
        self.queued += bytes as u64;
    }

    /// How the listener takes data, with `waiting` bytes not acknowledged at present.
    pub(crate) fn look(&mut self, now: Instant, waiting: usize) -> Readiness {
        if waiting <= LOW {
            (self.behind, self.stuck) = (None, false);
            return Readiness::AtOnce;
        }
        if self.stuck {
            return Readiness::Nothing;
        }
        let taken = self.queued.saturating_sub(waiting as u64);
        let Some(behind) = &mut self.behind else {
            if waiting <= HIGH {
                return Readiness::AtOnce;
            }
            self.behind = Some(Behind { since: now, taken, moved_at: now });
            return Readiness::Slowly;
        };
        if taken > behind.taken {
            (behind.taken, behind.moved_at) = (taken, now);
        }
        let passed = |since| now.saturating_duration_since(since);
        self.stuck = passed(behind.moved_at) >= STUCK || passed(behind.since) >= PATIENCE;
        if self.stuck { Readiness::Nothing } else { Readiness::Slowly }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    /// How a listener takes that is given a message of 15 kB whenever it is not behind, for two minutes.
    fn feed(bytes_per_s: usize) -> (usize, usize, usize) {
        let (start, mut backlog) = (start(), ChannelBacklog::default());
        let (mut waiting, mut sent, mut skipped, mut most) = (0usize, 0, 0, 0);
        for ms in (0..120_000).step_by(50) {
            let now = start + Duration::from_millis(ms);
            waiting = waiting.saturating_sub(bytes_per_s / 20);
            while backlog.look(now, waiting) == Readiness::AtOnce {
                backlog.queue(15_000);
                (waiting, sent) = (waiting + 15_000, sent + 1);
            }
            skipped += usize::from(backlog.look(now, waiting) == Readiness::Nothing);
            most = most.max(waiting);
        }
        (sent, skipped, most)
    }

    #[test]
    fn a_slow_listener_gets_all_at_its_own_pace() {
        for bytes_per_s in [8_000, 120_000, 1_000_000] {
            let (sent, skipped, most) = feed(bytes_per_s);
            assert!(sent * 15_000 >= bytes_per_s * 110, "{sent} at {bytes_per_s}");
            assert_eq!(skipped, 0, "{bytes_per_s}");
            assert!(most <= HIGH + 15_000);
        }
    }

    #[test]
    fn one_that_takes_nothing_holds_nobody_for_longer_than_ten_seconds() {
        let (start, mut backlog) = (start(), ChannelBacklog::default());
        let at = |s: u64| start + Duration::from_secs(s);
        backlog.queue(2 * HIGH);
        let takes = [0, 9, 10, 60].map(|s| backlog.look(at(s), 2 * HIGH));
        assert_eq!(
            takes,
            [Readiness::Slowly, Readiness::Slowly, Readiness::Nothing, Readiness::Nothing]
        );
        assert_eq!(backlog.look(at(61), HIGH), Readiness::Nothing, "not yet");
        assert_eq!(backlog.look(at(62), LOW), Readiness::AtOnce, "it has caught up");
        assert!(feed(2_000).1 > 0, "and neither does one that takes next to nothing");
    }

    #[test]
    fn what_others_send_meanwhile_is_no_standstill() {
        let (start, mut backlog) = (start(), ChannelBacklog::default());
        let (mut waiting, mut now) = (2 * HIGH, start);
        backlog.queue(waiting);
        for _ in 0..25 {
            assert_eq!(backlog.look(now, waiting), Readiness::Slowly);
            // As much comes from others as it takes.
            now += Duration::from_secs(1);
            backlog.queue(5_000);
            waiting += 5_000 - 5_000;
        }
    }

    #[test]
    fn what_can_be_left_out_does_not_pile_up() {
        const PIECE: usize = 1_300;
        for bytes_per_s in [0, 100, 1_000, 50_000] {
            let (mut waiting, mut most, mut left_out) = (0_usize, 0, 0);
            for _fifth in 0..600 {
                waiting = waiting.saturating_sub(bytes_per_s / 5);
                match takes_spare(waiting) {
                    true => waiting += PIECE,
                    false => left_out += 1,
                }
                most = most.max(waiting);
            }
            assert!(most <= SPARE + PIECE, "{most}");
            assert_eq!(left_out > 0, bytes_per_s < 5 * PIECE, "{bytes_per_s}");
        }
    }
}
