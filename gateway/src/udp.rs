//! UDP ports, above all that of media: many datagrams in one system call on the way in (GRO), many to one address in one
//! piece (GSO) and many pieces in one system call on the way out.

use std::fmt::Debug;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use nix::libc::{sock_filter, sock_fprog};
use nix::sys::socket::sockopt::{AttachReusePortCbpf, UdpGsoSegment};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::net::{
    AddressFamily, MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, SocketFlags, SocketType,
    sockopt,
};

use crate::sources::Sources;
use crate::steering::Instruction;

/// One receive buffer: the most that GRO can join.
const BUFFER: usize = 64 * 1024;
/// Kernel buffers: a keyframe to a full room must fit.
const KERNEL_BUFFER: usize = 4 << 20;

/// What a shard sends and receives datagrams by: in the program a [`UdpPort`].
pub(crate) trait Port: Debug + Send {
    /// The address that it is bound to.
    fn local(&self) -> SocketAddr;

    /// From now on the poll of this registry tells under this token that something has come.
    fn watch(&mut self, registry: &Registry, token: Token) -> io::Result<()>;

    /// The poll tells that something has come.
    fn tell_readable(&mut self);

    /// Takes what has come: how many buffers it filled, 0 if nothing has come; then there is no system call. Fewer than
    /// [`Inbox::CALL`] are the last ones.
    fn receive(&mut self, inbox: &mut Inbox) -> usize;

    /// A datagram came from `client` to this address of ours.
    fn came(&self, client: SocketAddr, to: Option<IpAddr>);

    /// The datagram that came last has proved that it is a client's.
    fn keep(&self, client: SocketAddr);

    /// Whether each message needs an address of ours to leave from, which a batch cannot say.
    fn chooses_source(&self) -> bool;

    /// How many datagrams may be sent in one piece.
    fn segments_max(&self) -> usize;

    /// From now on every message that is longer is cut into datagrams of `size` bytes; 0: none is.
    fn cut(&self, size: usize) -> io::Result<()>;

    /// From now on this program says to which of the sockets that share this port a datagram goes, by the order in which
    /// they were bound.
    fn steer(&self, program: &[Instruction]) -> io::Result<()>;

    /// Sends datagrams of `segment_size` bytes, the last maybe shorter, or one datagram.
    fn transmit(
        &self,
        to: SocketAddr,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()>;

    /// Sends messages in one system call; answers how many the system took. An error is the first one's.
    fn send_batch(&self, messages: &[(SocketAddr, &[u8])]) -> io::Result<usize>;
}

/// A UDP port.
#[derive(Debug)]
pub(crate) struct UdpPort {
    io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    /// Where it is bound to all of this machine's addresses.
    sources: Option<Sources>,
    /// Whether something may have come. The poll tells it once (edge-triggered), so it holds until a receive call found
    /// the end.
    readable: bool,
}

impl UdpPort {
    /// Binds to `port` on the one address that is announced, or on all where several are.
    pub(crate) fn bind(announced: &[IpAddr], port: u16) -> io::Result<Self> {
        Self::new(bind_alone(announced, port)?)
    }

    /// As [`UdpPort::bind`], `count` times to one port: the system gives all that comes from one address to one of them.
    pub(crate) fn bind_shared(
        announced: &[IpAddr],
        port: u16,
        count: usize,
    ) -> io::Result<Vec<Self>> {
        if count < 2 {
            return Ok(vec![Self::bind(announced, port)?]);
        }
        // Alone first: a port that others share already would let us in among them.
        let local = bind_alone(announced, port)?.local_addr()?;
        (0..count).map(|_| Self::new(bind_among(local)?)).collect()
    }

    fn new(io: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        // A system that allows less is no reason to refuse service.
        let _ = state.set_send_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let local = io.local_addr()?;
        let sources = local.ip().is_unspecified().then(Sources::default);
        // What came before the poll watched it is not told.
        Ok(Self { io, state, local, sources, readable: true })
    }
}

impl Port for UdpPort {
    fn watch(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.io, token, Interest::READABLE)
    }

    fn tell_readable(&mut self) {
        self.readable = true;
    }

    fn came(&self, client: SocketAddr, to: Option<IpAddr>) {
        self.sources.iter().for_each(|sources| sources.came(client, to));
    }

    fn keep(&self, client: SocketAddr) {
        self.sources.iter().for_each(|sources| sources.keep(client));
    }

    fn chooses_source(&self) -> bool {
        self.sources.is_some()
    }

    fn local(&self) -> SocketAddr {
        self.local
    }

