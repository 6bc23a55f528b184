//! Datagrams in and out: many in one system call on the way in (GRO), many to one address in one
//! system call on the way out (GSO).

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::links::path::Path;
use crate::links::relays::Relays;
use crate::links::table::Links;

/// One receive buffer: the most that GRO can join.
const BUFFER: usize = 64 * 1024;
/// Send when so much is waiting: it stays in the second-level cache, for us and for the kernel's copy.
const ENOUGH: usize = 128 * 1024;
const MAX_SEGMENTS: usize = 40;
/// The most that one UDP datagram before segmentation can hold.
const MAX_RUN: usize = 64_000;
/// Kernel buffers: a keyframe to a full room must fit.
const KERNEL_BUFFER: usize = 4 << 20;

/// The media port.
#[derive(Debug)]
pub(crate) struct MediaSocket {
    pub(crate) io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    /// What goes to an address that stands for a link does not go through the port.
    pub(crate) links: Links,
    /// Clients of our own TURN service; none until the shard starts.
    pub(crate) relays: Option<Relays>,
}

impl MediaSocket {
    /// Binds to `port` on the one address that is announced, or on all where several are.
    pub(crate) fn bind(announced: &[IpAddr], port: u16) -> io::Result<Self> {
        let address = match announced {
            [one] => *one,
            many if many.iter().any(IpAddr::is_ipv6) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let io =
            UdpSocket::bind(SocketAddr::new(address, port)).or_else(|why| match why.kind() {
                // The address is a router's that leads here, not one of this machine's.
                io::ErrorKind::AddrNotAvailable => {
                    UdpSocket::bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
                }
                _ => Err(why),
            })?;
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        // A system that allows less is no reason to refuse service.
        let _ = state.set_send_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let local = io.local_addr()?;
        Ok(Self { io, state, local, links: Links::default(), relays: None })
    }

    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Takes what has come; `WouldBlock` when nothing has.
    pub(crate) fn receive(&self, inbox: &mut Inbox) -> io::Result<usize> {
        let mut parts: Vec<IoSliceMut<'_>> =
            inbox.buffers.chunks_exact_mut(BUFFER).map(IoSliceMut::new).collect();
        self.state.recv(UdpSockRef::from(&self.io), &mut parts, &mut inbox.metas)
    }

    fn send(&self, to: SocketAddr, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        if let Some(path) = Path::of(to) {
            return self.carry(path, contents, segment_size);
        }
        self.transmit(to, contents, segment_size)
    }

    /// Sends to an address that stands for a link.
    fn carry(&self, path: Path, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let relays = self.relays.as_ref();
        match relays.and_then(|relays| relays.wrap(path, contents, segment_size)) {
            Some(it) if it.bytes.is_empty() => {}
            Some(it) => self.transmit(it.to, &it.bytes, it.segment)?,
            None => self.links.send(path, contents, segment_size),
        }
        Ok(())
    }

    fn transmit(
        &self,
        to: SocketAddr,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()> {
        let transmit =
            Transmit { destination: to, ecn: None, contents, segment_size, src_ip: None };
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }

    /// Sends one datagram at once; answers whether the system took it.
    pub(crate) fn send_one(&self, to: SocketAddr, datagram: &[u8]) -> bool {
        self.send(to, datagram, None).is_ok()
    }
}

/// Buffers for one receive call.
#[derive(Debug)]
pub(crate) struct Inbox {
    buffers: Vec<u8>,
    metas: Vec<RecvMeta>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { buffers: vec![0; BATCH_SIZE * BUFFER], metas: vec![RecvMeta::default(); BATCH_SIZE] }
    }
}

impl Inbox {
    /// The datagrams of the first `received` buffers, with their senders.
    pub(crate) fn datagrams(
        &mut self,
        received: usize,
    ) -> impl Iterator<Item = (SocketAddr, &mut [u8])> {
        let filled = self.metas.iter().zip(self.buffers.chunks_exact_mut(BUFFER)).take(received);
        filled.flat_map(|(meta, buffer)| {
            let all = buffer.get_mut(..meta.len).unwrap_or_default();
            all.chunks_mut(meta.stride.max(1)).map(|datagram| (meta.addr, datagram))
        })
    }
}

/// Datagrams of one size to one address, back to back.
#[derive(Debug)]
struct Run {
    to: SocketAddr,
    start: usize,
    len: usize,
    segment: usize,
    count: usize,
    /// The last datagram was as long as the first: another may follow.
    open: bool,
}

/// Datagrams waiting to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    data: Vec<u8>,
    used: usize,
    runs: Vec<Run>,
}

