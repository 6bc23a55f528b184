//! A simulated access link, one direction of it: seeded, sans-I/O, in virtual time.
//!
//! What is sent passes a policer, waits in a drop-tail queue for a server of some rate, and flies with delay, jitter and
//! loss. Other traffic (a steady stream, a download by TCP) waits in the same queue. The caller tells the time in
//! microseconds since whenever it likes, never backwards; the same [`Shape`], seed and calls give the same trace.
//!
//! ```
//! use line::{Line, Shape};
//!
//! let shape: Shape = "rate=600k,delay=75ms,queue=400ms".parse()?;
//! let mut down = Line::new(shape, 7);
//! down.send(0, 1, 1200, "a packet");
//! assert_eq!(down.next_us(), Some(16_000), "the queue's server is done with it");
//! assert!(down.take(90_999).is_none());
//! let arrival = down.take(91_000).expect("16 ms to send and 75 to fly");
//! assert_eq!((arrival.at_us, arrival.payload), (91_000, "a packet"));
//! # Ok::<(), line::ShapeError>(())
//! ```
//!
//! Two lines, one each way, make a link, on which feedback suffers as media does. Loss by chance and by bursts strikes
//! behind the queue, as on a radio: what is lost has taken its time of the server.

mod chance;
pub mod closed;
mod counts;
mod cross;
pub mod figures;
pub mod links;
mod server;
mod shape;
mod text;

use std::collections::{BTreeMap, BinaryHeap};

pub use counts::{Counts, Loss};
pub use shape::{Burst, Change, Cross, Outage, Policer, Queue, Setting, Shape, Traffic};
pub use text::ShapeError;

use chance::Chance;
use cross::Sender;
use server::{Served, Server};

/// What of the cross traffic at place `n` of [`Shape::cross`] is counted under flow `CROSS_FLOW + n`.
pub const CROSS_FLOW: u32 = 1 << 31;

/// A packet at the far end of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival<T> {
    /// When it came.
    pub at_us: u64,
    /// When it was sent.
    pub sent_us: u64,
    /// How long it waited for the server and was served: its part of the delay that comes of the queue.
    pub queued_us: u64,
    /// Which flow it is of.
    pub flow: u32,
    /// Its size on the wire.
    pub bytes: u32,
    /// What was sent.
    pub payload: T,
}

/// One direction of an access link.
#[derive(Debug)]
pub struct Line<T> {
    now_us: u64,
    shape: Shape,
    /// How many of the shape's changes have happened.
    changed: usize,
    chance: Chance,
    server: Server<Cargo<T>>,
    air: BinaryHeap<Flight<T>>,
    flown: u64,
    /// The latest arrival so far: a line keeps the order but for what is reordered.
    latest_us: u64,
    bursting: bool,
    cross: Vec<Sender>,
    counts: BTreeMap<u32, Counts>,
}

/// What a packet carries.
#[derive(Debug)]
enum Cargo<T> {
    Payload(T),
    /// A packet of the cross traffic at this place.
    Cross(usize),
}

#[derive(Debug)]
struct Flight<T> {
    /// Earliest first, and of one time the first that left.
    order: std::cmp::Reverse<(u64, u64)>,
    arrival: Arrival<T>,
}

impl<T> PartialEq for Flight<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<T> Eq for Flight<T> {}

impl<T> PartialOrd for Flight<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Flight<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order.cmp(&other.order)
    }
}

impl<T: Clone> Line<T> {
    /// An idle line at time 0; `seed` decides all chance.
    #[must_use]
    pub fn new(mut shape: Shape, seed: u64) -> Self {
        shape.changes.sort_by_key(|it| it.at_us);
        let cross = shape.cross.iter().map(|it| Sender::new(*it)).collect();
        Self {
            now_us: 0,
            shape,
            changed: 0,
            chance: Chance::new(seed),
            server: Server::default(),
            air: BinaryHeap::new(),
            flown: 0,
            latest_us: 0,
            bursting: false,
            cross,
            counts: BTreeMap::new(),
        }
    }

    /// Sends a packet of `bytes` on the wire at `now_us`. Flows below [`CROSS_FLOW`] are the caller's.
    pub fn send(&mut self, now_us: u64, flow: u32, bytes: u32, payload: T) {
        self.advance(now_us);
        self.enter(flow, bytes, Cargo::Payload(payload));
    }

    /// When something happens next inside, an arrival or what leads to one: [`Self::take`] then. `None`: nothing is on
    /// the way.
    #[must_use]
    pub fn next_us(&self) -> Option<u64> {
        let arrival = self.air.peek().map(|it| it.order.0.0);
        let busy = self.inner_us();
        [arrival, busy].into_iter().flatten().min()
    }

    /// The next packet that has arrived by `now_us`; to be asked until there is none.
    pub fn take(&mut self, now_us: u64) -> Option<Arrival<T>> {
        self.advance(now_us);
        if self.air.peek()?.order.0.0 > self.now_us {
            return None;
        }
        self.air.pop().map(|it| it.arrival)
    }

    /// What became of the packets of a flow so far.
    #[must_use]
    pub fn counts(&self, flow: u32) -> Counts {
        self.counts.get(&flow).copied().unwrap_or_default()
    }

    /// How long a packet that is sent now would wait before it is served.
    #[must_use]
    pub fn backlog_us(&self) -> u64 {
        self.server.backlog_us(self.now_us, &self.shape)
    }

