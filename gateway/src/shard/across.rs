//! Datagrams that came to the socket of one shard and are for a client of another. The system gives all that comes from
//! one address to one socket; whose it is, only the shard knows that has the client.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use transport::peer::Output;

use super::Shard;
use crate::clock;
use crate::crossing::{
    Crossing, CrossingDatagram, CrossingReason, Crossings, DatagramBatch, Inbound, Route,
};
use crate::links::overhead::SendOutcome;
use crate::links::path::Path;
use crate::udp::Inbox;

/// Messages of other shards before the socket and commands get their turn.
const BROUGHT: usize = 64;
/// Parcels for clients of the relays here, before the same.
const PARCELS: usize = 256;

impl Shard {
    /// Takes the datagrams of one receive call; the media among them waits to be forwarded.
    pub(super) fn datagrams(&mut self, now: Instant, inbox: &mut Inbox, received: usize) {
        let mut outputs = vec![];
        for (from, to, datagram) in inbox.datagrams(received) {
            self.metrics.datagrams.inc();
            self.media.socket.port.came(from, to);
            if Path::of(from).is_some() {
                // An address that stands for a link comes from no network.
                self.metrics.drop_one("stranger");
                continue;
            }
            self.arrived(now, (from, from), to, datagram, &mut outputs);
        }
        self.cross();
    }

    /// Takes a datagram that came to a socket of this shard, or gives it to the one that it is for.
    pub(super) fn arrived(
        &mut self,
        now: Instant,
        (from, seen): (SocketAddr, SocketAddr),
        to: Option<IpAddr>,
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let Some(crossings) = &mut self.crossings else {
            return self.datagram(now, (from, seen), datagram, outputs);
        };
        let connections = &self.media.connections;
        let route = crossings.routes.route(now, from, datagram, || connections.knows(from));
        let (came_to, len) = (crossings.shard.index, datagram.len());
        let item = |kind| CrossingDatagram { came_to, from, seen, to, len, kind };
        match route {
            Route::Known(shard) => self.give(shard, item(CrossingReason::Known), datagram),
            Route::Check(shard) => self.give(shard, item(CrossingReason::Check), datagram),
            Route::Search => {
                let others = crossings.shard.of.saturating_sub(1);
                self.search(now, item(CrossingReason::Search(others)), others, datagram, outputs);
            }
            Route::Over => self.metrics.drop_one("crossing_pace"),
            Route::Own => {
                self.datagram(now, (from, seen), datagram, outputs);
                if matches!(datagram.first(), Some(0..=3))
                    && self.media.connections.vouches(now, from)
                {
                    // The address may have been another shard's client's before.
                    self.crossings.iter_mut().for_each(|crossings| crossings.routes.forget(from));
                }
            }
        }
    }

    /// Gives a datagram to another shard, which learns first how to answer if it came through a relay.
    fn give(&mut self, shard: u8, item: CrossingDatagram, datagram: &[u8]) {
        let Some(crossings) = &mut self.crossings else { return };
        let relay = Path::of(item.from).zip(self.media.socket.relays.as_mut());
        if let Some((path, relays)) = relay
            && let Some((overhead, load)) = relays.introduce(path, shard)
        {
            crossings.owe(shard, Crossing::Up(path.link, crossings.link(overhead, load)));
        }
        crossings.add(shard, item, datagram);
        self.metrics.crossed.inc();
    }

    /// Looks for the client that moved to an unknown address; `left` more shards are asked if it is none of this one's.
    fn search(
        &mut self,
        now: Instant,
        item: CrossingDatagram,
        left: u8,
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let (from, seen) = (item.from, item.seen);
        if self.media.connections.knows(from) || self.moves_here(now, from, datagram) {
            self.datagram(now, (from, seen), datagram, outputs);
            return self.tell_learned(item);
        }
        let asked = self
            .crossings
            .as_mut()
            .is_some_and(|crossings| crossings.search_on(item, left, datagram));
        if !asked {
            self.media.strangers.inc();
        }
    }

