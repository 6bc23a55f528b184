//! What one access link carries, from what its clients tell of the packets they got.
//!
//! One [`Estimator`] stands for one access link, down to the clients: the connections behind it are its *paths*. Their
//! packets wait in one queue, so what each path tells is put on one time line, although each receiver has its own
//! clock. The caller tells all times, in microseconds of its own clock.
//!
//! ```
//! use estimate::{Estimator, Fate, PathId, Start};
//!
//! let mut line = Estimator::new(0, Start::Unknown);
//! let path = PathId(1);
//! line.sent(1_000, path, 1200);
//! line.feedback(90_000, path, &[Fate { sent_us: 1_000, bytes: 1200, arrived_us: Some(7_031_000) }]);
//! assert_eq!(line.estimate().round_trip_ms, 89);
//! ```
//!
//! # How it works
//! - **Queue.** A packet's delay over the least of its path is how long it waited; of the last few packets the least
//!   counts, so that jitter does not. The rate aims at a short queue that never empties: the link is full, and the rate
//!   at which packets come out of the queue is what it carries.
//! - **Sharing.** The queue aimed at is shorter the faster one sends. All flows of one queue see the same queue, so the
//!   faster one gives way to the slower one until they are equal. Every few seconds the queue is drained for a moment,
//!   so that whoever came later learns what delay is without it.
//! - **Competing.** A queue that does not fall while less is sent than came through is somebody else's, who heeds no delay:
//!   then the rate follows losses, as theirs does, until the queue falls. A delay that does not move at all is a new route.
//! - **Loss.** What is lost at all times is the radio's, and nothing is slowed down for it. What is lost beyond that,
//!   in numbers that chance does not explain, is ours when the queue is as full as it gets, or when it stops as we slow
//!   down: that is how a policer shows.
//! - **Growth.** While the queue is empty and what is sent fills the estimate, it grows, faster with each round trip that
//!   leaves the queue empty. What is not sent teaches nothing: an application that sends less leaves the estimate as it is.
//! - **Reports.** A client that tells nothing of single packets sends receiver reports: once a second it is looked what came of
//!   what was sent, what was lost and how much longer a round trip takes than the least one. It is not bounded before a queue
//!   or losses have shown where the link ends. What it estimates itself (REMB) is a bound.
//! - **Lies.** Nobody is believed to have got more than was sent, or before it was, or long ago, and a clock that jumps begins anew;
//!   one that tells of losses alone, more than 20 in a row, is away itself and says nothing of the link.

#![no_std]

extern crate alloc;

mod allowed;
mod bounds;
mod control;
mod dip;
mod growing;
mod loss;
mod path;
mod probing;
mod queue;
mod record;
mod reports;
mod rival;
mod steering;
mod still;
mod trips;

use alloc::collections::BTreeMap;

use control::Control;
use path::ReceiverPath;
use record::Record;
pub use reports::Report;
use reports::Reports;

/// Paths of one link that are kept; feedback of further paths is ignored.
pub const MOST_PATHS: usize = 256;
/// Estimates stay between these.
pub const LEAST_BITS_PER_SECOND: u64 = 20_000;
/// The most that a link is taken to carry: beyond it nothing here is short of anything.
pub const MOST_BITS_PER_SECOND: u64 = 100_000_000;

/// One connection over the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(pub u32);

/// What is known when the first connection of a link comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing.
    Unknown,
    /// What it carried lately.
    Known {
        /// The last estimate.
        bits_per_second: u64,
    },
}

/// What a receiver tells of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// When it was sent, by the caller's clock, as told to [`Estimator::sent`].
    pub sent_us: u64,
    /// Its size on the wire.
    pub bytes: u32,
    /// When it came, by the receiver's clock, unwrapped; `None` if it has not come.
    pub arrived_us: Option<u64>,
}

