//! What a client has been given, and where it may send.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use rtc_stun::attributes::{ATTR_CHANNEL_NUMBER, ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS};
use rtc_stun::message::{Message, TransactionId};

use super::wire::{self, ErrorCode, Writer};
use super::{At, CHANNEL, PERMISSION, Terms, TurnRequest};

#[derive(Debug)]
pub(super) struct Allocation<P> {
    pub(super) user: String,
    pub(super) made_by: TransactionId,
    pub(super) relayed: SocketAddr,
    pub(super) ends: Instant,
    /// By IP address of a peer: never more than there are peers.
    pub(super) permissions: Vec<(IpAddr, Instant)>,
    /// Never more than there are peers.
    pub(super) channels: Vec<TurnChannel>,
    pub(super) indications: Cell<u64>,
    pub(super) _place: P,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TurnChannel {
    pub(super) number: u16,
    pub(super) peer: u16,
    pub(super) ends: Instant,
}

impl<P> Allocation<P> {
    pub(super) fn told(&self, request: &Message, at: &At, lifetime: u32) -> Writer {
        let answer = Writer::success(request).address(ATTR_XOR_RELAYED_ADDRESS, self.relayed);
        answer.lifetime(lifetime).address(ATTR_XORMAPPED_ADDRESS, at.client)
    }

    pub(super) fn permits(&self, ip: IpAddr, now: Instant) -> bool {
        self.permissions.iter().any(|(permitted, ends)| *permitted == ip && *ends > now)
    }

    /// Whether a peer may be reached at all.
    pub(super) fn check(&self, terms: &Terms, ip: IpAddr) -> Result<(), ErrorCode> {
        match () {
            () if ip.is_ipv4() != self.relayed.is_ipv4() => Err(wire::FAMILY_MISMATCH),
            () if !terms.peers.iter().any(|peer| peer.ip() == ip) => Err(wire::FORBIDDEN),
            () => Ok(()),
        }
    }

    pub(super) fn permit_until(&mut self, ip: IpAddr, ends: Instant) {
        match self.permissions.iter_mut().find(|(permitted, _)| *permitted == ip) {
            Some((_, until)) => *until = ends,
            None => self.permissions.push((ip, ends)),
        }
    }

    /// RFC 8656, section 10.2: all of the peers, or none.
    pub(super) fn permit(&mut self, request: &TurnRequest<'_>) -> Result<Writer, ErrorCode> {
        let peers = wire::peers(request.message).filter(|peers| !peers.is_empty());
        let peers = peers.ok_or(wire::BAD_REQUEST)?;
        peers.iter().try_for_each(|peer| self.check(request.terms, peer.ip()))?;
        let ends = request.at.now + PERMISSION;
        peers.iter().for_each(|peer| self.permit_until(peer.ip(), ends));
        Ok(Writer::success(request.message))
    }

    /// RFC 8656, section 12.2.
    pub(super) fn bind(&mut self, request: &TurnRequest<'_>) -> Result<Writer, ErrorCode> {
        let TurnRequest { message, at, terms, .. } = *request;
        let number = wire::word(message, ATTR_CHANNEL_NUMBER);
        let number = number.map(|[high, low, ..]| u16::from_be_bytes([high, low]));
        let number =
            number.filter(|number| wire::CHANNELS.contains(number)).ok_or(wire::BAD_REQUEST)?;
        let to = wire::peers(message)
            .and_then(|peers| peers.first().copied())
            .ok_or(wire::BAD_REQUEST)?;
        self.check(terms, to.ip())?;
        let peer = place_of(&terms.peers, to).ok_or(wire::FORBIDDEN)?;
        self.channels.retain(|channel| channel.ends > at.now);
        let clash = |channel: &TurnChannel| (channel.number == number) != (channel.peer == peer);
        if self.channels.iter().any(clash) {
            return Err(wire::BAD_REQUEST);
        }
        let ends = at.now + CHANNEL;
        self.channels.retain(|channel| channel.number != number);
        self.channels.push(TurnChannel { number, peer, ends });
        self.permit_until(to.ip(), at.now + PERMISSION);
        Ok(Writer::success(message))
    }
}

pub(super) fn place_of(peers: &[SocketAddr], to: SocketAddr) -> Option<u16> {
    u16::try_from(peers.iter().position(|peer| *peer == to)?).ok()
}