    /// Whether the datagram is from a client of this shard that has moved to its address.
    fn moves_here(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> bool {
        self.media.hand_over(now, from, datagram, &mut self.pending).is_some()
    }

    /// Tells the shard to which the datagram came that its sender is a client of this one.
    fn tell_learned(&self, item: CrossingDatagram) {
        let Some(crossings) = &self.crossings else { return };
        let own = crossings.shard.index;
        if item.came_to != own {
            crossings.tell(item.came_to, Crossing::Learned(item.from, own));
        }
    }

    /// Sends what was put together for other shards.
    pub(super) fn cross(&mut self) {
        self.crossings.iter_mut().for_each(Crossings::flush);
    }

    /// Tells other shards, a bit each, that a relay has ended.
    pub(super) fn tell_ended(&mut self, relay: u64, told: u64) {
        let Some(crossings) = &mut self.crossings else { return };
        let shards = 0..crossings.shard.of;
        for shard in shards.filter(|shard| told >> shard & 1 == 1) {
            crossings.owe(shard, Crossing::Down(relay));
        }
    }

    /// Takes what other shards brought; `true` if others must have their turn before the rest.
    pub(super) fn take_brought(&mut self, inbound: &mut Inbound) -> bool {
        let (now, mut outputs) = (clock::now(), vec![]);
        let mut taken = 0;
        while taken < BROUGHT
            && let Some(crossing) = inbound.take()
        {
            taken += 1;
            match crossing {
                Crossing::Datagrams(batch) => self.brought(now, batch, &mut outputs),
                Crossing::Learned(address, shard) => self.learned(now, address, shard),
                Crossing::Busy(address, shard) => {
                    self.crossings.iter_mut().for_each(|crossings| crossings.steer(address, shard));
                }
                Crossing::Up(number, link) => self.media.socket.links.open(number, link),
                Crossing::Down(number) => {
                    self.media.socket.links.close(number);
                    self.media.connections.forget_link(number);
                }
            }
        }
        let mut parcels = 0;
        while parcels < PARCELS
            && let Some(parcel) = inbound.parcel()
        {
            parcels += 1;
            let relays = self.media.socket.relays.as_mut();
            if relays.is_some_and(|relays| relays.pass_on(now, &parcel) == SendOutcome::Refused) {
                self.metrics.drop_one("udp_send");
            }
        }
        self.cross();
        self.media.forward_if_full(now);
        taken == BROUGHT || parcels == PARCELS
    }

    fn brought(&mut self, now: Instant, mut batch: DatagramBatch, outputs: &mut Vec<Output>) {
        for (item, datagram) in batch.datagrams() {
            let CrossingDatagram { from, seen, to, kind, .. } = item;
            if Path::of(from).is_none() {
                self.media.socket.port.came(from, to);
            }
            match kind {
                CrossingReason::Search(left) => self.search(now, item, left, datagram, outputs),
                CrossingReason::Known => self.datagram(now, (from, seen), datagram, outputs),
                CrossingReason::Check => {
                    self.datagram(now, (from, seen), datagram, outputs);
                    if self.media.connections.vouches(now, from) {
                        self.tell_learned(item);
                    }
                }
            }
        }
    }

    /// Another shard has checked a client at this address: what comes from there is that shard's.
    fn learned(&mut self, now: Instant, address: SocketAddr, shard: u8) {
        self.media.connections.forget_address(address);
        let learned = self
            .crossings
            .as_mut()
            .is_some_and(|crossings| crossings.routes.learn(now, address, shard));
        if !learned {
            self.metrics.drop_one("routes_full");
        }
    }

    /// Has the system itself give to other shards what comes from the addresses from where much came for them.
    pub(super) fn steer(&mut self) {
        let Some(crossings) = &mut self.crossings else { return };
        for (address, shard) in crossings.routes.take_busy() {
            if Path::of(address).is_none() {
                crossings.steer(address, shard);
            }
        }
        let Some((program, steered)) = crossings.program() else { return };
        match self.media.socket.port.steer(&program) {
            Ok(()) => drop(self.metrics.steered.set(steered)),
            // What comes crosses as before.
            Err(_) => self.metrics.drop_one("steering_refused"),
        }
    }

    /// Tells other shards what waits to be told.
    pub(super) fn tell_owed(&mut self) {
        self.crossings.iter_mut().for_each(Crossings::settle);
    }
}
