//! What might have been sent, and when.

use alloc::collections::VecDeque;

use crate::record::SentWindow;

/// Changes that are kept.
const MOST: usize = 128;
/// A sender of less than this part of what is allowed has no more to send.
const FILLED: f64 = 0.75;

#[derive(Debug)]
pub(crate) struct Allowed(VecDeque<(u64, f64)>);

impl Allowed {
    pub(crate) fn new(now_us: u64, rate: f64) -> Self {
        Self(VecDeque::from([(now_us, rate)]))
    }

    /// From now on `rate` may be sent.
    pub(crate) fn note(&mut self, now_us: u64, rate: f64) {
        let last = self.0.back().map_or(0.0, |entry| entry.1);
        if (rate - last).abs() > 0.02 * last {
            self.0.push_back((now_us, rate));
        }
        while self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// Whether less was sent than was allowed.
    pub(crate) fn limited(&self, window: &SentWindow) -> bool {
        let mut least = f64::MAX;
        for (since_us, rate) in self.0.iter().rev() {
            if *since_us > window.last_us {
                continue;
            }
            least = least.min(*rate);
            if *since_us <= window.first_us {
                break;
            }
        }
        window.sent_bits_per_second().is_none_or(|rate| rate < FILLED * least)
    }
}
