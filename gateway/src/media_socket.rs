//! Where all media goes out: through the media port, or over links.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};

use nix::sys::socket::sockopt::UdpGsoSegment;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny};

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
        self.port.local
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
        match self.relays.as_ref().filter(|relays| relays.stands(path)) {
            Some(relays) => relays.send(path, contents, segment_size)?,
            None => self.links.send(path, contents, segment_size),
        }
        Ok(())
    }

    /// How many datagrams may be sent in one piece.
    pub(crate) fn segments_max(&self) -> usize {
        self.port.state.max_gso_segments()
    }

    /// From now on every message that is longer is cut into datagrams of `size` bytes; 0: none is.
    pub(crate) fn cut(&self, size: usize) -> io::Result<()> {
        let size = i32::try_from(size).unwrap_or_default();
        Ok(nix::sys::socket::setsockopt(&self.port.io, UdpGsoSegment, &size)?)
    }

    /// Sends messages in one system call; answers how many the system took. An error is the first one's.
    pub(crate) fn send_batch(&self, messages: &[(SocketAddr, &[u8])]) -> io::Result<usize> {
        let to: Vec<_> = messages.iter().map(|(to, _)| SocketAddrAny::from(*to)).collect();
        let contents: Vec<_> = messages.iter().map(|(_, it)| [IoSlice::new(it)]).collect();
        let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> = vec![];
        controls.resize_with(messages.len(), Default::default);
        let parts = to.iter().zip(&contents).zip(&mut controls);
        let mut headers: Vec<MMsgHdr<'_>> =
            parts.map(|((to, it), control)| MMsgHdr::new_with_addr(to, it, control)).collect();
        Ok(rustix::net::sendmmsg(&self.port.io, &mut headers, SendFlags::empty())?)
    }

    /// Sends one datagram at once; answers whether the system took it.
    pub(crate) fn send_one(&self, to: SocketAddr, datagram: &[u8]) -> bool {
        self.send(to, datagram, None).is_ok()
    }
}
