//! Data channels (RFC 8831): SCTP on `rtc-sctp`, server side of the association, with the establishment protocol of our
//! own.

mod dcep;
mod guard;
mod reading;

use bytes::{Bytes, BytesMut};
use rtc_sctp::{
    Association, AssociationHandle, DatagramEvent, Endpoint, EndpointConfig, Payload,
    PayloadProtocolIdentifier as Ppi, ReliabilityType, ServerConfig, TransportConfig,
};
use rtc_shared::{TransportMessage, TransportProtocol};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use dcep::{Open, Reliability};
use guard::Guard;

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);
/// Longest message in either direction, in bytes.
pub const MAX_MESSAGE: u32 = 64 * 1024;
/// Most bytes that wait for one channel before [`Error::Full`].
pub const MAX_BUFFERED: usize = 1024 * 1024;
/// Most channels of one peer, those of both sides together.
pub const MAX_CHANNELS: usize = 16;
/// Longest label, in bytes.
pub const MAX_LABEL: usize = 256;
/// A repeated INIT makes another association until one is connected; after this many no more are taken.
const MAX_ATTEMPTS: usize = 8;

/// What a packet or a timer brought about.
#[derive(Debug)]
pub enum Event {
    /// The association is connected.
    Up,
    /// A channel can be used: the client's OPEN or its ACK to ours has come.
    Open {
        /// SCTP stream number.
        stream: u16,
        /// The channel's name.
        label: String,
    },
    /// A whole message.
    Message {
        /// SCTP stream number.
        stream: u16,
        /// Text (UTF-8 by promise of the client) or binary.
        text: bool,
        /// The message.
        data: BytesMut,
    },
    /// The client closed one channel.
    Shut {
        /// SCTP stream number.
        stream: u16,
    },
    /// The association is lost, or the client broke a bound.
    Closed,
}

struct Channel {
    label: String,
    open: bool,
}

/// One client's data channels.
pub struct Sctp {
    endpoint: Endpoint,
    guard: Guard,
    refused: u64,
    attempts: Vec<(AssociationHandle, Association)>, // one when connected
    taken: usize,
    channels: BTreeMap<u16, Channel>,
    /// Channels that are not read at present.
    held: BTreeSet<u16>,
    /// Channels of which more is to be read.
    unread: BTreeSet<u16>,
    /// When the caller was last here.
    now: Option<Instant>,
    up: bool,
}

impl fmt::Debug for Sctp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sctp")
            .field("up", &self.up)
            .field("channels", &self.channels.len())
            .finish_non_exhaustive()
    }
}

impl Default for Sctp {
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
        Self {
            endpoint,
            guard: Guard::default(),
            refused: 0,
            attempts: vec![],
            taken: 0,
            channels: BTreeMap::new(),
            held: BTreeSet::new(),
            unread: BTreeSet::new(),
            now: None,
            up: false,
        }
    }
}

impl Sctp {
    /// Takes one decrypted DTLS record; packets to encrypt go to `out`.
    pub fn handle(&mut self, now: Instant, data: Bytes, out: &mut Vec<Bytes>) -> Vec<Event> {
        if !self.guard.admits(&data) {
            self.refused += 1;
            return vec![];
        }
        if self.guard.is_spent() {
            return vec![Event::Closed];
        }
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
        self.drain(now, out)
    }

