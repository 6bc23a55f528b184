//! The media port before anybody is known: STUN and DTLS, in datagrams and in streams.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use bytes::BytesMut;
use transport::dtls::{Identity, client_hello_offers, is_client_hello};
use transport::framing::{FIRST, Framing, MAX_FRAME, StreamProtocol};
use transport::ice::{Credentials, local_ufrag};
use transport::peer::{Input, Output, Peer};

use crate::parts::Parts;

/// RFC 8489, section 5.
pub(crate) const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// First bytes up to this one are of STUN (RFC 7983, section 7).
const STUN_LAST: u8 = 3;
/// More than the gateway ever answers to one datagram of a stranger before a handshake has begun.
const ANSWERS_MAX: usize = 32;
/// An answer to a hello without the cookie is not longer: a HelloVerifyRequest.
const UNASKED_MAX: usize = 48;
/// More than one peer ever holds in all its tables together.
const ENTRIES_MAX: usize = 4_096;

pub(crate) fn from() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 4_000))
}

#[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
pub(crate) fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// The certificate is made once: each one would cost more than all the rest.
pub(crate) fn identity() -> Option<Arc<Identity>> {
    static MADE: OnceLock<Option<Arc<Identity>>> = OnceLock::new();
    MADE.get_or_init(|| Identity::generate().ok().map(Arc::new)).clone()
}

fn peer() -> Option<Peer> {
    let peer = identity().and_then(|it| Peer::new(start(), it, 0).ok());
    assert!(peer.is_some(), "the crypto library has a certificate and randomness");
    peer
}

/// Feeds a datagram, and holds what must hold whatever it was.
fn feed(peer: &mut Peer, now: Instant, datagram: &[u8]) -> Vec<Output> {
    let (mut out, mut bytes) = (vec![], datagram.to_vec());
    peer.handle(now, Input::Datagram(from(), &mut bytes), &mut out);
    assert_eq!(bytes.len(), datagram.len());
    assert!(out.len() <= ANSWERS_MAX, "{} outputs for one datagram", out.len());
    assert!(peer.table_entries() <= ENTRIES_MAX, "{} table entries", peer.table_entries());
    out
}

/// STUN (RFC 8489): as it comes, and inside a check that somebody who knows the password has signed.
pub(crate) fn stun(data: &[u8]) {
    let _ = local_ufrag(data);
    let Some(mut peer) = peer() else { return };
    let unsigned = feed(&mut peer, start(), data);
    // A hello of DTLS has its answer unsigned; the target `dtls` holds how long it may be.
    let stun = data.first().is_none_or(|first| *first <= STUN_LAST);
    assert!(!stun || unsigned.is_empty(), "an answer to what nobody has signed");
    let credentials = peer.credentials().clone();
    let request = signed(data, &credentials);
    assert_eq!(local_ufrag(&request), Some(credentials.ufrag.as_str()));
    for output in feed(&mut peer, start(), &request) {
        if let Output::Send(to, answer, _) = output {
            assert!(to == from() && answer.len() <= request.len() + 64, "it would amplify");
        }
    }
}

/// A binding request with these attributes after the name, MESSAGE-INTEGRITY and FINGERPRINT behind them.
fn signed(attributes: &[u8], credentials: &Credentials) -> Vec<u8> {
    let name = format!("{}:them", credentials.ufrag);
    let attributes = attributes.get(..attributes.len().min(1_200)).unwrap_or_default();
    let mut packet = vec![0, 1, 0, 0];
    packet.extend_from_slice(&COOKIE);
    packet.extend_from_slice(&[7; 12]);
    attribute(&mut packet, 6, name.as_bytes());
    packet.extend_from_slice(attributes);
    packet.resize(packet.len().next_multiple_of(4), 0);
    measure(&mut packet, 24);
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, credentials.pwd.as_bytes());
    let tag = sign(&key, &packet);
    attribute(&mut packet, 8, tag.as_ref());
    measure(&mut packet, 8);
    let sum = crc32fast::hash(&packet) ^ 0x5354_554e;
    attribute(&mut packet, 0x8028, &sum.to_be_bytes());
    packet
}

