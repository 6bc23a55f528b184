//! Clients that come through our own TURN service by UDP, on a port of its own: a browser takes whatever comes from the
//! address of a TURN server for the server's, so that media from there would never arrive.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use transport::turn::Outcome;

use super::overhead::{Overhead, SendOutcome};
use super::path::Path;
use super::service::{IceServer, Service, TurnAllocation};
use super::table::{LinkState, Parcel};
use crate::ids::ShardNumber;
use crate::pace::Pace;
use crate::udp::{Port as _, UdpPort};

/// Answers in a second to strangers without credentials: an answer is longer than what asks for
/// it, and a sender's address can be forged.
const ANSWERS_PER_S: u32 = 500;

/// What a message of a client leads to.
#[derive(Debug)]
pub(crate) enum TurnAction {
    /// To be sent to the client.
    Answer(Vec<u8>),
    /// A datagram in the message, the address of its path, and the address that the client is told
    /// to have.
    Datagram(SocketAddr, SocketAddr, Range<usize>),
    /// Nothing; it is counted.
    Nothing,
}

#[derive(Debug)]
struct TurnClient {
    address: SocketAddr,
    client: TurnAllocation,
    /// What waits here from other shards.
    load: Arc<LinkState>,
    /// The shards to which it is a link, a bit each.
    told: u64,
    /// The overhead that other shards were told last, and which of them know it.
    told_overhead: (Option<Overhead>, u64),
}

/// Allocations of clients that come by UDP, by number; the service bounds how many.
#[derive(Debug)]
pub(crate) struct Relays {
    service: Arc<Service>,
    /// None where TURN comes by TCP and TLS only.
    pub(crate) port: Option<UdpPort>,
    clients: HashMap<u64, TurnClient>,
    numbers: HashMap<SocketAddr, u64>,
    /// What has ended since the last look, with the shards that were told of it.
    ended: Vec<(u64, u64)>,
    pace: Pace,
    /// The time, told at the last call, for senders that have no other.
    now: Instant,
}

impl Relays {
    /// One of as many as there are shards.
    pub(crate) fn new(
        now: Instant,
        service: Arc<Service>,
        port: Option<UdpPort>,
        shard: ShardNumber,
    ) -> Self {
        let pace = Pace::new(now, ANSWERS_PER_S / u32::from(shard.of));
        let (clients, numbers, ended) = (HashMap::new(), HashMap::new(), vec![]);
        Self { service, port, clients, numbers, ended, pace, now }
    }

