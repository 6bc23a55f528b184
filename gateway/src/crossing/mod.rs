//! The queues from shard to shard: a datagram that came to the socket of one and is for a client of another goes over a
//! bounded queue. With one shard there are none.

mod routes;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::mpsc;

use crate::bell::Bell;
use crate::ids::ShardNumber;
use crate::links::overhead::Overhead;
use crate::links::table::{Link, LinkState, Parcel};
use crate::metrics::Metrics;
use crate::steering::{Instruction, Steering};
pub(crate) use routes::Route;
use routes::Routes;

/// Messages that wait for one shard.
const QUEUED: usize = 4_096;
/// Parcels that wait for the relays of one shard.
const PARCELS_QUEUED: usize = 4_096;
/// Bytes of datagrams that wait for one shard: as many as the system keeps of a socket.
const BYTES_QUEUED: usize = 4 << 20;
/// What must be told and found no room waits; there are no more relays than that.
const OWED_MAX: usize = 4_096;

/// The shard that tells the system which addresses go where: the sockets on one port share one program.
const STEERS: u8 = 0;

/// Why a datagram is brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CrossingReason {
    /// Its sender is known there.
    Known,
    /// A check from an address that is not known where it came.
    Check,
    /// It may be anybody's; so many shards are still to be asked.
    Search(u8),
}

/// One datagram of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CrossingDatagram {
    /// The shard to whose socket it came.
    pub(crate) came_to: u8,
    pub(crate) from: SocketAddr,
    /// The address that the client is told to have.
    pub(crate) seen: SocketAddr,
    /// The address of ours that it was for.
    pub(crate) to: Option<IpAddr>,
    pub(crate) len: usize,
    pub(crate) kind: CrossingReason,
}

/// Datagrams for one shard, back to back.
#[derive(Debug, Default)]
pub(crate) struct DatagramBatch {
    items: Vec<CrossingDatagram>,
    bytes: Vec<u8>,
}

impl DatagramBatch {
    /// Each datagram.
    pub(crate) fn datagrams(&mut self) -> impl Iterator<Item = (CrossingDatagram, &mut [u8])> {
        let mut rest = self.bytes.as_mut_slice();
        self.items.iter().map_while(move |item| {
            let (datagram, after) = std::mem::take(&mut rest).split_at_mut_checked(item.len)?;
            rest = after;
            Some((*item, datagram))
        })
    }
}

/// What one shard tells another.
#[derive(Debug)]
pub(crate) enum Crossing {
    Datagrams(DatagramBatch),
    /// A client of that shard was checked at this address.
    Learned(SocketAddr, u8),
    /// A relay stands whose client is another shard's: what is handed to this link goes through it.
    Up(u64, Link),
    /// It has ended.
    Down(u64),
    /// Much comes from this address that is for that shard.
    Busy(SocketAddr, u8),
}

#[derive(Clone, Debug)]
struct Outbound {
    queue: mpsc::Sender<Crossing>,
    bytes: Arc<AtomicUsize>,
    bell: Bell,
}

/// The receiving end of a shard's queue.
#[derive(Debug)]
pub(crate) struct Inbound {
    queue: mpsc::Receiver<Crossing>,
    parcels: mpsc::Receiver<Parcel>,
    bytes: Arc<AtomicUsize>,
}

impl Inbound {
    /// What was brought first.
    pub(crate) fn take(&mut self) -> Option<Crossing> {
        let crossing = self.queue.try_recv().ok()?;
        if let Crossing::Datagrams(batch) = &crossing {
            self.bytes.fetch_sub(batch.bytes.len(), Ordering::Relaxed);
        }
        Some(crossing)
    }

    /// What was handed over first for a client of the relays here.
    pub(crate) fn parcel(&mut self) -> Option<Parcel> {
        self.parcels.try_recv().ok()
    }
}

/// A shard's queues to the others.
#[derive(Debug)]
pub(crate) struct Crossings {
    pub(crate) shard: ShardNumber,
    pub(crate) routes: Routes,
    /// What the system is told of addresses; the first shard's alone is used.
    steering: Steering,
    outbound: Vec<Outbound>,
    /// What came since the queues were last used, by shard.
    batches: Vec<DatagramBatch>,
    owed: VecDeque<(u8, Crossing)>,
    /// Where others hand over what goes through the relays here.
    parcels: mpsc::Sender<Parcel>,
    bell: Bell,
    metrics: Metrics,
}

