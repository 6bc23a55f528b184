//! The associations of one client: attempts until one is connected, then that one alone.

use bytes::Bytes;
use rtc_sctp::{
    Association, AssociationError, AssociationHandle, DatagramEvent, Endpoint, EndpointConfig,
    Event as AssociationEvent, Payload, PayloadProtocolIdentifier as Ppi, ReliabilityType,
    ServerConfig, StreamEvent, TransportConfig,
};
use rtc_shared::error::Error;
use rtc_shared::{TransportMessage, TransportProtocol};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use super::dcep::{ChannelOpen, Reliability};
use super::guard::Guard;
use super::{MAX_MESSAGE, SctpEvent};

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);
/// A repeated INIT makes another association until one is connected; after this many no more are taken.
const MAX_ATTEMPTS: usize = 8;
/// A client that opens more SCTP streams than this, channels or not, loses its data channels.
const MAX_STREAMS: usize = 64;

pub(super) struct Associations {
    endpoint: Endpoint,
    attempts: Vec<(AssociationHandle, Association)>, // one when connected
    taken: usize,
    up: bool,
}

impl Default for Associations {
    fn default() -> Self {
        let transport =
            TransportConfig::default().with_max_message_size(MAX_MESSAGE).with_sctp_port(5000);
        let server = Some(Arc::new(ServerConfig::new(transport)));
        let endpoint = Endpoint::new(
            PEER,
            TransportProtocol::UDP,
            Arc::new(EndpointConfig::default()),
            server,
        );
        Self { endpoint, attempts: vec![], taken: 0, up: false }
    }
}

impl Associations {
    /// Takes one packet.
    pub(super) fn handle(&mut self, now: Instant, data: Bytes) {
        match self.endpoint.handle(now, PEER, None, data) {
            Some((handle, DatagramEvent::NewAssociation(association))) => {
                self.attempts.push((handle, association));
                self.taken += 1;
                if self.taken == MAX_ATTEMPTS {
                    self.endpoint.reject_new_associations();
                }
            }
            Some((handle, DatagramEvent::AssociationEvent(event))) => {
                if let Some((_, association)) = self.attempts.iter_mut().find(|(h, _)| *h == handle)
                {
                    association.handle_event(event);
                }
            }
            _ => {}
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        self.up
    }

    /// The connected association.
    pub(super) fn connected(&mut self) -> Option<&mut Association> {
        self.attempts.first_mut().filter(|_| self.up).map(|(_, a)| a)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.attempts.iter().filter_map(|(_, a)| a.poll_timeout()).min()
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for (_, association) in &mut self.attempts {
            if association.poll_timeout().is_some_and(|t| t <= now) {
                association.handle_timeout(now);
            }
        }
    }

    /// Takes what has come about: streams that can be read go to `readable`, the rest to `events`. The first association
    /// that connects ends the other attempts.
    pub(super) fn poll(&mut self, readable: &mut Vec<u16>, events: &mut Vec<SctpEvent>) {
        for i in 0..self.attempts.len() {
            let Some((_, association)) = self.attempts.get_mut(i) else { break };
            let connected = poll(association, readable, events);
            if association.stream_ids().len() > MAX_STREAMS {
                events.push(SctpEvent::Closed);
            }
            if connected && !self.up {
                self.up = true;
                events.insert(0, SctpEvent::Up);
                // Data may ride on the packet that ends the handshake; it is read only now.
                *readable = association.stream_ids();
                self.endpoint.reject_new_associations();
                self.attempts.swap(0, i);
                self.attempts.truncate(1);
                break;
            }
        }
    }

    /// Hands the associations' notices to the endpoint; a drained association is gone.
    pub(super) fn settle(&mut self) {
        let endpoint = &mut self.endpoint;
        self.attempts.retain_mut(|(handle, association)| {
            let event = association.poll_endpoint_event();
            let drained = event.is_some();
            if let Some(event) = event {
                endpoint.handle_event(*handle, event);
            }
            !drained
        });
        self.up &= !self.attempts.is_empty();
    }

    /// Packets to send go to `out`, past the guard, which learns from them what the client may acknowledge.
    pub(super) fn transmit(&mut self, now: Instant, guard: &mut Guard, out: &mut Vec<Bytes>) {
        for (_, association) in &mut self.attempts {
            while let Some(TransportMessage { message, .. }) = association.poll_transmit(now) {
                if let Payload::RawEncode(packets) = message {
                    packets.iter().for_each(|packet| guard.sent(packet));
                    out.extend(packets);
                }
            }
        }
    }
}

/// Takes an association's events; answers whether it has just connected.
fn poll(
    association: &mut Association,
    readable: &mut Vec<u16>,
    events: &mut Vec<SctpEvent>,
) -> bool {
    let mut connected = false;
    while let Some(event) = association.poll() {
        match event {
            AssociationEvent::Connected => connected = true,
            AssociationEvent::Stream(StreamEvent::Readable { id }) => readable.push(id),
            // The library reports the reset of one stream as a loss with this reason.
            AssociationEvent::AssociationLost { reason: AssociationError::Reset, id } => {
                events.push(SctpEvent::Shut { stream: id })
            }
            AssociationEvent::AssociationLost { .. } | AssociationEvent::HandshakeFailed { .. } => {
                events.push(SctpEvent::Closed)
            }
            _ => {}
        }
    }
    while association.accept_stream().is_some() {}
    connected
}

/// Makes a stream deliver as its OPEN says.
pub(super) fn set_reliability(
    association: &mut Association,
    stream: u16,
    open: &ChannelOpen,
) -> Result<(), Error> {
    let (kind, parameter) = match open.reliability {
        Reliability::Full => (ReliabilityType::Reliable, 0),
        Reliability::Retransmits(n) => (ReliabilityType::Rexmit, n),
        Reliability::Lifetime(ms) => (ReliabilityType::Timed, ms),
    };
    association.stream(stream)?.set_reliability_params(open.unordered, kind, parameter)
}

/// Queues one message on a stream.
pub(super) fn write(
    association: &mut Association,
    now: Instant,
    stream: u16,
    data: &[u8],
    ppi: Ppi,
) -> Result<(), Error> {
    association.stream(stream)?.write_with_ppi(now, data, ppi).map(drop)
}
