//! Where all media goes out: through the media port, or over links.

use std::net::SocketAddr;

use crate::links::overhead::{Overhead, SendOutcome};
use crate::links::path::Path;
use crate::links::relays::Relays;
use crate::links::table::Links;
use crate::udp::Port;
#[cfg(any(test, feature = "readers"))]
use crate::udp::UdpPort;

/// The media port, and the ways to clients that do not go through it.
#[derive(Debug)]
pub(crate) struct MediaSocket {
    pub(crate) port: Box<dyn Port>,
    pub(crate) links: Links,
    /// Clients of our own TURN service; none until the shard starts.
    pub(crate) relays: Option<Relays>,
}

impl MediaSocket {
    /// Binds as [`UdpPort::bind`] does.
    #[cfg(any(test, feature = "readers"))]
    pub(crate) fn bind(announced: &[std::net::IpAddr], port: u16) -> std::io::Result<Self> {
        Ok(Self::of(Box::new(UdpPort::bind(announced, port)?)))
    }

    /// On a port that is bound; no link stands yet.
    pub(crate) fn of(port: Box<dyn Port>) -> Self {
        Self { port, links: Links::default(), relays: None }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.port.local()
    }

    /// Datagrams of `segment_size` bytes, the last maybe shorter, or one datagram, to wherever an address leads.
    pub(super) fn send(
        &self,
        to: SocketAddr,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> SendOutcome {
        if let Some(path) = Path::of(to) {
            let relays = self.relays.as_ref();
            let relayed = relays.and_then(|relays| relays.send(path, contents, segment_size));
            return relayed.unwrap_or_else(|| self.links.send(path, contents, segment_size));
        }
        match self.port.transmit(to, contents, segment_size) {
            Ok(()) => SendOutcome::Taken,
            Err(_) => SendOutcome::Refused,
        }
    }

    /// What headers and framing add to each datagram that is sent to an address.
    pub(crate) fn overhead(&self, to: SocketAddr) -> Overhead {
        let relays = self.relays.as_ref();
        let of = |path| {
            relays.and_then(|relays| relays.overhead(path)).or_else(|| self.links.overhead(path))
        };
        Path::of(to).and_then(of).unwrap_or_else(|| Overhead::udp(to.ip()))
    }

    /// Answers a client of the TURN service that comes by UDP.
    pub(super) fn answer(&self, to: SocketAddr, answer: &[u8]) -> SendOutcome {
        self.relays.as_ref().map_or(SendOutcome::LeftOut, |relays| relays.answer(to, answer))
    }
}