impl Outbox {
    /// Is it time to send?
    pub(crate) const fn full(&self) -> bool {
        self.used >= ENOUGH
    }

    /// Room for one datagram; what is written there goes out after [`commit`](Self::commit).
    pub(crate) fn space(&mut self, len: usize) -> &mut [u8] {
        let end = self.used + len;
        if self.data.len() < end {
            self.data.resize(end.max(2 * self.data.len()), 0);
        }
        self.data.get_mut(self.used..end).unwrap_or_default()
    }

    /// The first `len` bytes of the space are a datagram for `to`.
    pub(crate) fn commit(&mut self, len: usize, to: SocketAddr) {
        let start = self.used;
        self.used += len;
        if let Some(run) = self.runs.last_mut()
            && run.open
            && run.to == to
            && len <= run.segment
            && run.count < MAX_SEGMENTS
            && run.len + len <= MAX_RUN
        {
            run.open = len == run.segment;
            run.len += len;
            run.count += 1;
            return;
        }
        self.runs.push(Run { to, start, len, segment: len, count: 1, open: true });
    }

    /// Sends everything; answers how many datagrams the system did not take.
    pub(crate) fn flush(&mut self, socket: &MediaSocket) -> usize {
        let allowed = socket.state.max_gso_segments();
        let mut lost = 0;
        for run in &self.runs {
            let Some(all) = self.data.get(run.start..run.start + run.len) else { continue };
            if run.count == 1 || run.count <= allowed {
                let segment = (run.count > 1).then_some(run.segment);
                lost += if socket.send(run.to, all, segment).is_ok() { 0 } else { run.count };
                continue;
            }
            let single = all.chunks(run.segment);
            lost += single.filter(|one| socket.send(run.to, one, None).is_err()).count();
        }
        self.runs.clear();
        self.used = 0;
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn socket() -> MediaSocket {
        MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).unwrap()
    }

    #[test]
    fn a_burst_arrives_as_the_datagrams_that_were_committed() {
        let (sender, receiver) = (socket(), std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let to = receiver.local_addr().unwrap();
        let sizes = [100usize, 100, 100, 40, 100, 7];
        let mut outbox = Outbox::default();
        for (value, size) in (1u8..).zip(sizes) {
            outbox.space(size).fill(value);
            outbox.commit(size, to);
        }
        assert_eq!(outbox.runs.len(), 2, "100 100 100 40 | 100 7");
        assert_eq!(outbox.flush(&sender), 0);
        for (value, size) in (1u8..).zip(sizes) {
            let mut buffer = [0; 200];
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..len], vec![value; size][..]);
        }
    }
    #[test]
    fn a_datagram_that_the_system_refuses_is_counted_and_the_others_go() {
        let (sender, receiver) = (socket(), std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let good = receiver.local_addr().unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut outbox = Outbox::default();
        for (value, to) in (1u8..).zip([good, nobody, nobody, good, good]) {
            outbox.space(50).fill(value);
            outbox.commit(50, to);
        }
        assert_eq!(outbox.flush(&sender), 2);
        for value in [1, 4, 5] {
            let mut buffer = [0; 200];
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..len], [value; 50]);
        }
    }
}
