//! A TURN server (RFC 8656) whose only peers are the gateway's own addresses.
//!
//! No socket is opened for an allocation: what a client sends to a peer is handed to the gateway as a datagram of the
//! relayed address, which is a name and nothing more. So the server cannot be used to reach anybody else. Credentials
//! are checked by their signature; before a client has shown good ones, nothing is kept of it.

mod allocation;
mod credentials;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc_stun::attributes::{
    ATTR_DATA, ATTR_EVEN_PORT, ATTR_LIFETIME, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM,
    ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_RESERVATION_TOKEN, ATTR_USERNAME,
    ATTR_XORMAPPED_ADDRESS,
};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_INDICATION, CLASS_REQUEST, METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND,
    METHOD_CREATE_PERMISSION, METHOD_REFRESH, METHOD_SEND, Message,
};

use crate::dtls::Identity;
use allocation::{Allocation, place_of};
pub use credentials::{Login, NONCE_S, Secret};
pub use wire::ErrorCode;
use wire::Writer;

/// Life of an allocation when the client does not ask for another, and the shortest, in seconds.
pub const LIFETIME_S: u32 = 600;
/// The longest, in seconds.
pub const LIFETIME_MAX_S: u32 = 3_600;
/// Life of a permission (RFC 8656, section 9).
pub const PERMISSION: Duration = Duration::from_secs(300);
/// Life of a channel (RFC 8656, section 12).
pub const CHANNEL: Duration = Duration::from_secs(600);
/// REQUESTED-TRANSPORT for UDP.
const UDP: u8 = 17;

/// What all relays of a server share.
#[derive(Debug)]
pub struct Terms {
    /// Behind credentials and nonces.
    pub secret: Secret,
    /// The addresses that may be reached: the gateway's own, and no others.
    pub peers: Vec<SocketAddr>,
    /// For its crypto library.
    pub identity: Arc<Identity>,
}

/// When and whence a message came.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// For lifetimes.
    pub now: Instant,
    /// Seconds since 1970, for credentials and nonces.
    pub unix_s: u64,
    /// The client.
    pub client: SocketAddr,
    /// Port of the relayed address, should there be an allocation.
    pub port: u16,
}

/// What follows from a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To be sent to the client.
    Reply(Vec<u8>),
    /// A refusal, to be sent to the client.
    Refused(ErrorCode, Vec<u8>),
    /// A datagram for the peer of this number, which lies in the message at this place.
    Datagram(u16, Range<usize>),
    /// Nothing: it was no message, or one that must not be answered.
    Dropped,
}

/// The server's side of one client (one five-tuple). `P` is the place among all allocations that an allocation holds.
#[derive(Debug)]
pub struct Relay<P> {
    allocation: Option<Allocation<P>>,
}

/// A request of a user.
struct TurnRequest<'a> {
    message: &'a Message,
    user: String,
    expired: bool,
    at: &'a At,
    terms: &'a Terms,
}

impl<P> Default for Relay<P> {
    fn default() -> Self {
        Self { allocation: None }
    }
}

impl<P> Relay<P> {
    /// Takes one message. `admit` gives a new allocation of a user its place, or none if there is none left.
    pub fn handle(
        &mut self,
        terms: &Terms,
        at: &At,
        bytes: &[u8],
        admit: impl FnOnce(&str) -> Option<P>,
    ) -> Outcome {
        self.expire(at.now);
        if matches!(bytes.first(), Some(0x40..=0x4f)) {
            return self.channel_data(at.now, bytes).unwrap_or(Outcome::Dropped);
        }
        let Some(mut message) = wire::read(bytes) else { return Outcome::Dropped };
        match (message.typ.class, message.typ.method) {
            (CLASS_INDICATION, METHOD_SEND) => {
                self.send(terms, at.now, &message).unwrap_or(Outcome::Dropped)
            }
            (CLASS_REQUEST, METHOD_BINDING) => {
                let answer = Writer::success(&message);
                Outcome::Reply(answer.address(ATTR_XORMAPPED_ADDRESS, at.client).plain())
            }
            (
                CLASS_REQUEST,
                METHOD_ALLOCATE | METHOD_REFRESH | METHOD_CREATE_PERMISSION | METHOD_CHANNEL_BIND,
            ) => self.request(terms, at, &mut message, admit),
            _ => Outcome::Dropped,
        }
    }

