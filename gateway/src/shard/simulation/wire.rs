//! A port in memory: what the shard sends waits for the simulation, and what the simulation brings the shard receives.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use mio::{Registry, Token};

use crate::steering::Instruction;
use crate::udp::{Inbox, Port};

/// A datagram, and the client that it is from or for.
pub(super) type Datagram = (SocketAddr, Vec<u8>);

#[derive(Debug, Default)]
struct Queues {
    arrived: VecDeque<Datagram>,
    sent: VecDeque<Datagram>,
}

/// The simulation's end of the port.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Arc<Mutex<Queues>>);

impl Wire {
    /// The shard's end.
    pub(super) fn port(&self) -> WirePort {
        WirePort { wire: self.clone(), cut: Cell::new(0) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Queues) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A datagram comes to the port.
    pub(super) fn bring(&self, from: SocketAddr, datagram: Vec<u8>) {
        self.with(|queues| queues.arrived.push_back((from, datagram)));
    }

    /// The next datagram that the shard has sent.
    pub(super) fn sent(&self) -> Option<Datagram> {
        self.with(|queues| queues.sent.pop_front())
    }
}

/// The shard's end of a [`Wire`].
#[derive(Debug)]
pub(super) struct WirePort {
    wire: Wire,
    cut: Cell<usize>,
}

impl WirePort {
    fn post(&self, to: SocketAddr, contents: &[u8], segment: usize) {
        let size = if segment == 0 { contents.len().max(1) } else { segment };
        let pieces = contents.chunks(size).map(|piece| (to, piece.to_vec()));
        self.wire.with(|queues| queues.sent.extend(pieces));
    }
}

impl Port for WirePort {
    fn local(&self) -> SocketAddr {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 7_882)
    }

    fn watch(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        Ok(())
    }

    fn tell_readable(&mut self) {}

    fn receive(&mut self, inbox: &mut Inbox) -> usize {
        let next = || self.wire.with(|queues| queues.arrived.pop_front());
        let arrived = std::iter::from_fn(next).take(Inbox::CALL);
        arrived
            .enumerate()
            .map(|(place, (from, datagram))| inbox.fill(place, from, &datagram))
            .count()
    }

    fn came(&self, _: SocketAddr, _: Option<IpAddr>) {}

    fn keep(&self, _: SocketAddr) {}

    fn chooses_source(&self) -> bool {
        false
    }

    fn segments_max(&self) -> usize {
        64
    }

    fn cut(&self, size: usize) -> io::Result<()> {
        self.cut.set(size);
        Ok(())
    }

    fn steer(&self, _: &[Instruction]) -> io::Result<()> {
        Ok(())
    }

    fn transmit(&self, to: SocketAddr, contents: &[u8], segment: Option<usize>) -> io::Result<()> {
        self.post(to, contents, segment.unwrap_or(0));
        Ok(())
    }

    fn send_batch(&self, messages: &[(SocketAddr, &[u8])]) -> io::Result<usize> {
        messages.iter().for_each(|(to, contents)| self.post(*to, contents, self.cut.get()));
        Ok(messages.len())
    }
}
