//! Datagrams that come over links instead of the media port.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use signalling::input::ConnectionEvent;
use tokio::sync::mpsc;
use transport::peer::Output;

use super::Shard;
use super::media_path::MediaPath;
use super::pending::Pending;
use crate::clock;
use crate::links::path::Path;
use crate::links::relays::TurnAction;
use crate::links::table::LinkEvent;
use crate::udp::{Inbox, Port as _};

/// A client whose way is gone may take another for so long.
const STRANDED: Duration = Duration::from_secs(2);
/// Arrivals before the media port and commands get their turn.
const ARRIVALS: usize = 128;

impl Shard {
    /// Takes what has come to the TURN service by UDP; `true` if others must have their turn before the rest.
    pub(super) fn receive_relayed(&mut self, inbox: &mut Inbox) -> bool {
        let relays = self.media.socket.relays.as_mut();
        let received =
            relays.and_then(|relays| relays.port.as_mut()).map(|port| port.receive(inbox));
        let Some(received) = received.filter(|packets| *packets > 0) else { return false };
        let (now, mut outputs) = (clock::now(), vec![]);
        for (from, to, datagram) in inbox.datagrams(received) {
            self.metrics.datagrams.inc();
            let port = self.media.socket.relays.as_ref().and_then(|relays| relays.port.as_ref());
            port.into_iter().for_each(|port| port.came(from, to));
            self.relayed(now, from, datagram, &mut outputs);
        }
        self.cross();
        self.media.forward_if_full(now);
        received == Inbox::CALL
    }

    fn relayed(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let Some(relays) = &mut self.media.socket.relays else { return };
        match relays.take(now, from, datagram) {
            TurnAction::Answer(answer) => {
                self.media.egress.answer(from, &answer, &self.media.socket);
            }
            TurnAction::Datagram(path, seen, place) => {
                if let Some(datagram) = datagram.get_mut(place) {
                    self.arrived(now, (path, seen), None, datagram, outputs);
                }
            }
            TurnAction::Nothing => {}
        }
    }

    /// Takes what came over links; `true` if others must have their turn before the rest.
    pub(super) fn take_arrivals(&mut self, arrivals: &mut mpsc::Receiver<LinkEvent>) -> bool {
        let mut outputs = vec![];
        let mut taken = 0;
        let now = clock::now();
        while taken < ARRIVALS
            && let Ok(arrival) = arrivals.try_recv()
        {
            taken += 1;
            match arrival {
                LinkEvent::Up(number, link) => self.media.socket.links.open(number, link),
                LinkEvent::Datagram(path, seen, mut datagram) => {
                    self.metrics.datagrams.inc();
                    self.datagram(now, (path, seen), &mut datagram, &mut outputs);
                }
                LinkEvent::Down(number) => {
                    self.media.socket.links.close(number);
                    self.media.connections.forget_link(number);
                }
            }
        }
        self.media.forward_if_full(now);
        taken == ARRIVALS
    }
}

impl Shard {
    /// Forgets allocations that are over, and tells the shards to which they were links.
    pub(super) fn expire_relays(&mut self, now: Instant) {
        let gone = self.media.socket.relays.as_mut().map(|relays| relays.expire(now));
        for (number, told) in gone.unwrap_or_default() {
            self.media.connections.forget_link(number);
            self.tell_ended(number, told);
        }
    }
}

impl MediaPath {
    /// Tells of connections whose way has been gone for a while: by themselves their clients would notice after many
    /// seconds.
    pub(super) fn give_up_stranded(&mut self, now: Instant, pending: &mut Pending) {
        let (links, relays) = (&self.socket.links, self.socket.relays.as_ref());
        let stands =
            |path: Path| links.stands(path) || relays.is_some_and(|relays| relays.stands(path));
        let gone = |address: SocketAddr| Path::of(address).is_some_and(|path| !stands(path));
        for id in self.connections.stranded(now, STRANDED, gone) {
            pending.event(id, ConnectionEvent::Stranded);
        }
    }
}
