//! Another sender in the queue that does not react to delay: the rival.

/// How long it must be seen that less comes out of a long queue as less is sent to it, and that it stays.
const PATIENCE_US: u64 = 600_000;
/// What comes out is compared from when all that is looked at was sent to a long queue.
const SETTLED_US: u64 = 400_000;
/// With what came out no longer ago.
const COMPARED_US: u64 = 4_000_000;
const LESS: f64 = 0.7;
const STAYS: f64 = 0.9;
/// What is forgotten in a second of a rate that was higher.
const CALM_FORGOTTEN: f64 = 0.05;
/// What is taken at first beside a rival: half of the link.
const HALF: f64 = 0.5;
/// But no more than so many times what comes through.
const BEGINS_MOST: f64 = 8.0;
/// Growth a second after a loss, more for each second without one, and the most.
const GROWTH: f64 = 0.08;
const GROWTH_MORE: f64 = 0.03;
const GROWTH_MOST: f64 = 0.25;
/// And in bits a second, as a window grows whatever its size.
const GROWTH_BITS: f64 = 15e3;
/// A queue that is empty for so long has no rival.
const GONE_US: u64 = 1_500_000;

#[derive(Debug)]
pub(crate) struct Rival {
    /// The rate when the queue was as it should be.
    calm: f64,
    long: Option<Long>,
    /// When something was last lost beside the rival, or when it was found.
    lost_us: u64,
    /// When the queue was last not empty.
    kept_us: u64,
}

/// A queue that has been too long for a while.
#[derive(Debug, Clone, Copy)]
struct Long {
    since_us: u64,
    /// Its longest.
    queue_us: f64,
    /// What came out of it at first, or some seconds ago, and when.
    served: Option<(f64, u64)>,
    /// When it last looked like a queue of ours.
    doubtful_us: u64,
}

/// What is seen of a queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueObservation {
    pub(crate) queue_us: f64,
    /// It is too long.
    pub(crate) long: bool,
    /// What comes out of it for us.
    pub(crate) served: f64,
    pub(crate) response_us: f64,
}

impl Rival {
    pub(crate) const fn new(now_us: u64, rate: f64) -> Self {
        Self { calm: rate, long: None, lost_us: now_us, kept_us: now_us }
    }

    /// The queue is as it should be at this rate.
    pub(crate) fn is_calm(&mut self, rate: f64, passed: f64) {
        self.calm = rate.max(self.calm * (1.0 - CALM_FORGOTTEN * passed));
    }

    /// Whether a queue must be somebody else's: out of one of our own comes as much as before, however little is sent to it.
    pub(crate) fn suspected(&mut self, now_us: u64, seen: QueueObservation) -> bool {
        let QueueObservation { queue_us, served, .. } = seen;
        if !seen.long {
            self.long = None;
            return false;
        }
        let begun = Long { since_us: now_us, queue_us, served: None, doubtful_us: now_us };
        let long = self.long.get_or_insert(begun);
        long.queue_us = long.queue_us.max(queue_us);
        if now_us.saturating_sub(long.since_us) < SETTLED_US + micros(seen.response_us) {
            long.doubtful_us = now_us;
            return false;
        }
        let (before, at_us) = *long.served.get_or_insert((served, now_us));
        if now_us.saturating_sub(at_us) > COMPARED_US {
            // A sender that shares the queue comes down to less slowly.
            long.served = None;
            long.doubtful_us = now_us;
        } else if served > LESS * before || queue_us < STAYS * long.queue_us {
            long.doubtful_us = now_us;
        }
        now_us.saturating_sub(long.doubtful_us) > PATIENCE_US
    }

    /// The rate to begin with beside a rival, while `came` comes through.
    pub(crate) const fn begin(&mut self, now_us: u64, rate: f64, came: f64) -> f64 {
        self.lost_us = now_us;
        // The link may have become another one since the queue was as it should be.
        rate.max((HALF * self.calm).min(BEGINS_MOST * came))
    }

    /// Something was lost, while `came` came through.
    pub(crate) fn lose(&mut self, now_us: u64, rate: f64, came: f64) -> f64 {
        self.lost_us = now_us;
        (0.85 * came).min(0.9 * rate).max(0.75 * rate)
    }

    /// The rate after `passed` seconds in which nothing was lost.
    pub(crate) fn grow(&self, now_us: u64, rate: f64, passed: f64) -> f64 {
        let part = GROWTH + GROWTH_MORE * seconds(now_us, self.lost_us);
        rate * (1.0 + part.min(GROWTH_MOST) * passed) + GROWTH_BITS * passed
    }

    /// Whether the queue has been empty for so long that nobody keeps it.
    pub(crate) fn is_gone(&mut self, now_us: u64, empty: bool) -> bool {
        if !empty {
            self.kept_us = now_us;
        }
        now_us.saturating_sub(self.kept_us) > GONE_US
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds")]
fn seconds(now_us: u64, since_us: u64) -> f64 {
    now_us.saturating_sub(since_us) as f64 / 1e6
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
fn micros(us: f64) -> u64 {
    us as u64
}