    fn receive(&mut self, inbox: &mut Inbox) -> usize {
        if !self.readable {
            return 0;
        }
        let mut buffers = inbox.buffers.chunks_exact_mut(BUFFER);
        let mut parts: [IoSliceMut<'_>; Inbox::CALL] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        let received = self.state.recv(UdpSockRef::from(&self.io), &mut parts, &mut inbox.metas);
        self.readable = may_hold_more(&received);
        received.unwrap_or_default()
    }

    fn transmit(
        &self,
        to: SocketAddr,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()> {
        let src_ip = self.sources.as_ref().and_then(|sources| sources.of(to));
        let transmit = Transmit { destination: to, ecn: None, contents, segment_size, src_ip };
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }

    fn segments_max(&self) -> usize {
        self.state.max_gso_segments()
    }

    fn cut(&self, size: usize) -> io::Result<()> {
        let size = i32::try_from(size).unwrap_or_default();
        Ok(nix::sys::socket::setsockopt(&self.io, UdpGsoSegment, &size)?)
    }

    fn steer(&self, program: &[Instruction]) -> io::Result<()> {
        let raw = |instruction: &Instruction| sock_filter {
            code: instruction.code,
            jt: instruction.if_true,
            jf: instruction.if_false,
            k: instruction.value,
        };
        let mut program: Vec<sock_filter> = program.iter().map(raw).collect();
        let len = u16::try_from(program.len()).map_err(io::Error::other)?;
        let program = sock_fprog { len, filter: program.as_mut_ptr() };
        Ok(nix::sys::socket::setsockopt(&self.io, AttachReusePortCbpf, &program)?)
    }

    fn send_batch(&self, messages: &[(SocketAddr, &[u8])]) -> io::Result<usize> {
        let to: Vec<_> = messages.iter().map(|(to, _)| SocketAddrAny::from(*to)).collect();
        let contents: Vec<_> = messages.iter().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
        let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> = vec![];
        controls.resize_with(messages.len(), Default::default);
        let parts = to.iter().zip(&contents).zip(&mut controls);
        let mut headers: Vec<MMsgHdr<'_>> = parts
            .map(|((to, bytes), control)| MMsgHdr::new_with_addr(to, bytes, control))
            .collect();
        Ok(rustix::net::sendmmsg(&self.io, &mut headers, SendFlags::empty())?)
    }
}

/// Whether a port may hold more after a receive call.
fn may_hold_more(received: &io::Result<usize>) -> bool {
    match received {
        Ok(buffers) => *buffers == Inbox::CALL,
        // Errors of earlier sends (a client's port is closed) come back here and hide what has come.
        Err(why) => why.kind() != io::ErrorKind::WouldBlock,
    }
}

fn bind_alone(announced: &[IpAddr], port: u16) -> io::Result<UdpSocket> {
    let address = match announced {
        [one] => *one,
        many if many.iter().any(IpAddr::is_ipv6) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    UdpSocket::bind(SocketAddr::new(address, port)).or_else(|why| match why.kind() {
        // The address is a router's that leads here, not one of this machine's.
        io::ErrorKind::AddrNotAvailable => {
            UdpSocket::bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
        }
        _ => Err(why),
    })
}

/// One of several sockets of this process on one port (SO_REUSEPORT).
fn bind_among(local: SocketAddr) -> io::Result<UdpSocket> {
    let family = if local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::DGRAM, flags, None)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    rustix::net::bind(&socket, &local)?;
    Ok(UdpSocket::from_std(socket.into()))
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
    /// Most buffers that one receive call fills.
    pub(crate) const CALL: usize = BATCH_SIZE;

    /// The datagrams of the first `received` buffers, with their senders and the address of ours that they were for.
    pub(crate) fn datagrams(
        &mut self,
        received: usize,
    ) -> impl Iterator<Item = (SocketAddr, Option<IpAddr>, &mut [u8])> {
        let filled = self.metas.iter().zip(self.buffers.chunks_exact_mut(BUFFER)).take(received);
        filled.flat_map(|(meta, buffer)| {
            let all = buffer.get_mut(..meta.len).unwrap_or_default();
            all.chunks_mut(meta.stride.max(1)).map(|datagram| (meta.addr, meta.dst_ip, datagram))
        })
    }

    /// Fills a buffer as a receive call does.
    #[cfg(test)]
    pub(crate) fn fill(&mut self, place: usize, from: SocketAddr, datagram: &[u8]) {
        self.buffers[place * BUFFER..][..datagram.len()].copy_from_slice(datagram);
        let meta = &mut self.metas[place];
        (meta.addr, meta.len, meta.stride) = (from, datagram.len(), datagram.len());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mio::{Events, Poll};

    use super::*;
    use crate::steering::Steering;

    struct Stage {
        port: UdpPort,
        inbox: Inbox,
        poll: Poll,
        sender: std::net::UdpSocket,
    }

    impl Stage {
        fn new() -> Self {
            let mut port = UdpPort::bind(&[Ipv4Addr::LOCALHOST.into()], 0).unwrap();
            let poll = Poll::new().unwrap();
            port.watch(poll.registry(), Token(0)).unwrap();
            let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            sender.connect(port.local()).unwrap();
            Self { port, inbox: Inbox::default(), poll, sender }
        }

        fn send(&self, count: usize) {
            (0..count).for_each(|_| _ = self.sender.send(b"x").unwrap());
        }

        /// Waits for the poll as a shard does; whether it told anything.
        fn wait(&mut self, wait: Duration) -> bool {
            let mut events = Events::with_capacity(1);
            self.poll.poll(&mut events, Some(wait)).unwrap();
            events.iter().for_each(|_| self.port.tell_readable());
            !events.is_empty()
        }

        /// Datagrams of one receive call.
        fn take(&mut self) -> usize {
            let received = self.port.receive(&mut self.inbox);
            self.inbox.datagrams(received).count()
        }
    }

    #[test]
    fn whatever_comes_is_told_or_still_held_to_be_there() {
        let mut stage = Stage::new();
        let (mut sent, mut taken) = (0, 0);
        let call = Inbox::CALL;
        for count in [0, 1, call - 1, call, call + 1, 2 * call, 0, 5 * call, 1, 1, 0, 3 * call + 7]
        {
            stage.send(count);
            sent += count;
            // Others have their turn after two calls, and some come between them.
            taken += stage.take();
            stage.send(3);
            sent += 3;
            taken += stage.take();
            stage.wait(Duration::ZERO);
        }
        while taken < sent {
            let more = stage.take();
            taken += more;
            assert!(more > 0 || stage.wait(Duration::from_secs(2)), "{taken} of {sent}");
        }
        assert_eq!((taken, stage.take()), (sent, 0));
    }

    #[test]
    fn an_empty_port_is_not_asked_again_before_it_tells() {
        let mut stage = Stage::new();
        stage.send(1);
        assert!(stage.wait(Duration::from_secs(2)));
        assert_eq!(stage.take(), 1);
        stage.send(1);
        assert_eq!(stage.take(), 0);
        assert!(stage.wait(Duration::from_secs(2)));
        assert_eq!(stage.take(), 1);
    }

    #[test]
    fn the_system_gives_what_is_steered_to_the_socket_that_the_program_names() {
        let ports = UdpPort::bind_shared(&[Ipv4Addr::LOCALHOST.into()], 0, 2).unwrap();
        let to = ports[0].local();
        let senders = [0; 16].map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut steering = Steering::default();
        for (place, sender) in (0u8..).zip(&senders) {
            steering.learn(sender.local_addr().unwrap(), place % 2);
        }
        ports[1].steer(&steering.changed().unwrap()).unwrap();
        let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        for sender in senders.iter().chain([&stranger]) {
            sender.send_to(b"x", to).unwrap();
        }
        let mut came = vec![];
        let (mut polls, mut inbox) = (vec![], Inbox::default());
        for mut port in ports {
            let poll = Poll::new().unwrap();
            port.watch(poll.registry(), Token(0)).unwrap();
            polls.push((poll, port));
        }
        let mut events = Events::with_capacity(1);
        while came.len() < senders.len() + 1 {
            let before = came.len();
            for (shard, (poll, port)) in (0u8..).zip(&mut polls) {
                poll.poll(&mut events, Some(Duration::from_millis(500))).unwrap();
                port.tell_readable();
                let received = port.receive(&mut inbox);
                came.extend(inbox.datagrams(received).map(|(from, ..)| (from, shard)));
            }
            assert!(came.len() > before, "{came:?}");
        }
        for (place, sender) in (0u8..).zip(&senders) {
            assert!(came.contains(&(sender.local_addr().unwrap(), place % 2)), "{came:?}");
        }
    }

    #[test]
    fn an_error_may_hide_what_has_come() {
        let error = |kind: io::ErrorKind| may_hold_more(&Err(kind.into()));
        assert!(error(io::ErrorKind::ConnectionRefused) && !error(io::ErrorKind::WouldBlock));
        assert!(may_hold_more(&Ok(Inbox::CALL)) && !may_hold_more(&Ok(Inbox::CALL - 1)));
    }
}
