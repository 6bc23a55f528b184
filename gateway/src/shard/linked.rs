//! Datagrams that come over links instead of the media port.

use tokio::sync::mpsc;

use super::{GATHERED_MAX, Shard};
use crate::clock;
use crate::links::table::Arrival;

/// Arrivals before the media port and commands get their turn.
const ARRIVALS: usize = 128;

impl Shard {
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
