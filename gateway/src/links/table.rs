//! The shard's side: which links stand, and what is handed to them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::BytesMut;
use tokio::sync::mpsc;

use super::overhead::{Overhead, SendOutcome};
use super::path::Path;
use crate::bell::Bell;
use crate::metrics::Metrics;

/// Pieces that wait for one connection.
pub(crate) const PARCELS_QUEUED: usize = 512;
/// Bytes that wait for one connection before large datagrams, which are pictures, are left out.
pub(crate) const PICTURES_QUEUED: usize = 128 * 1024;
/// Bytes that wait for one connection before everything is left out.
pub(crate) const BYTES_QUEUED: usize = 192 * 1024;
/// A datagram up to this size is sound, control or a handshake.
const SMALL: usize = 400;

/// Datagrams of one size for one client, back to back.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) link: u64,
    pub(crate) peer: u16,
    pub(crate) segment: usize,
    pub(crate) bytes: Vec<u8>,
}

/// What a connection's task and the shard both look at.
#[derive(Debug, Default)]
pub(crate) struct LinkState {
    /// Bytes waiting in the queue.
    pub(crate) queued: AtomicUsize,
    /// A peer of the shard has checked this way with its password.
    pub(crate) proved: AtomicBool,
    /// What the connection's task has answered for itself and the shard has not counted yet.
    pub(crate) answers: AnswerCount,
}

/// Messages that were written for none of the shard's peers, and what they take on the wire.
#[derive(Debug, Default)]
pub(crate) struct AnswerCount {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

impl AnswerCount {
    pub(crate) fn add(&self, bytes: usize) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Messages and bytes since the last call.
    fn take(&self) -> (usize, usize) {
        (self.messages.swap(0, Ordering::Relaxed), self.bytes.swap(0, Ordering::Relaxed))
    }
}

/// One connection as the shard sees it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) overhead: Overhead,
    pub(crate) queue: mpsc::Sender<Parcel>,
    pub(crate) load: Arc<LinkState>,
    /// Of the shard that empties the queue; none if a task does.
    pub(crate) bell: Option<Bell>,
}

/// What connections bring to the shard.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// A connection stands.
    Up(u64, Link),
    /// A datagram: its path, and the address that the client is told to have.
    Datagram(SocketAddr, SocketAddr, BytesMut),
    /// A connection has ended.
    Down(u64),
}

/// Links by number.
#[derive(Debug, Default)]
pub(crate) struct Links {
    open: HashMap<u64, Link>,
    /// Answers of those that have ended: messages and bytes.
    ended: (usize, usize),
    metrics: Metrics,
}