/// The queues between shards, each of which is woken by its bell, in their order.
pub(crate) fn between(
    now: Instant,
    bells: &[Bell],
    metrics: &Metrics,
) -> Vec<(Crossings, Inbound)> {
    let ends = bells.iter().map(|bell| {
        let (queue, inbound) = mpsc::channel(QUEUED);
        let (bytes, bell) = (Arc::new(AtomicUsize::new(0)), bell.clone());
        (Outbound { queue, bytes, bell }, inbound)
    });
    let (outbound, inbound): (Vec<Outbound>, Vec<_>) = ends.unzip();
    let numbered = ShardNumber::all(outbound.len()).zip(&outbound).zip(inbound);
    let crossings = numbered.map(|((shard, own), queue)| {
        let bytes = Arc::clone(&own.bytes);
        let (handed_over, parcels) = mpsc::channel(PARCELS_QUEUED);
        let crossings = Crossings {
            shard,
            routes: Routes::new(now, shard),
            steering: Steering::default(),
            batches: outbound.iter().map(|_| DatagramBatch::default()).collect(),
            outbound: outbound.clone(),
            owed: VecDeque::new(),
            parcels: handed_over,
            bell: own.bell.clone(),
            metrics: metrics.clone(),
        };
        (crossings, Inbound { queue, parcels, bytes })
    });
    crossings.collect()
}

impl Crossings {
    /// A relay here as another shard sees it.
    pub(crate) fn link(&self, overhead: Overhead, load: Arc<LinkState>) -> Link {
        Link { overhead, queue: self.parcels.clone(), load, bell: Some(self.bell.clone()) }
    }

    /// Puts a datagram with those that go to this shard.
    pub(crate) fn add(&mut self, shard: u8, item: CrossingDatagram, datagram: &[u8]) {
        if let Some(batch) = self.batches.get_mut(usize::from(shard)) {
            batch.items.push(item);
            batch.bytes.extend_from_slice(datagram);
        }
    }

    /// Asks the next shard whose datagram this is; `false` if all were asked.
    pub(crate) fn search_on(&mut self, item: CrossingDatagram, left: u8, datagram: &[u8]) -> bool {
        let next = (self.shard.index + 1) % self.shard.of;
        if left > 0 {
            self.add(
                next,
                CrossingDatagram { kind: CrossingReason::Search(left - 1), ..item },
                datagram,
            );
        }
        left > 0
    }

    /// Much comes from this address that is for that shard: the system is to give it there.
    pub(crate) fn steer(&mut self, address: SocketAddr, shard: u8) {
        if self.shard.index != STEERS {
            self.tell(STEERS, Crossing::Busy(address, shard));
        } else if !self.steering.learn(address, shard) {
            self.metrics.drop_one("steering_full");
        }
    }

    /// What the system is to be told of addresses and of how many, if it is something else than the last time.
    pub(crate) fn program(&mut self) -> Option<(Vec<Instruction>, i64)> {
        let program = self.steering.changed()?;
        Some((program, i64::try_from(self.steering.len()).unwrap_or(i64::MAX)))
    }

    /// Sends what was put together.
    pub(crate) fn flush(&mut self) {
        for (to, batch) in self.outbound.iter().zip(&mut self.batches) {
            if batch.items.is_empty() {
                continue;
            }
            let (items, len) = (batch.items.len(), batch.bytes.len());
            let waiting = to.bytes.fetch_add(len, Ordering::Relaxed);
            let full = waiting + len > BYTES_QUEUED;
            let batch = std::mem::take(batch);
            if full || to.queue.try_send(Crossing::Datagrams(batch)).is_err() {
                to.bytes.fetch_sub(len, Ordering::Relaxed);
                let lost = u64::try_from(items).unwrap_or(u64::MAX);
                self.metrics.dropped("crossing_full").inc_by(lost);
                continue;
            }
            to.bell.ring();
        }
    }

    /// Tells a shard something; `false` if its queue is full, which is counted.
    pub(crate) fn tell(&self, shard: u8, crossing: Crossing) -> bool {
        let told = self.hand(shard, crossing).is_ok();
        if !told {
            self.metrics.drop_one("crossing_full");
        }
        told
    }

    /// Tells a shard something that it must know, at once or when there is room.
    pub(crate) fn owe(&mut self, shard: u8, crossing: Crossing) {
        if self.owed.len() >= OWED_MAX {
            return self.metrics.drop_one("crossing_full");
        }
        self.owed.push_back((shard, crossing));
        self.settle();
    }