    /// RFC 8489, section 9.2.4: the steps of the long-term credential mechanism, then the request itself.
    fn request(
        &mut self,
        terms: &Terms,
        at: &At,
        message: &mut Message,
        admit: impl FnOnce(&str) -> Option<P>,
    ) -> Outcome {
        let crypto = terms.identity.crypto();
        let refuse = |message: &Message, refusal: ErrorCode| {
            let nonce = terms.secret.nonce(at.client, at.unix_s);
            let answer = Writer::error(message, refusal);
            let answer =
                if refusal == wire::BAD_REQUEST { answer } else { answer.challenge(&nonce) };
            Outcome::Refused(refusal, answer.plain())
        };
        if !message.contains(ATTR_MESSAGE_INTEGRITY) {
            return refuse(message, wire::UNAUTHENTICATED);
        }
        let user = wire::text(message, ATTR_USERNAME);
        let (Some(user), true, Ok(nonce)) =
            (user, message.contains(ATTR_REALM), message.get(ATTR_NONCE))
        else {
            return refuse(message, wire::BAD_REQUEST);
        };
        if !terms.secret.fresh(&nonce, at.client, at.unix_s) {
            return refuse(message, wire::STALE_NONCE);
        }
        let Some((key, until_s)) = terms.secret.key(&user, crypto) else {
            return refuse(message, wire::UNAUTHENTICATED);
        };
        if MessageIntegrity::check(message, &key, crypto).is_err() {
            return refuse(message, wire::UNAUTHENTICATED);
        }
        let request = TurnRequest { message, user, expired: at.unix_s >= until_s, at, terms };
        match self.done(&request, admit) {
            Ok(answer) => answer.signed(&key, crypto).map_or(Outcome::Dropped, Outcome::Reply),
            // An expired user is asked for other credentials.
            Err(wire::UNAUTHENTICATED) => refuse(request.message, wire::UNAUTHENTICATED),
            Err(refusal) => match Writer::error(request.message, refusal).signed(&key, crypto) {
                Some(answer) => Outcome::Refused(refusal, answer),
                None => Outcome::Dropped,
            },
        }
    }

    fn done(
        &mut self,
        request: &TurnRequest<'_>,
        admit: impl FnOnce(&str) -> Option<P>,
    ) -> Result<Writer, ErrorCode> {
        let method = request.message.typ.method;
        if !wire::unknown(request.message).is_empty() {
            return Err(wire::UNKNOWN_ATTRIBUTE);
        }
        if method == METHOD_ALLOCATE {
            return self.allocate(request, admit);
        }
        let allocation = self.allocation.as_mut().ok_or(wire::ALLOCATION_MISMATCH)?;
        if allocation.user != request.user {
            return Err(wire::WRONG_CREDENTIALS);
        }
        match method {
            METHOD_CREATE_PERMISSION => allocation.permit(request),
            METHOD_CHANNEL_BIND => allocation.bind(request),
            _ => self.refresh(request),
        }
    }

    fn allocate(
        &mut self,
        request: &TurnRequest<'_>,
        admit: impl FnOnce(&str) -> Option<P>,
    ) -> Result<Writer, ErrorCode> {
        let TurnRequest { message, at, terms, .. } = *request;
        if let Some(allocation) = &self.allocation {
            // The answer was lost, and the client asks again.
            let again = allocation.made_by == message.transaction_id;
            let left = allocation.ends.saturating_duration_since(at.now).as_secs();
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            return if again {
                Ok(allocation.told(message, at, left))
            } else {
                Err(wire::ALLOCATION_MISMATCH)
            };
        }
        if request.expired {
            return Err(wire::UNAUTHENTICATED);
        }
        let [transport, ..] =
            wire::word(message, ATTR_REQUESTED_TRANSPORT).ok_or(wire::BAD_REQUEST)?;
        if transport != UDP {
            return Err(wire::TRANSPORT_UNSUPPORTED);
        }
        if message.contains(ATTR_EVEN_PORT) || message.contains(ATTR_RESERVATION_TOKEN) {
            return Err(wire::INSUFFICIENT_CAPACITY);
        }
        let family = wire::word(message, ATTR_REQUESTED_ADDRESS_FAMILY).map(|[family, ..]| family);
        let fits = |peer: &&SocketAddr| match family {
            None | Some(1) => peer.is_ipv4(),
            Some(2) => peer.is_ipv6(),
            Some(_) => false,
        };
        let own = terms.peers.iter().find(fits).ok_or(wire::FAMILY_UNSUPPORTED)?;
        let place = admit(&request.user).ok_or(wire::QUOTA_REACHED)?;
        let lifetime = lifetime(message).max(LIFETIME_S);
        let allocation = self.allocation.insert(Allocation {
            user: request.user.clone(),
            made_by: message.transaction_id,
            relayed: SocketAddr::new(own.ip(), at.port),
            ends: at.now + Duration::from_secs(lifetime.into()),
            permissions: vec![],
            channels: vec![],
            indications: Cell::new(0),
            _place: place,
        });
        Ok(allocation.told(message, at, lifetime))
    }