impl Links {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { open: HashMap::new(), ended: (0, 0), metrics }
    }

    pub(crate) fn open(&mut self, number: u64, link: Link) {
        self.open.insert(number, link);
    }

    pub(crate) fn close(&mut self, number: u64) {
        if let Some(link) = self.open.remove(&number) {
            let (messages, bytes) = link.load.answers.take();
            self.ended = (self.ended.0 + messages, self.ended.1 + bytes);
        }
    }

    /// Messages that the connections' tasks have answered since the last call, and their bytes on the wire.
    pub(crate) fn answers(&mut self) -> (usize, usize) {
        let taken = self.open.values().map(|link| link.load.answers.take());
        taken.fold(std::mem::take(&mut self.ended), |sum, ended| (sum.0 + ended.0, sum.1 + ended.1))
    }

    /// What a link adds to each datagram; `None` if it is not there.
    pub(crate) fn overhead(&self, path: Path) -> Option<Overhead> {
        self.open.get(&path.link).map(|link| link.overhead)
    }

    /// Whether a link stands.
    pub(crate) fn stands(&self, path: Path) -> bool {
        self.open.contains_key(&path.link)
    }

    /// An authenticated check came this way.
    pub(crate) fn prove(&self, path: Path) {
        if let Some(link) = self.open.get(&path.link) {
            link.load.proved.store(true, Ordering::Relaxed);
        }
    }

    /// Hands datagrams over; what a slow connection has no room for is counted and left out.
    pub(crate) fn send(&self, path: Path, contents: &[u8], segment: Option<usize>) -> SendOutcome {
        let segment = segment.unwrap_or(contents.len()).max(1);
        let Some(link) = self.open.get(&path.link) else {
            return self.leave_out("link_gone", contents.len().div_ceil(segment));
        };
        let bound = if segment <= SMALL { BYTES_QUEUED } else { PICTURES_QUEUED };
        let queued = link.load.queued.fetch_add(contents.len(), Ordering::Relaxed);
        let Path { link: number, peer } = path;
        let parcel = Parcel { link: number, peer, segment, bytes: contents.to_vec() };
        if queued + contents.len() > bound || link.queue.try_send(parcel).is_err() {
            link.load.queued.fetch_sub(contents.len(), Ordering::Relaxed);
            return self.leave_out("link_full", contents.len().div_ceil(segment));
        }
        link.bell.iter().for_each(Bell::ring);
        SendOutcome::Taken
    }

    fn leave_out(&self, reason: &'static str, datagrams: usize) -> SendOutcome {
        self.metrics.dropped(reason).inc_by(datagrams as u64);
        SendOutcome::LeftOut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> (Link, mpsc::Receiver<Parcel>) {
        let (queue, parcels) = mpsc::channel(PARCELS_QUEUED);
        let overhead = Overhead::udp([192, 0, 2, 1].into());
        (Link { overhead, queue, load: Arc::default(), bell: None }, parcels)
    }

    fn dropped(metrics: &Metrics, reason: &str) -> bool {
        metrics.text().contains(&format!("reason=\"{reason}\""))
    }

    #[test]
    fn a_slow_connection_loses_pictures_before_sound_and_sound_before_memory() {
        let (link, mut parcels) = link();
        let metrics = Metrics::default();
        let mut links = Links::new(metrics.clone());
        links.open(7, link);
        let path = Path { link: 7, peer: 1 };
        let (picture, sound) = ([1; 1_000], [2; 100]);
        (0..400).for_each(|_| _ = links.send(path, &picture, None));
        assert!(dropped(&metrics, "link_full"));
        (0..100).for_each(|_| _ = links.send(path, &sound, None));
        (0..100_000).for_each(|_| _ = links.send(path, &sound, None));
        let (mut pictures, mut sounds, mut bytes) = (0, 0, 0);
        while let Ok(parcel) = parcels.try_recv() {
            assert_eq!((parcel.peer, parcel.segment), (1, parcel.bytes.len()));
            bytes += parcel.bytes.len();
            *(if parcel.segment == 1_000 { &mut pictures } else { &mut sounds }) += 1;
        }
        assert_eq!(pictures, PICTURES_QUEUED / 1_000);
        assert_eq!(pictures + sounds, PARCELS_QUEUED);
        assert!(sounds >= 100 && bytes <= BYTES_QUEUED);
    }

    #[test]
    fn what_goes_to_an_ended_connection_is_counted() {
        let metrics = Metrics::default();
        let mut links = Links::new(metrics.clone());
        let (link, parcels) = link();
        links.open(7, link);
        links.close(7);
        let fate = links.send(Path { link: 7, peer: 0 }, &[0; 30], Some(10));
        assert_eq!(fate, SendOutcome::LeftOut);
        assert!(metrics.text().contains("reason=\"link_gone\"} 3"), "{}", metrics.text());
        drop(parcels);
    }

    #[test]
    fn answers_are_told_once_also_those_of_ended_links() {
        let mut links = Links::new(Metrics::default());
        for (number, bytes) in [(7, 100), (8, 30)] {
            let link = link().0;
            link.load.answers.add(bytes);
            links.open(number, link);
        }
        links.close(7);
        assert_eq!(links.answers(), (2, 130));
        assert_eq!(links.answers(), (0, 0));
    }
}