    /// Tells what waits, as far as there is room.
    pub(crate) fn settle(&mut self) {
        while let Some((shard, crossing)) = self.owed.pop_front() {
            if let Err(crossing) = self.hand(shard, crossing) {
                return self.owed.push_front((shard, crossing));
            }
        }
    }

    fn hand(&self, shard: u8, crossing: Crossing) -> Result<(), Crossing> {
        let Some(to) = self.outbound.get(usize::from(shard)) else { return Ok(()) };
        match to.queue.try_send(crossing) {
            Ok(()) => {
                to.bell.ring();
                Ok(())
            }
            Err(mpsc::error::TrySendError::Full(crossing)) => Err(crossing),
            // The shard has ended, and everything with it.
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> (Vec<(Crossings, Inbound)>, Metrics, mio::Poll) {
        let poll = mio::Poll::new().unwrap();
        let waker = Arc::new(mio::Waker::new(poll.registry(), mio::Token(0)).unwrap());
        let metrics = Metrics::default();
        #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
        let now = Instant::now();
        let bells = [Bell::new(Arc::clone(&waker)), Bell::new(waker)];
        (between(now, &bells, &metrics), metrics, poll)
    }

    fn item(len: usize, kind: CrossingReason) -> CrossingDatagram {
        let from = SocketAddr::from(([192, 0, 2, 1], 9));
        CrossingDatagram { came_to: 0, from, seen: from, to: None, len, kind }
    }

    #[test]
    fn datagrams_cross_in_one_piece_and_come_out_one_by_one() {
        let (mut ends, _, _poll) = two();
        let (mut there, mut here) = (ends.pop().unwrap(), ends.pop().unwrap());
        here.0.add(1, item(2, CrossingReason::Known), b"ab");
        here.0.add(1, item(3, CrossingReason::Check), b"cde");
        here.0.flush();
        here.0.flush();
        let Some(Crossing::Datagrams(mut batch)) = there.1.take() else { panic!("no batch") };
        let came: Vec<_> = batch.datagrams().map(|(item, it)| (item.kind, it.to_vec())).collect();
        assert_eq!(
            came,
            [(CrossingReason::Known, b"ab".to_vec()), (CrossingReason::Check, b"cde".to_vec())]
        );
        assert!(there.1.take().is_none() && here.1.take().is_none());
        // With two shards one other is asked.
        assert!(there.0.search_on(item(1, CrossingReason::Search(1)), 1, b"x"));
        assert!(!there.0.search_on(item(1, CrossingReason::Search(0)), 0, b"x"));
        there.0.flush();
        let Some(Crossing::Datagrams(mut batch)) = here.1.take() else { panic!("no batch") };
        assert_eq!(
            batch.datagrams().map(|(it, _)| it.kind).collect::<Vec<_>>(),
            [CrossingReason::Search(0)]
        );
    }

    #[test]
    fn a_shard_that_takes_nothing_is_brought_so_much_and_what_it_must_know_waits() {
        let (mut ends, metrics, _poll) = two();
        let (mut there, mut here) = (ends.pop().unwrap(), ends.pop().unwrap());
        let datagram = vec![0; 64 * 1024];
        for _ in 0..100 {
            here.0.add(1, item(datagram.len(), CrossingReason::Known), &datagram);
            here.0.flush();
        }
        let dropped = || metrics.dropped("crossing_full").get();
        assert_eq!(dropped(), 100 - 64, "4 MiB wait");
        (0..2 * QUEUED).for_each(|_| _ = here.0.tell(1, Crossing::Down(1)));
        let before = dropped();
        assert_eq!(before, (100 - 64) + (2 * QUEUED - (QUEUED - 64)) as u64);
        here.0.owe(1, Crossing::Down(7));
        assert_eq!(dropped(), before);
        let mut last = None;
        while let Some(crossing) = there.1.take() {
            last = Some(crossing);
        }
        assert!(matches!(last, Some(Crossing::Down(1))));
        here.0.settle();
        assert!(matches!(there.1.take(), Some(Crossing::Down(7))));
        assert_eq!(there.1.bytes.load(Ordering::Relaxed), 0);
        (0..2 * QUEUED + OWED_MAX).for_each(|_| here.0.owe(1, Crossing::Down(1)));
        assert_eq!(dropped() - before, QUEUED as u64);
    }
}
