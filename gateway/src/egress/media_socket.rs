//! Where all media goes out: through the media port, or over links.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::links::path::Path;
use crate::links::relays::Relays;
use crate::links::table::Links;
use crate::udp::UdpPort;

/// The media port, and the ways to clients that do not go through it.
#[derive(Debug)]
pub(crate) struct MediaSocket {
    pub(crate) port: UdpPort,
    pub(crate) links: Links,
    /// Clients of our own TURN service; none until the shard starts.
    pub(crate) relays: Option<Relays>,
}

impl MediaSocket {
    /// Binds as [`UdpPort::bind`] does.
    pub(crate) fn bind(announced: &[IpAddr], port: u16) -> io::Result<Self> {
        let port = UdpPort::bind(announced, port)?;
        Ok(Self { port, links: Links::default(), relays: None })
    }

    pub(crate) const fn local(&self) -> SocketAddr {
        self.port.local()
    }

    /// As [`UdpPort::transmit`], to wherever an address leads.
    pub(crate) fn send(
        &self,
        to: SocketAddr,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()> {
        if let Some(path) = Path::of(to) {
            return self.carry(path, contents, segment_size);
        }
        self.port.transmit(to, contents, segment_size)
    }

    /// Sends to an address that stands for a link.
    fn carry(&self, path: Path, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let relays = self.relays.as_ref();
        if let Some(sent) = relays.and_then(|relays| relays.send(path, contents, segment_size)) {
            return sent;
        }
        self.links.send(path, contents, segment_size);
        Ok(())
    }

    /// Sends one datagram at once; answers whether the system took it.
    pub(crate) fn send_one(&self, to: SocketAddr, datagram: &[u8]) -> bool {
        self.send(to, datagram, None).is_ok()
    }
}