    fn refresh(&mut self, request: &TurnRequest<'_>) -> Result<Writer, ErrorCode> {
        let answer = Writer::success(request.message);
        let lifetime = lifetime(request.message);
        if lifetime == 0 {
            self.allocation = None;
            return Ok(answer.lifetime(0));
        }
        let lifetime = lifetime.max(LIFETIME_S);
        if let Some(allocation) = &mut self.allocation {
            allocation.ends = request.at.now + Duration::from_secs(lifetime.into());
        }
        Ok(answer.lifetime(lifetime))
    }

    /// RFC 8656, section 12.4.
    fn channel_data(&self, now: Instant, bytes: &[u8]) -> Option<Outcome> {
        let &[a, b, c, d] = bytes.first_chunk::<4>()?;
        let (number, len) = (u16::from_be_bytes([a, b]), usize::from(u16::from_be_bytes([c, d])));
        let channels = &self.allocation.as_ref()?.channels;
        let channel =
            channels.iter().find(|channel| channel.number == number && channel.ends > now)?;
        (4 + len <= bytes.len()).then_some(Outcome::Datagram(channel.peer, 4..4 + len))
    }

    /// RFC 8656, section 11.2.
    fn send(&self, terms: &Terms, now: Instant, message: &Message) -> Option<Outcome> {
        let allocation = self.allocation.as_ref()?;
        let to = *wire::peers(message)?.first()?;
        let peer = place_of(&terms.peers, to)?;
        if !allocation.permits(to.ip(), now) || !wire::unknown(message).is_empty() {
            return None;
        }
        Some(Outcome::Datagram(peer, wire::place(message, ATTR_DATA)?))
    }

    /// Writes a datagram from peer `peer` as it goes to the client; `false` without a channel or a permission.
    pub fn wrap(
        &self,
        terms: &Terms,
        now: Instant,
        peer: u16,
        datagram: &[u8],
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(allocation) = self.allocation.as_ref().filter(|allocation| allocation.ends > now)
        else {
            return false;
        };
        let Ok(len) = u16::try_from(datagram.len()) else { return false };
        let channel =
            allocation.channels.iter().find(|channel| channel.peer == peer && channel.ends > now);
        if let Some(channel) = channel {
            out.extend_from_slice(&channel.number.to_be_bytes());
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(datagram);
            return true;
        }
        let Some(from) = terms.peers.get(usize::from(peer)) else { return false };
        if !allocation.permits(from.ip(), now) {
            return false;
        }
        let number = allocation.indications.get().wrapping_add(1);
        allocation.indications.set(number);
        out.extend_from_slice(&Writer::data(number, *from, datagram));
        true
    }

    /// What [`Self::wrap`] adds to a datagram from peer `peer`, in bytes: to one as it is in a channel, to one that is
    /// filled up to whole words (`true`) in an indication.
    pub fn wrapping(&self, terms: &Terms, now: Instant, peer: u16) -> (usize, bool) {
        let channels = self.allocation.iter().flat_map(|allocation| &allocation.channels);
        if channels.into_iter().any(|channel| channel.peer == peer && channel.ends > now) {
            return (wire::CHANNEL_HEADER, false);
        }
        let v4 = terms.peers.get(usize::from(peer)).is_some_and(SocketAddr::is_ipv4);
        (wire::DATA_HEADER + if v4 { 8 } else { 20 }, true)
    }

    /// Ends what is over; `false` if there is no allocation (any more).
    pub fn expire(&mut self, now: Instant) -> bool {
        self.allocation.take_if(|allocation| allocation.ends <= now);
        self.allocation.is_some()
    }

    /// When the allocation ends if it is not refreshed; `None` without one.
    pub fn ends(&self) -> Option<Instant> {
        self.allocation.as_ref().map(|allocation| allocation.ends)
    }

    /// Permissions and channels: never more than two for each peer.
    pub fn table_entries(&self) -> usize {
        self.allocation
            .as_ref()
            .map_or(0, |allocation| allocation.permissions.len() + allocation.channels.len())
    }

    /// The address that the client is told to have at the peers; `None` without an allocation.
    pub fn relayed(&self) -> Option<SocketAddr> {
        self.allocation.as_ref().map(|allocation| allocation.relayed)
    }
}

/// What a client asks for, in seconds.
fn lifetime(message: &Message) -> u32 {
    let asked = wire::word(message, ATTR_LIFETIME).map(u32::from_be_bytes);
    asked.unwrap_or(LIFETIME_S).min(LIFETIME_MAX_S)
}
