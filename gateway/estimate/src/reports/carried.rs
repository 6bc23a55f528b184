//! What a second of reports says, and the rate that follows.

use core::f64::consts::LN_2;

use crate::bounds::{bounded, dark};
use crate::queue::halvings;
use crate::{EstimateState, Start};

/// What is taken to be carried before anything is known, and what of a known rate.
const FIRST: f64 = 100e3;
const OF_KNOWN: f64 = 0.9;
/// A round trip this much over the least is a queue, and so much more the slower the link: packets take time themselves.
const LONG_MS: f64 = 80.0;
const PACKET_BITS: f64 = 9_600.0;
/// Of what came out of a queue, so much is sent on while it is too long, and while it is far too long.
const DRAINING: f64 = 0.88;
const DRAINING_FAR: f64 = 0.7;
/// And of that once it is short again.
const OF_FULL: f64 = 0.92;
const UP_TO_FULL: f64 = 0.97;
/// A queue that stays over so much of itself while less is sent three times is not ours, or none.
const STAYS: f64 = 0.7;
const STAYED: u32 = 3;
/// Lost packets beyond the usual ones, a little of it left out, until something is done; more where more are usual.
const EXCESS: f64 = 4.0;
const EXCESS_USUAL: f64 = 20.0;
const LEFT_OUT: f64 = 0.01;
const LEFT_OUT_USUAL: f64 = 0.25;
/// By so much more a queue runs over, however little is sent.
const FLOODED: f64 = 0.25;
/// Losses that stop twice in this time as less is sent are a bound.
const TWICE_US: u64 = 30_000_000;
/// The usual losses are followed over so many packets, and not taken to be more than this.
const MEMORY: f64 = 200.0;
const USUAL_MOST: f64 = 0.45;
/// To see whether losses stop, this part is sent of what comes through, until it is so much likelier (a logarithm) that
/// they have stopped or have not, or for so long. Usual losses are never taken to be fewer than this.
const TRIED: f64 = 0.85;
const SURE: f64 = 3.0;
const TRIAL_US: u64 = 8_000_000;
const USUAL_LEAST: f64 = 0.005;
/// A sender of less than this part of what it may send has no more to send; so many times what is sent counts as tried.
const FILLED: f64 = 0.75;
const TRIED_MOST: f64 = 1.5;
/// Growth in a second: while nothing has shown a bound, below it, and beyond it or beyond what was tried.
const FIRST_GROWTH: f64 = 0.65;
const GROWTH: f64 = 0.08;
const BEYOND: f64 = 0.03;
const BEYOND_MOST: f64 = 0.3;
/// A bound is not passed for so long, each time it was tried in vain twice as long.
const HELD_US: u64 = 10_000_000;
const HELD_MOST_US: u64 = 160_000_000;

/// What reports of some seconds say.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportSummary {
    pub(super) now_us: u64,
    pub(super) seconds: f64,
    pub(super) packets: u32,
    /// Bits a second that were sent and that came.
    pub(super) sending: f64,
    pub(super) came: f64,
    pub(super) lost: f64,
    pub(super) queue_ms: Option<f64>,
    pub(super) trip_ms: f64,
}

/// What the link carries by reports.
#[derive(Debug)]
pub(super) struct Carried {
    rate: f64,
    /// What is lost whatever is sent, and lost packets beyond that, since there were none.
    usual: f64,
    excess: f64,
    /// Packets since there were none, and those lost of them.
    packets: f64,
    lost: f64,
    stopped_us: Option<u64>,
    /// More was sent than before.
    pushing: bool,
    /// What came when the link was last full.
    full: Option<f64>,
    draining: Option<Draining>,
    trial: Option<RateTrial>,
    /// Growth beyond the bound, from when on it is tried, and how long that was put off.
    beyond: f64,
    held_until_us: u64,
    held_us: u64,
    /// From when on reports tell of the present rate.
    changed_us: u64,
    congested: f64,
}

/// A queue is too long.
#[derive(Debug, Clone, Copy)]
struct Draining {
    times: u32,
    /// The rate and the queue as it began.
    rate: f64,
    queue_ms: f64,
}

/// Less is sent, to see whether losses stop.
#[derive(Debug, Clone, Copy)]
struct RateTrial {
    since_us: u64,
    rate: f64,
    /// What part was lost before, and packets and lost ones since.
    before: f64,
    packets: f64,
    lost: f64,
}

