//! Data channels (RFC 8831): SCTP on `rtc-sctp`, server side of the association, with the establishment protocol of our
//! own.

mod associations;
mod dcep;
mod guard;
mod reading;

use bytes::{Bytes, BytesMut};
use rtc_sctp::PayloadProtocolIdentifier as Ppi;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

use crate::error::Error;
use associations::{Associations, set_reliability, write};
use dcep::{ChannelOpen, Reliability};
use guard::Guard;
pub(crate) use guard::carries_data;

/// Longest message in either direction, in bytes.
pub const MAX_MESSAGE: u32 = 64 * 1024;
/// Most bytes that wait for one channel before [`Error::Full`].
pub const MAX_BUFFERED: usize = 1024 * 1024;
/// Most channels of one peer, those of both sides together.
pub const MAX_CHANNELS: usize = 16;
/// Longest label, in bytes.
pub const MAX_LABEL: usize = 256;

/// What a packet or a timer brought about.
#[derive(Debug)]
pub enum SctpEvent {
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

struct DataChannel {
    label: String,
    open: bool,
}

/// One client's data channels.
#[derive(Default)]
pub struct Sctp {
    associations: Associations,
    guard: Guard,
    refused: u64,
    channels: BTreeMap<u16, DataChannel>,
    /// Channels that are not read at present.
    held: BTreeSet<u16>,
    /// Channels of which more is to be read.
    unread: BTreeSet<u16>,
    /// When the caller was last here.
    now: Option<Instant>,
}

impl fmt::Debug for Sctp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sctp")
            .field("up", &self.associations.is_up())
            .field("channels", &self.channels.len())
            .finish_non_exhaustive()
    }
}

impl Sctp {
    /// Takes one decrypted DTLS record; packets to encrypt go to `out`.
    pub fn handle(&mut self, now: Instant, data: Bytes, out: &mut Vec<Bytes>) -> Vec<SctpEvent> {
        if !self.guard.admits(&data) {
            self.refused += 1;
            return vec![];
        }
        if self.guard.is_spent() {
            return vec![SctpEvent::Closed];
        }
        self.associations.handle(now, data);
        self.drain(now, out)
    }

    /// When the association has something to repeat or to acknowledge.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let unread = self.unread.difference(&self.held).next().and(self.now);
        self.associations.poll_timeout().into_iter().chain(unread).min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Vec<Bytes>) -> Vec<SctpEvent> {
        self.associations.handle_timeout(now);
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
        let association = self.associations.connected().ok_or(Error::NotConnected)?;
        let used = association.stream_ids();
        // The DTLS server opens odd streams (RFC 8832, section 6).
        let Some(stream) = (1..1024u16).step_by(2).find(|id| !used.contains(id)) else {
            return Err(Error::TooMany("data channels"));
        };
        let reliability =
            max_retransmits.map_or(Reliability::Full, |n| Reliability::Retransmits(n.into()));
        let open = ChannelOpen { unordered: !ordered, reliability, label: label.to_owned() };
        association.open_stream(stream, Ppi::Dcep).map_err(failed)?;
        set_reliability(association, stream, &open).map_err(failed)?;
        write(association, now, stream, &open.write(), Ppi::Dcep).map_err(failed)?;
        self.channels.insert(stream, DataChannel { label: open.label, open: false });
        self.associations.transmit(now, &mut self.guard, out);
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
        let association = self.associations.connected().ok_or(Error::NotConnected)?;
        write(association, now, stream, data, ppi).map_err(failed)?;
        self.associations.transmit(now, &mut self.guard, out);
        Ok(())
    }

    /// Bytes of a channel that the client has not acknowledged; 0 for an unknown one.
    pub fn buffered(&mut self, stream: u16) -> usize {
        let association = self.associations.connected();
        association.and_then(|a| a.stream(stream).ok()?.buffered_amount().ok()).unwrap_or(0)
    }

    /// How many channels there are: at most [`MAX_CHANNELS`].
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Packets that were not read, because of what they would do.
    pub const fn refused(&self) -> u64 {
        self.refused
    }
}

fn failed(e: rtc_shared::error::Error) -> Error {
    Error::Channel(e.to_string())
}