    /// When the association has something to repeat or to acknowledge.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let unread = self.unread.difference(&self.held).next().and(self.now);
        let timers = self.attempts.iter().filter_map(|(_, a)| a.poll_timeout());
        timers.chain(unread).min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Vec<Bytes>) -> Vec<Event> {
        for (_, association) in &mut self.attempts {
            if association.poll_timeout().is_some_and(|t| t <= now) {
                association.handle_timeout(now);
            }
        }
        self.drain(now, out)
    }

    /// Opens a channel from our side, to be called after [`Event::Up`]; the answer is its stream. Messages may be sent
    /// at once; [`Event::Open`] follows when the client has agreed.
    ///
    /// # Errors
    /// [`Error::NotConnected`], [`Error::TooLong`] for a label over [`MAX_LABEL`], [`Error::TooMany`] over
    /// [`MAX_CHANNELS`], [`Error::Channel`] when the association refuses.
    pub fn open(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
        out: &mut Vec<Bytes>,
    ) -> Result<u16, Error> {
        if label.len() > MAX_LABEL {
            return Err(Error::TooLong);
        }
        if self.channels.len() >= MAX_CHANNELS {
            return Err(Error::TooMany("data channels"));
        }
        let association = self.association().ok_or(Error::NotConnected)?;
        let used = association.stream_ids();
        // The DTLS server opens odd streams (RFC 8832, section 6).
        let Some(stream) = (1..1024u16).step_by(2).find(|id| !used.contains(id)) else {
            return Err(Error::TooMany("data channels"));
        };
        let reliability =
            max_retransmits.map_or(Reliability::Full, |n| Reliability::Retransmits(n.into()));
        let open = Open { unordered: !ordered, reliability, label: label.to_owned() };
        association.open_stream(stream, Ppi::Dcep).map_err(failed)?;
        set_reliability(association, stream, &open).map_err(failed)?;
        write(association, now, stream, &open.write(), Ppi::Dcep).map_err(failed)?;
        self.channels.insert(stream, Channel { label: open.label, open: false });
        self.transmit(now, out);
        Ok(stream)
    }

    /// Queues a message.
    ///
    /// # Errors
    /// [`Error::NotConnected`], [`Error::NoChannel`], [`Error::TooLong`] over [`MAX_MESSAGE`], [`Error::Full`] when more
    /// than [`MAX_BUFFERED`] bytes would wait, [`Error::Channel`] when the association refuses.
    pub fn send(
        &mut self,
        now: Instant,
        stream: u16,
        text: bool,
        data: &[u8],
        out: &mut Vec<Bytes>,
    ) -> Result<(), Error> {
        if data.len() > MAX_MESSAGE as usize {
            return Err(Error::TooLong);
        }
        if !self.channels.contains_key(&stream) {
            return Err(Error::NoChannel);
        }
        if self.buffered(stream) + data.len() > MAX_BUFFERED {
            return Err(Error::Full);
        }
        let (ppi, data) = match (text, data) {
            (true, []) => (Ppi::StringEmpty, &[0][..]), // SCTP has no empty messages
            (false, []) => (Ppi::BinaryEmpty, &[0][..]),
            (true, data) => (Ppi::String, data),
            (false, data) => (Ppi::Binary, data),
        };
        let association = self.association().ok_or(Error::NotConnected)?;
        write(association, now, stream, data, ppi).map_err(failed)?;
        self.transmit(now, out);
        Ok(())
    }

    /// Bytes of a channel that the client has not acknowledged; 0 for an unknown one.
    pub fn buffered(&mut self, stream: u16) -> usize {
        self.association().and_then(|a| a.stream(stream).ok()?.buffered_amount().ok()).unwrap_or(0)
    }

    /// How many channels there are: at most [`MAX_CHANNELS`].
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Packets that were not read, because of what they would do.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// The connected association.
    fn association(&mut self) -> Option<&mut Association> {
        self.attempts.first_mut().filter(|_| self.up).map(|(_, a)| a)
    }

    fn transmit(&mut self, now: Instant, out: &mut Vec<Bytes>) {
        for (_, association) in &mut self.attempts {
            while let Some(TransportMessage { message, .. }) = association.poll_transmit(now) {
                if let Payload::RawEncode(packets) = message {
                    packets.iter().for_each(|it| self.guard.sent(it));
                    out.extend(packets);
                }
            }
        }
    }
}

fn set_reliability(
    association: &mut Association,
    stream: u16,
    open: &Open,
) -> Result<(), rtc_shared::error::Error> {
    let (kind, parameter) = match open.reliability {
        Reliability::Full => (ReliabilityType::Reliable, 0),
        Reliability::Retransmits(n) => (ReliabilityType::Rexmit, n),
        Reliability::Lifetime(ms) => (ReliabilityType::Timed, ms),
    };
    association.stream(stream)?.set_reliability_params(open.unordered, kind, parameter)
}

fn write(
    association: &mut Association,
    now: Instant,
    stream: u16,
    data: &[u8],
    ppi: Ppi,
) -> Result<(), rtc_shared::error::Error> {
    association.stream(stream)?.write_with_ppi(now, data, ppi).map(drop)
}

fn failed(e: rtc_shared::error::Error) -> Error {
    Error::Channel(e.to_string())
}
