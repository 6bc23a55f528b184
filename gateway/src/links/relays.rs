//! Clients that come through our own TURN service by UDP, on a port of its own: a browser takes whatever comes from the
//! address of a TURN server for the server's, so that media from there would never arrive.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use transport::turn::Outcome;

use super::path::Path;
use super::service::{Client, Relay, Service};
use super::way::{Fate, Way};
use crate::pace::Pace;
use crate::udp::UdpPort;

/// Answers in a second to strangers without credentials: an answer is longer than what asks for
/// it, and a sender's address can be forged.
const ANSWERS_PER_S: u32 = 500;

/// What a message of a client leads to.
#[derive(Debug)]
pub(crate) enum Taken {
    /// To be sent to the client.
    Answer(Vec<u8>),
    /// A datagram in the message, the address of its path, and the address that the client is told
    /// to have.
    Datagram(SocketAddr, SocketAddr, Range<usize>),
    /// Nothing; it is counted.
    Nothing,
}

#[derive(Debug)]
struct Known {
    address: SocketAddr,
    client: Client,
}

/// Allocations of clients that come by UDP, by number; the service bounds how many.
#[derive(Debug)]
pub(crate) struct Relays {
    service: Arc<Service>,
    /// None where TURN comes by TCP and TLS only.
    pub(crate) port: Option<UdpPort>,
    known: HashMap<u64, Known>,
    numbers: HashMap<SocketAddr, u64>,
    pace: Pace,
    /// The time, for those who send.
    now: Instant,
}

impl Relays {
    pub(crate) fn new(now: Instant, service: Arc<Service>, port: Option<UdpPort>) -> Self {
        let pace = Pace::new(now, ANSWERS_PER_S);
        Self { service, port, known: HashMap::new(), numbers: HashMap::new(), pace, now }
    }

    /// Takes a message that came to the port.
    pub(crate) fn take(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> Taken {
        self.now = now;
        let stranger = || (self.service.number(), Client::default());
        let known = self.numbers.get(&from).copied();
        let known = known.and_then(|number| Some((number, self.known.remove(&number)?.client)));
        let (number, mut client) = known.unwrap_or_else(stranger);
        let outcome = self.service.handle(&mut client, number, (now, from), bytes);
        let relayed = client.relayed();
        match relayed {
            Some(_) => {
                self.port.iter().for_each(|port| port.keep(from));
                self.numbers.insert(from, number);
                self.known.insert(number, Known { address: from, client });
            }
            None => _ = self.numbers.remove(&from),
        }
        match (outcome, relayed) {
            (Outcome::Refused(..) | Outcome::Reply(_), None) if !self.pace.allow(now, 1) => {
                self.service.too_many();
                Taken::Nothing
            }
            (Outcome::Reply(answer) | Outcome::Refused(_, answer), _) => Taken::Answer(answer),
            (Outcome::Datagram(peer, place), Some(seen)) => {
                Taken::Datagram(Path { link: number, peer }.address(), seen, place)
            }
            (Outcome::Datagram(..) | Outcome::Dropped, _) => Taken::Nothing,
        }
    }

    /// Sends an answer.
    pub(crate) fn answer(&self, to: SocketAddr, answer: &[u8]) -> Fate {
        match self.port.as_ref().map(|port| port.transmit(to, answer, None)) {
            Some(Ok(())) => Fate::Taken,
            Some(Err(_)) => Fate::Refused,
            None => Fate::LeftOut,
        }
    }

    /// What the way of a path adds to each datagram; `None` if the path is not one of these.
    pub(crate) fn way(&self, path: Path) -> Option<Way> {
        let known = self.known.get(&path.link)?;
        let wrapping = known.client.wrapping(&self.service.terms, self.now, path.peer);
        Some(Way::turn(known.address.ip(), wrapping))
    }

    /// Sends datagrams to the client of a path; `None` if the path is not one of these.
    pub(crate) fn send(&self, path: Path, contents: &[u8], segment: Option<usize>) -> Option<Fate> {
        let (known, port) = (self.known.get(&path.link)?, self.port.as_ref()?);
        let mut bytes = Vec::with_capacity(contents.len() + 256);
        let mut first = None;
        for datagram in contents.chunks(segment.unwrap_or(contents.len()).max(1)) {
            let terms = &self.service.terms;
            if !known.client.wrap(terms, self.now, path.peer, datagram, &mut bytes) {
                self.service.unpermitted();
            }
            first.get_or_insert(bytes.len());
        }
        if bytes.is_empty() {
            return Some(Fate::LeftOut);
        }
        Some(match port.transmit(known.address, &bytes, segment.and(first)) {
            Ok(()) => Fate::Taken,
            Err(_) => Fate::Refused,
        })
    }

    /// Whether an allocation stands.
    pub(crate) fn stands(&self, path: Path) -> bool {
        self.known.contains_key(&path.link)
    }

    /// Forgets what is over, and answers the numbers.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<u64> {
        self.now = now;
        let gone = self.known.extract_if(|_, it| !it.client.expire(now));
        let gone: Vec<(u64, Known)> = gone.collect();
        gone.iter().for_each(|(_, it)| _ = self.numbers.remove(&it.address));
        gone.into_iter().map(|(number, _)| number).collect()
    }

    /// The service as a participant is told of it.
    pub(crate) fn told(&self, who: &str) -> Vec<Relay> {
        self.service.told(who)
    }
}