    /// Takes a message that came to the port.
    pub(crate) fn take(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> TurnAction {
        self.now = now;
        let stranger = || {
            let (client, load) = (TurnAllocation::default(), Arc::default());
            (
                self.service.number(),
                TurnClient { address: from, client, load, told: 0, told_overhead: (None, 0) },
            )
        };
        let client = self.numbers.get(&from).copied();
        let client = client.and_then(|number| Some((number, self.clients.remove(&number)?)));
        let (number, mut client) = client.unwrap_or_else(stranger);
        let outcome = self.service.handle(&mut client.client, number, (now, from), bytes);
        let relayed = client.client.relayed();
        match relayed {
            Some(_) => {
                self.port.iter().for_each(|port| port.keep(from));
                self.numbers.insert(from, number);
                self.clients.insert(number, client);
            }
            None => {
                self.numbers.remove(&from);
                self.ended.extend((client.told != 0).then_some((number, client.told)));
            }
        }
        match (outcome, relayed) {
            (Outcome::Refused(..) | Outcome::Reply(_), None) if !self.pace.allow(now, 1) => {
                self.service.too_many();
                TurnAction::Nothing
            }
            (Outcome::Reply(answer) | Outcome::Refused(_, answer), _) => TurnAction::Answer(answer),
            (Outcome::Datagram(peer, place), Some(seen)) => {
                TurnAction::Datagram(Path { link: number, peer }.address(), seen, place)
            }
            (Outcome::Datagram(..) | Outcome::Dropped, _) => TurnAction::Nothing,
        }
    }

    /// Sends an answer.
    pub(crate) fn answer(&self, to: SocketAddr, answer: &[u8]) -> SendOutcome {
        match self.port.as_ref().map(|port| port.transmit(to, answer, None)) {
            Some(Ok(())) => SendOutcome::Taken,
            Some(Err(_)) => SendOutcome::Refused,
            None => SendOutcome::LeftOut,
        }
    }

    /// What the TURN client of a path adds to each datagram; `None` if the path is not one of these.
    pub(crate) fn overhead(&self, path: Path) -> Option<Overhead> {
        let client = self.clients.get(&path.link)?;
        let wrapping = client.client.wrapping(&self.service.terms, self.now, path.peer);
        Some(Overhead::turn(client.address.ip(), wrapping))
    }

    /// Sends datagrams to the client of a path; `None` if the path is not one of these.
    pub(crate) fn send(
        &self,
        path: Path,
        contents: &[u8],
        segment: Option<usize>,
    ) -> Option<SendOutcome> {
        let (client, port) = (self.clients.get(&path.link)?, self.port.as_ref()?);
        let mut bytes = Vec::with_capacity(contents.len() + 256);
        let mut first = None;
        for datagram in contents.chunks(segment.unwrap_or(contents.len()).max(1)) {
            let terms = &self.service.terms;
            if !client.client.wrap(terms, self.now, path.peer, datagram, &mut bytes) {
                self.service.unpermitted();
            }
            first.get_or_insert(bytes.len());
        }
        if bytes.is_empty() {
            return Some(SendOutcome::LeftOut);
        }
        Some(match port.transmit(client.address, &bytes, segment.and(first)) {
            Ok(()) => SendOutcome::Taken,
            Err(_) => SendOutcome::Refused,
        })
    }

    /// Whether an allocation stands.
    pub(crate) fn stands(&self, path: Path) -> bool {
        self.clients.contains_key(&path.link)
    }

    /// What another shard must know of the allocation of a path, which is a link to it: what it adds to datagrams, and
    /// what waits for it. `None` if it was told.
    pub(crate) fn introduce(
        &mut self,
        path: Path,
        shard: u8,
    ) -> Option<(Overhead, Arc<LinkState>)> {
        let (overhead, bit) = (self.overhead(path)?, 1u64.checked_shl(u32::from(shard))?);
        let client = self.clients.get_mut(&path.link)?;
        if client.told_overhead.0 != Some(overhead) {
            // The client has bound a channel since.
            client.told_overhead = (Some(overhead), 0);
        }
        let new = client.told_overhead.1 & bit == 0;
        client.told_overhead.1 |= bit;
        client.told |= bit;
        new.then(|| (overhead, Arc::clone(&client.load)))
    }

    /// Sends what another shard has handed over to the client of an allocation.
    pub(crate) fn pass_on(&mut self, now: Instant, parcel: &Parcel) -> SendOutcome {
        self.now = now;
        let Parcel { link, peer, segment, ref bytes } = *parcel;
        if let Some(client) = self.clients.get(&link) {
            client.load.queued.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        let segment = (segment < bytes.len()).then_some(segment);
        self.send(Path { link, peer }, bytes, segment).unwrap_or(SendOutcome::LeftOut)
    }

    /// Forgets what is over, and answers the numbers, each with the shards that must be told, a bit each.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<(u64, u64)> {
        self.now = now;
        let gone = self.clients.extract_if(|_, relay| !relay.client.expire(now));
        let gone: Vec<(u64, TurnClient)> = gone.collect();
        gone.iter().for_each(|(_, relay)| _ = self.numbers.remove(&relay.address));
        let ended = std::mem::take(&mut self.ended);
        gone.into_iter().map(|(number, relay)| (number, relay.told)).chain(ended).collect()
    }

    /// The service as a participant is told of it.
    pub(crate) fn told(&self, who: &str) -> Vec<IceServer> {
        self.service.told(who)
    }
}