/// How the link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EstimateState {
    /// Nobody knows yet what it carries; the estimate doubles as fast as feedback comes.
    Starting,
    /// The estimate holds.
    Steady,
    /// More waits in the queue than is good, and less is sent until it is gone.
    Draining,
    /// Somebody else fills the queue; the estimate follows losses.
    Competing,
    /// No feedback comes: the link is away. The estimate is what may be sent meanwhile; once the link is back it is as
    /// before.
    Silent,
}

/// What is known of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// What all paths together may send, as bytes on the wire.
    pub bits_per_second: u64,
    /// How long packets wait in its queue.
    pub queue_ms: u32,
    /// Of 256 packets, those lost whatever is sent.
    pub lost_256: u8,
    /// Of 256 packets, those lost lately because too much was sent.
    pub congested_256: u8,
    /// From sending to feedback, the least of late; 0: nothing is known.
    pub round_trip_ms: u32,
    /// How it stands.
    pub state: EstimateState,
}

/// The estimator of one access link.
#[derive(Debug)]
pub struct Estimator {
    paths: BTreeMap<PathId, ReceiverPath>,
    record: Record,
    control: Control,
    reports: Reports,
    /// Somebody tells of single packets, so receiver reports are not needed.
    by_packets: bool,
}

impl Estimator {
    /// Begins at `now_us`.
    #[must_use]
    pub fn new(now_us: u64, start: Start) -> Self {
        Self {
            paths: BTreeMap::new(),
            record: Record::default(),
            control: Control::new(now_us, start),
            reports: Reports::new(now_us, start),
            by_packets: false,
        }
    }

    /// A packet of `bytes` on the wire leaves now, padding and repair too.
    pub fn sent(&mut self, now_us: u64, path: PathId, bytes: u32) {
        self.record.sent(now_us, bytes);
        self.reports.sent(bytes);
        if let Some(path) = known(&mut self.paths, path) {
            path.sent(now_us, bytes);
        }
    }

    /// A packet of `bytes` on the wire leaves now of which nobody will tell, beside others of which they do.
    pub fn sent_beside(&mut self, now_us: u64, bytes: u32) {
        self.record.sent(now_us, bytes);
        self.reports.sent(bytes);
    }

    /// Transport-wide feedback or RFC 8888, packets in the order of sending. One that was told lost may be told again as arrived.
    pub fn feedback(&mut self, now_us: u64, path: PathId, packets: &[Fate]) {
        let rate = self.control.serving_bits_per_second();
        let Some(found) = known(&mut self.paths, path) else { return };
        let mut trip_us: Option<u64> = None;
        for told in packets.iter().filter_map(|fate| found.told(now_us, fate, rate)) {
            let own_us = now_us.saturating_sub(told.packet.sent_us);
            trip_us = Some(trip_us.map_or(own_us, |least| least.min(own_us)));
            self.record.told(path, &told);
        }
        let Some(trip_us) = trip_us else { return };
        self.by_packets = true;
        self.control.heard(now_us, trip_us);
        self.evaluate(now_us);
    }

    /// What an RTCP receiver report says of one of the streams of `path`. It counts while nobody behind the link tells of single
    /// packets.
    pub fn report(&mut self, now_us: u64, path: PathId, report: Report) {
        if self.paths.values().any(|path| path.gives_feedback(now_us))
            || known(&mut self.paths, path).is_none()
        {
            return;
        }
        if self.by_packets {
            if report.sent < reports::PACKETS_LEAST {
                return;
            }
            self.by_packets = false;
            self.reports.take_over(now_us, self.control.rate());
        }
        self.reports.report(now_us, path, report);
    }

    /// What the receiver of a path estimates itself; 0: nothing. It bounds the estimate while that path is the only one.
    pub fn remb(&mut self, now_us: u64, path: PathId, bits_per_second: u64) {
        if known(&mut self.paths, path).is_some() {
            self.reports.told_remb(now_us, path, bits_per_second);
        }
    }

