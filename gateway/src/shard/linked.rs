//! Datagrams that come over links instead of the media port.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::sync::mpsc;
use transport::peer::Output;

use super::{GATHERED_MAX, Shard};
use crate::clock;
use crate::links::relays::Taken;
use crate::links::table::Arrival;

/// Arrivals before the media port and commands get their turn.
const ARRIVALS: usize = 128;

impl Shard {
    /// Takes a datagram for the TURN service.
    pub(super) fn relayed(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let Some(relays) = &mut self.socket.relays else { return };
        match relays.take(now, from, datagram) {
            Taken::Answer(answer) => {
                if !self.socket.send_one(from, &answer) {
                    self.metrics.drop_one("udp_send");
                }
            }
            Taken::Datagram(way, seen, place) => {
                if let Some(datagram) = datagram.get_mut(place) {
                    self.datagram(now, (way, seen), datagram, outputs);
                }
            }
            Taken::Nothing => {}
        }
    }

    /// Forgets allocations that are over.
    pub(super) fn expire_relays(&mut self, now: Instant) {
        let gone = self.socket.relays.as_mut().map(|relays| relays.expire(now));
        for number in gone.unwrap_or_default() {
            self.connections.forget_link(number);
        }
    }

    /// Takes what came over links; `true` if others must have their turn before the rest.
    pub(super) fn take_arrivals(&mut self, arrivals: &mut mpsc::Receiver<Arrival>) -> bool {
        let mut outputs = vec![];
        let mut taken = 0;
        let now = clock::now();
        while taken < ARRIVALS
            && let Ok(arrival) = arrivals.try_recv()
        {
            taken += 1;
            match arrival {
                Arrival::Up(number, link) => self.socket.links.open(number, link),
                Arrival::Datagram(way, seen, mut datagram) => {
                    self.metrics.datagrams.inc();
                    self.datagram(now, (way, seen), &mut datagram, &mut outputs);
                }
                Arrival::Down(number) => {
                    self.socket.links.close(number);
                    self.connections.forget_link(number);
                }
            }
        }
        if self.waiting >= GATHERED_MAX {
            self.forward_burst(now);
        }
        taken == ARRIVALS
    }
}