impl Carried {
    #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
    pub(super) fn new(now_us: u64, start: Start) -> Self {
        match start {
            Start::Unknown => Self::from(now_us, FIRST),
            Start::Known { bits_per_second } => {
                Self::from(now_us, bits_per_second as f64 * OF_KNOWN)
            }
        }
    }

    /// Begins at `rate`.
    pub(super) const fn from(now_us: u64, rate: f64) -> Self {
        Self {
            rate: bounded(rate),
            usual: 0.0,
            excess: 0.0,
            packets: 0.0,
            lost: 0.0,
            stopped_us: None,
            pushing: false,
            full: None,
            draining: None,
            trial: None,
            beyond: BEYOND,
            held_until_us: now_us,
            held_us: 0,
            changed_us: now_us,
            congested: 0.0,
        }
    }

    /// Sets the rate by what is seen; whether a delay that was taken for a queue is to be taken for the least from now on.
    pub(super) fn judge(&mut self, seen: ReportSummary) -> bool {
        let long_ms = LONG_MS + PACKET_BITS * 1e3 / self.rate;
        self.congested *= 0.9;
        let mut new_route = false;
        if let Some(queue_ms) = seen.queue_ms.filter(|queue_ms| *queue_ms > long_ms) {
            self.trial = None;
            new_route = self.drain(seen, queue_ms, long_ms);
        } else if let Some(trial) = self.trial.take() {
            self.draining = None;
            self.conclude(seen, trial);
        } else {
            self.draining = None;
            self.heed(seen);
        }
        self.rate = bounded(self.rate);
        new_route
    }

    /// The queue is too long: less is sent than comes out of it.
    fn drain(&mut self, seen: ReportSummary, queue_ms: f64, long_ms: f64) -> bool {
        let begun = Draining { times: 0, rate: self.rate, queue_ms };
        let draining = self.draining.get_or_insert(begun);
        draining.times += 1;
        let Draining { times, rate, queue_ms: before_ms } = *draining;
        if times > STAYED && queue_ms > STAYS * before_ms {
            self.draining = None;
            self.rate = rate;
            return true;
        }
        let usual = self.usual;
        let carried = seen.came / (1.0 - usual);
        // A sender of little that all comes has not made the queue.
        let idle = seen.sending < FILLED * self.rate && carried > 0.9 * seen.sending;
        let part = if queue_ms > 2.0 * long_ms { DRAINING_FAR } else { DRAINING };
        if !idle {
            self.rate = self.rate.min(part * carried);
            self.bound(seen, carried);
            self.congested = (seen.lost - usual).max(0.0);
        }
        false
    }

    /// Losses, or none, where no queue shows.
    fn heed(&mut self, seen: ReportSummary) {
        let usual = self.usual;
        let carried = seen.came / (1.0 - usual);
        if seen.lost > usual + FLOODED {
            self.excess = 0.0;
            self.rate = self.rate.min(OF_FULL * carried);
            self.congested = seen.lost - usual;
            return self.bound(seen, carried);
        }
        let packets = f64::from(seen.packets);
        let left_out = LEFT_OUT + LEFT_OUT_USUAL * usual;
        self.excess = (self.excess + (seen.lost - usual - left_out) * packets).max(0.0);
        if self.excess == 0.0 {
            (self.packets, self.lost) = (0.0, 0.0);
        } else {
            self.packets += packets;
            self.lost += seen.lost * packets;
        }
        let limited = seen.sending < FILLED * self.rate;
        if self.excess < EXCESS + EXCESS_USUAL * usual {
            // A sender that keeps raising its rate would take its own losses for the usual ones.
            if seen.lost < usual || !self.pushing {
                let learned = (packets / MEMORY).min(0.3);
                self.usual = (usual + (seen.lost - usual) * learned).min(USUAL_MOST);
            }
            return self.grow(seen);
        }
        self.excess = 0.0;
        if limited {
            // A sender of less than it may has not caused losses by its rate.
            self.usual = f64::midpoint(usual, seen.lost.max(usual)).min(USUAL_MOST);
            return;
        }
        let before = self.lost / self.packets.max(1.0);
        let since_us = seen.now_us;
        self.trial = Some(RateTrial { since_us, rate: self.rate, before, packets: 0.0, lost: 0.0 });
        self.rate = self.rate.min(carried) * TRIED;
        self.change(seen);
    }

