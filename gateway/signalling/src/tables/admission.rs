//! Admission of joins when many come at once: a handshake costs so much that a storm of them, as after a restart, would
//! take the time that running media needs.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::ids::SignalId;
use crate::words::request::Join;

/// Joins that wait, at most; further ones are told to come back.
const WAITING_MAX: usize = 2_048;
/// So much of a second's joins may come in at once.
const BURST: Duration = Duration::from_millis(500);

/// What becomes of a join.
#[derive(Debug)]
pub(crate) enum JoinDecision {
    /// It comes in now.
    Now(Box<Join>),
    /// It waits.
    Waits,
    /// Too many wait.
    Full,
}

/// The rate of joins, and those who wait for their turn, first come first.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    paid_until: Option<Instant>,
    waiting: VecDeque<(SignalId, Box<Join>)>,
}

impl Admission {
    fn allow(&mut self, now: Instant, per_s: u32) -> bool {
        let start = self.paid_until.map_or(now, |until| until.max(now));
        let allowed = start <= now + BURST;
        if allowed {
            self.paid_until = Some(start + Duration::from_secs(1) / per_s.max(1));
        }
        allowed
    }

    /// Somebody comes.
    pub(crate) fn come(
        &mut self,
        now: Instant,
        per_s: u32,
        signal: SignalId,
        join: Box<Join>,
    ) -> JoinDecision {
        if self.waiting.is_empty() && self.allow(now, per_s) {
            return JoinDecision::Now(join);
        }
        if self.waiting.len() >= WAITING_MAX {
            return JoinDecision::Full;
        }
        self.waiting.push_back((signal, join));
        JoinDecision::Waits
    }

    /// Whose turn it is now.
    pub(crate) fn next(&mut self, now: Instant, per_s: u32) -> Option<(SignalId, Box<Join>)> {
        if self.waiting.is_empty() || !self.allow(now, per_s) {
            return None;
        }
        self.waiting.pop_front()
    }

    /// A join that waited was given up, and takes no turn.
    pub(crate) fn forget(&mut self, signal: SignalId) {
        self.waiting.retain(|(waits, _)| *waits != signal);
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
