//! A queue that does not fall although less is sent: somebody else's, or no queue at all.

use crate::record::Window;

/// How long a queue may stay, and how many response times.
const PATIENCE_US: f64 = 2e6;
const PATIENCE_TRIPS: f64 = 3.0;
/// How long it must be gone until the rival is taken to be.
const GONE_US: u64 = 1_000_000;

#[derive(Debug, Default)]
pub(crate) struct Rival {
    high: Option<High>,
    competing: bool,
    low_since_us: Option<u64>,
    new_route: bool,
}

/// A queue that is longer than it should be.
#[derive(Debug, Clone, Copy)]
struct High {
    since_us: u64,
    /// The rate when it began.
    rate: f64,
    /// What came through when it began.
    came: f64,
    longest_us: f64,
    shortest_us: f64,
}

/// What a long queue looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Suspicion {
    None,
    /// Somebody else keeps it; before it was long the rate was this.
    Rival {
        rate: f64,
    },
}

impl Rival {
    pub(crate) fn watch(
        &mut self,
        now_us: u64,
        queue_us: f64,
        target_us: f64,
        response_us: f64,
        rate: f64,
        window: &Window,
    ) -> Suspicion {
        let long = queue_us > (2.0 * target_us).max(target_us + 50e3);
        if !long {
            self.high = None;
            let since_us = *self.low_since_us.get_or_insert(now_us);
            let gone = queue_us < target_us && now_us.saturating_sub(since_us) > GONE_US;
            self.competing &= !gone;
            return self.suspicion(rate);
        }
        self.low_since_us = None;
        let came = window.served_bits_per_second(0.0).unwrap_or(rate);
        let begun =
            High { since_us: now_us, rate, came, longest_us: queue_us, shortest_us: queue_us };
        let high = self.high.get_or_insert(begun);
        high.longest_us = high.longest_us.max(queue_us);
        high.shortest_us = high.shortest_us.min(queue_us);
        // As long as we send what came through ourselves, the queue is ours.
        let ours = window.sent_bits_per_second().is_none_or(|it| it > 0.8 * high.came);
        let falls = queue_us < 0.85 * high.longest_us - 5e3;
        if (falls || ours) && !self.competing {
            let High { rate, came, .. } = *high;
            *high = High { rate, came, ..begun };
        }
        let patience_us = PATIENCE_US.max(PATIENCE_TRIPS * response_us);
        if over(now_us, high.since_us, patience_us) {
            let still = high.longest_us - high.shortest_us < 8e3 + 0.03 * high.longest_us;
            let rate = high.rate;
            self.high = None;
            if still {
                self.new_route = true;
                self.competing = false;
            } else {
                self.competing = true;
            }
            return self.suspicion(rate);
        }
        let rate = high.rate;
        self.suspicion(rate)
    }

    pub(crate) fn take_new_route(&mut self) -> bool {
        core::mem::take(&mut self.new_route)
    }

    const fn suspicion(&self, rate: f64) -> Suspicion {
        if self.competing { Suspicion::Rival { rate } } else { Suspicion::None }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
fn over(now_us: u64, since_us: u64, patience_us: f64) -> bool {
    now_us.saturating_sub(since_us) as f64 > patience_us
}