    /// The shape as it is now, the changes so far included.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The next event that is no arrival.
    fn inner_us(&self) -> Option<u64> {
        let change = self.shape.changes.get(self.changed).map(|it| it.at_us);
        let served = self.server.done_us();
        // A change matters only to what is on the way.
        let change = change.filter(|_| served.is_some() || !self.cross.is_empty());
        let cross = self.cross.iter().filter_map(Sender::next_us).min();
        [change, served, cross].into_iter().flatten().min()
    }

    fn advance(&mut self, now_us: u64) {
        let until_us = now_us.max(self.now_us);
        while let Some(at_us) = self.inner_us().filter(|it| *it <= until_us) {
            self.step(at_us);
        }
        self.step(until_us);
    }

    /// Lets what is due at `at_us` happen.
    fn step(&mut self, at_us: u64) {
        self.now_us = self.now_us.max(at_us);
        while let Some(change) = self.shape.changes.get(self.changed).filter(|it| it.at_us <= at_us)
        {
            let setting = change.setting;
            self.changed += 1;
            self.shape.set(setting);
            if let Setting::Rate(_) = setting {
                self.server.begin_again(at_us, &self.shape);
            }
        }
        while let Some(served) = self.server.finish(at_us, &self.shape) {
            self.fly(served);
        }
        for place in 0..self.cross.len() {
            while let Some(bytes) = self.cross.get_mut(place).and_then(|it| it.send(at_us)) {
                self.enter(flow_of(place), bytes, Cargo::Cross(place));
            }
        }
    }

    /// A packet comes to the policer, and then to the queue.
    fn enter(&mut self, flow: u32, bytes: u32, cargo: Cargo<T>) {
        self.counts.entry(flow).or_default().sent += 1;
        match self.server.enter(self.now_us, flow, bytes, cargo, &self.shape) {
            Ok(()) => {
                while let Some(served) = self.server.finish(self.now_us, &self.shape) {
                    self.fly(served);
                }
            }
            Err((loss, cargo)) => self.lose(flow, loss, &cargo),
        }
    }

    /// A packet leaves the server.
    fn fly(&mut self, served: Served<Cargo<T>>) {
        let at_us = served.done_us;
        if let Some(loss) = self.struck(at_us) {
            self.lose(served.flow, loss, &served.cargo);
            return;
        }
        let jitter_us = self.chance.below(self.shape.jitter_us);
        let mut arrives_us = at_us.saturating_add(self.shape.delay_us).saturating_add(jitter_us);
        if self.chance.happens(self.shape.reorder) {
            arrives_us = arrives_us.saturating_add(1 + self.chance.below(REORDER_US));
        } else {
            arrives_us = arrives_us.max(self.latest_us);
            self.latest_us = arrives_us;
        }
        let counts = self.counts.entry(served.flow).or_default();
        counts.delivered += 1;
        counts.delivered_bytes += u64::from(served.bytes);
        let payload = match served.cargo {
            Cargo::Payload(payload) => payload,
            Cargo::Cross(place) => {
                let back_us = arrives_us.saturating_add(self.shape.delay_us);
                if let Some(sender) = self.cross.get_mut(place) {
                    sender.acknowledged(served.sent_us, back_us);
                }
                return;
            }
        };
        let arrival = Arrival {
            at_us: arrives_us,
            sent_us: served.sent_us,
            queued_us: at_us.saturating_sub(served.sent_us),
            flow: served.flow,
            bytes: served.bytes,
            payload,
        };
        if self.chance.happens(self.shape.duplicate) {
            self.counts.entry(served.flow).or_default().duplicated += 1;
            self.land(arrival.clone());
        }
        self.land(arrival);
    }

    fn land(&mut self, arrival: Arrival<T>) {
        self.flown += 1;
        self.air.push(Flight { order: std::cmp::Reverse((arrival.at_us, self.flown)), arrival });
    }

    /// Whether what flies now is lost, and to what.
    fn struck(&mut self, at_us: u64) -> Option<Loss> {
        if self.shape.outages.iter().any(|it| !it.holds && it.covers(at_us)) {
            return Some(Loss::Outage);
        }
        if let Some(burst) = self.shape.burst {
            let turn = if self.bursting { burst.leave } else { burst.enter };
            self.bursting ^= self.chance.happens(turn);
            if self.bursting && self.chance.happens(burst.loss) {
                return Some(Loss::Random);
            }
        }
        self.chance.happens(self.shape.loss).then_some(Loss::Random)
    }

    fn lose(&mut self, flow: u32, loss: Loss, cargo: &Cargo<T>) {
        self.counts.entry(flow).or_default().lose(loss);
        if let Cargo::Cross(place) = cargo {
            let there_us = self.shape.delay_us.saturating_add(self.backlog_us());
            let trip_us = there_us.saturating_add(self.shape.delay_us);
            if let Some(sender) = self.cross.get_mut(*place) {
                sender.lost(self.now_us.saturating_add(trip_us), trip_us);
            }
        }
    }
}

/// What is reordered comes later by up to this.
const REORDER_US: u64 = 20_000;

fn flow_of(place: usize) -> u32 {
    CROSS_FLOW.saturating_add(u32::try_from(place).unwrap_or(u32::MAX))
}
