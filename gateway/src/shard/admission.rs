//! Who comes in when many come at once: a handshake costs so much that a storm of them, as after a
//! restart, would take the time that running media needs.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use livekit_protocol as lk;

use super::join::leave;
use super::{JoinAsk, Shard};

/// Joins that wait, at most; who comes after that is told to come back.
const WAITING_MAX: usize = 2_048;
/// So much of a second's joins may come in at once.
const BURST: Duration = Duration::from_millis(500);

/// The pace of joins, and those who wait for their turn, first come first.
#[derive(Debug, Default)]
pub(super) struct Admission {
    paid_until: Option<Instant>,
    waiting: VecDeque<JoinAsk>,
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
}

impl Shard {
    /// Lets somebody in, at once or in turn.
    pub(super) fn admit(&mut self, now: Instant, ask: JoinAsk) {
        let per_s = self.config.joins_per_s_max;
        if self.admission.waiting.is_empty() && self.admission.allow(now, per_s) {
            return self.enter(now, ask);
        }
        if self.admission.waiting.len() < WAITING_MAX {
            self.metrics.joins_waited.inc();
            return self.admission.waiting.push_back(ask);
        }
        self.metrics.refuse("join_queue");
        let reason = lk::DisconnectReason::JoinFailure;
        // A full queue cannot be: nothing was said yet.
        let told = Box::new(leave(reason, lk::leave_request::Action::Reconnect));
        let _ = ask.signal.try_send(told);
    }

    /// Lets in whose turn it is; those who went meanwhile cost no turn.
    pub(super) fn admit_waiting(&mut self, now: Instant) {
        let per_s = self.config.joins_per_s_max;
        self.admission.waiting.retain(|ask| !ask.admitted.is_closed());
        while !self.admission.waiting.is_empty() && self.admission.allow(now, per_s) {
            if let Some(ask) = self.admission.waiting.pop_front() {
                self.enter(now, ask);
            }
        }
    }
}