    /// A connection is gone.
    pub fn leave(&mut self, path: PathId) {
        self.paths.remove(&path);
        self.reports.leave(path);
    }

    /// Time passes; to be called every 50 ms or so.
    pub fn tick(&mut self, now_us: u64) {
        let waiting_us = self
            .paths
            .values()
            .filter_map(|path| path.unanswered_us(now_us))
            .min()
            .unwrap_or_default();
        self.control.tick(now_us, waiting_us);
        self.reports.tick(now_us);
        self.evaluate(now_us);
    }

    /// What is known now.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        if let Some(reported) = self.reported() {
            return reported;
        }
        let mut estimate = self.control.estimate();
        if let Some(most) = self.remb_bits_per_second() {
            estimate.bits_per_second =
                estimate.bits_per_second.min(most.max(LEAST_BITS_PER_SECOND));
        }
        estimate
    }

    /// Whether clients that tell nothing of single packets have shown what the link carries at most.
    #[must_use]
    pub fn is_bounded_by_reports(&self) -> bool {
        let bounding = self.reports.are_bounding() || self.remb_bits_per_second().is_some();
        !self.by_packets && bounding
    }

    /// How fast packets that wait may leave: somewhat over the estimate, so that a picture does not wait for the next one.
    #[must_use]
    pub fn pacing_bits_per_second(&self, now_us: u64) -> u64 {
        let estimate = self.estimate();
        match self.reported() {
            Some(Estimate { state: EstimateState::Draining, .. }) => estimate.bits_per_second,
            Some(_) => estimate.bits_per_second / 4 * 5,
            None => self.control.pacing(now_us, estimate.bits_per_second),
        }
    }

    /// The total rate up to which padding, or repair ahead of its need, may be sent now to learn whether more fits; 0: none.
    /// There is a use for `wanted_bits_per_second`; 0 where nothing may be tried, as while sound suffers.
    pub fn probe_bits_per_second(&mut self, now_us: u64, wanted_bits_per_second: u64) -> u64 {
        if wanted_bits_per_second == 0 {
            return 0;
        }
        if let Some(reported) = self.reported() {
            // Reports are too far apart for a short train; only at the start may padding fill all of the estimate.
            let starting = reported.state == EstimateState::Starting;
            return if starting { reported.bits_per_second.min(wanted_bits_per_second) } else { 0 };
        }
        let sending = self.record.sent_bits_per_second(now_us);
        let probe = self.control.probe(now_us, sending, wanted_bits_per_second);
        self.remb_bits_per_second().map_or(probe, |most| probe.min(most))
    }

    /// What reports say, where nobody tells of single packets.
    fn reported(&self) -> Option<Estimate> {
        let remb = self.remb_bits_per_second();
        (!self.by_packets).then(|| self.reports.estimate(remb)).flatten()
    }

    /// What the receiver of the only path estimates.
    fn remb_bits_per_second(&self) -> Option<u64> {
        (self.paths.len() == 1).then(|| self.reports.remb()).flatten()
    }

    /// Looks at all packets of which every path has told.
    fn evaluate(&mut self, now_us: u64) {
        let horizon = self.paths.values().filter_map(|path| path.complete_us(now_us)).min();
        let Some(horizon_us) = horizon.or_else(|| self.record.newest_us()) else { return };
        self.control.evaluate(now_us, horizon_us, &self.record);
        let frozen = self.control.keeps_base();
        let new_route = self.control.take_new_route();
        for path in self.paths.values_mut() {
            path.age(now_us, frozen);
            if new_route {
                path.begin_anew();
            }
        }
    }
}

/// The path, which is kept from here on; `None` if there are too many.
fn known(paths: &mut BTreeMap<PathId, ReceiverPath>, id: PathId) -> Option<&mut ReceiverPath> {
    if paths.len() >= MOST_PATHS && !paths.contains_key(&id) {
        return None;
    }
    Some(paths.entry(id).or_default())
}