    /// Less is sent for a while: whether losses stop.
    fn conclude(&mut self, seen: ReportSummary, mut trial: RateTrial) {
        let usual = self.usual.max(USUAL_LEAST);
        let packets = f64::from(seen.packets);
        trial.packets += packets;
        trial.lost += seen.lost * packets;
        // How much likelier so many losses are if they have not stopped than if they have.
        let ratio = trial.before / usual;
        let likelier = trial.lost * LN_2 * halvings(ratio) - trial.packets * (trial.before - usual);
        let long = seen.now_us.saturating_sub(trial.since_us) > TRIAL_US;
        if likelier.abs() < SURE && !long {
            self.trial = Some(trial);
            return;
        }
        if likelier > 0.0 {
            let lost = trial.before * self.packets + trial.lost;
            self.usual = (lost / (self.packets + trial.packets)).min(USUAL_MOST);
            self.rate = trial.rate;
            return;
        }
        self.congested = (trial.before - usual).max(0.0);
        self.usual = self.usual.min(trial.lost / trial.packets.max(1.0));
        let again = self
            .stopped_us
            .is_some_and(|stopped_us| seen.now_us.saturating_sub(stopped_us) < TWICE_US);
        self.stopped_us = Some(seen.now_us);
        let carried = self.rate / TRIED;
        self.rate = OF_FULL * carried;
        if again {
            self.bound(seen, carried);
        }
    }

    fn grow(&mut self, seen: ReportSummary) {
        let ReportSummary { now_us, seconds, sending, .. } = seen;
        self.pushing = true;
        let Some(full) = self.full else {
            let part = (FIRST_GROWTH * seconds).min(1.0);
            // What has come already has been tried.
            let tried = self.rate.max(seen.came / (1.0 - self.usual));
            self.rate = (tried * (1.0 + part)).min((2.0 * TRIED_MOST * sending).max(tried));
            return;
        };
        if self.rate < OF_FULL * full {
            // It was full at that rate a moment ago.
            self.rate = OF_FULL * full;
            return;
        }
        let tried = self.rate < TRIED_MOST * sending;
        if tried && self.rate < UP_TO_FULL * full {
            self.rate = (self.rate * (1.0 + GROWTH * seconds)).min(UP_TO_FULL * full);
        } else if now_us > self.held_until_us {
            self.rate *= 1.0 + self.beyond * seconds;
            if tried {
                self.beyond = (2.0 * self.beyond).min(BEYOND_MOST);
            }
        } else {
            self.pushing = false;
        }
    }

    /// The link has carried no more than `carried`.
    fn bound(&mut self, seen: ReportSummary, carried: f64) {
        self.full = Some(carried);
        self.beyond = BEYOND;
        let again = seen.now_us < self.held_until_us.saturating_add(2 * HELD_US);
        let held_us = if again && seen.now_us > self.held_until_us {
            2 * self.held_us
        } else if again {
            self.held_us
        } else {
            0
        };
        self.held_us = held_us.clamp(HELD_US, HELD_MOST_US);
        self.held_until_us = seen.now_us.saturating_add(self.held_us);
        self.change(seen);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round trip")]
    fn change(&mut self, seen: ReportSummary) {
        self.changed_us = seen.now_us.saturating_add((seen.trip_ms.min(3e3) * 500.0) as u64);
    }

    pub(super) const fn changed_us(&self) -> u64 {
        self.changed_us
    }

    pub(super) const fn is_bounded(&self) -> bool {
        self.full.is_some()
    }

    pub(super) const fn state(&self) -> EstimateState {
        match (self.draining, self.full) {
            (Some(_), _) => EstimateState::Draining,
            (None, Some(_)) => EstimateState::Steady,
            (None, None) => EstimateState::Starting,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(super) const fn bits_per_second(&self) -> u64 {
        self.rate as u64
    }

    /// Bits a second that are sent while the link is away.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(super) fn dark(&self) -> u64 {
        dark(self.rate) as u64
    }

    /// Of 256 packets, those lost whatever is sent, and those lost lately because too much was.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "parts of one")]
    pub(super) fn losses_256(&self) -> (u8, u8) {
        ((self.usual * 256.0) as u8, (self.congested * 256.0) as u8)
    }
}