pub(crate) fn attribute(packet: &mut Vec<u8>, typ: u16, value: &[u8]) {
    packet.extend_from_slice(&typ.to_be_bytes());
    packet.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
    packet.extend_from_slice(value);
    packet.resize(packet.len().next_multiple_of(4), 0);
}

/// Writes the length that the message will have with `more` bytes.
pub(crate) fn measure(packet: &mut [u8], more: usize) {
    let len = u16::try_from(packet.len() - 20 + more).unwrap_or_default().to_be_bytes();
    if let Some(place) = packet.get_mut(2..4) {
        place.copy_from_slice(&len);
    }
}

/// DTLS before a handshake is done: datagrams one after the other, and the time between them. A hello that brings a
/// cookie brings the right one, so that what follows it is read as well.
pub(crate) fn dtls(data: &[u8]) {
    let _ = (is_client_hello(data), client_hello_offers(data, 7), client_hello_offers(data, 1));
    let Some(mut peer) = peer() else { return };
    let (mut now, mut cookie, mut brought) = (start(), vec![], false);
    for datagram in Parts(data).take(32) {
        let mut datagram = datagram.to_vec();
        brought |= bring(&mut datagram, &cookie);
        for output in feed(&mut peer, now, &datagram) {
            if let Output::Send(_, answer, _) = output {
                assert!(brought || answer.len() <= UNASKED_MAX, "it would amplify");
                cookie = asked_cookie(&answer).map_or(cookie, <[u8]>::to_vec);
            }
        }
        now += Duration::from_millis(100);
        if peer.poll_timeout() <= now {
            peer.handle(now, Input::Timeout, &mut vec![]);
        }
    }
    assert!(peer.sender().is_none(), "keys without a handshake");
}

/// The cookie of a HelloVerifyRequest (RFC 6347, section 4.2.1), behind the headers of its record and of itself.
fn asked_cookie(answer: &[u8]) -> Option<&[u8]> {
    let (len, cookie) = answer.get(13 + 12 + 2..)?.split_first()?;
    (answer.first() == Some(&22) && answer.get(13) == Some(&3)).then_some(cookie)?;
    cookie.get(..usize::from(*len))
}

/// Puts this cookie into a hello that has one as long; answers whether it has.
fn bring(datagram: &mut [u8], cookie: &[u8]) -> bool {
    const SESSION: usize = 13 + 12 + 34;
    if !is_client_hello(datagram) || cookie.is_empty() {
        return false;
    }
    let session = datagram.get(SESSION).copied().unwrap_or_default();
    let place = datagram.get_mut(SESSION + 1 + usize::from(session)..).unwrap_or_default();
    let Some((len, place)) = place.split_first_mut() else { return false };
    let place = place.get_mut(..usize::from(*len)).filter(|it| it.len() == cookie.len());
    place.map(|it| it.copy_from_slice(cookie)).is_some()
}

/// Streams that carry datagrams (RFC 4571, 8656): cut the same way however they come in, and written as they were read.
pub(crate) fn framing(data: &[u8]) {
    let _ = StreamProtocol::of(data.get(..FIRST).unwrap_or(data));
    for framing in [Framing::Length, Framing::Turn] {
        let (whole, torn) = cut(framing, std::iter::once(data));
        assert!(whole.iter().all(|it| it.len() <= MAX_FRAME));
        assert_eq!((whole.clone(), torn), cut(framing, data.chunks(7)));
        let mut again = BytesMut::new();
        whole.iter().for_each(|it| framing.put(it, &mut again));
        assert_eq!(cut(framing, std::iter::once(again.as_ref())), (whole, false));
    }
}

/// The datagrams of a stream that comes in these pieces, and whether it was torn.
fn cut<'a>(framing: Framing, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<BytesMut>, bool) {
    let (mut stream, mut found) = (BytesMut::new(), vec![]);
    for piece in pieces {
        stream.extend_from_slice(piece);
        loop {
            match framing.take(&mut stream) {
                Ok(Some(datagram)) => found.push(datagram),
                Ok(None) => break,
                Err(_) => return (found, true),
            }
        }
    }
    (found, false)
}
