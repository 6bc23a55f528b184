//! The TURN server on the media port: whoever can send a datagram can speak to it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use md5::{Digest as _, Md5};
use transport::turn::{At, LIFETIME_MAX_S, Login, Outcome, Relay, Secret, Terms};

use crate::network::{COOKIE, attribute, from, identity, measure, start};
use crate::parts::Parts;

const WALL_S: u64 = 1_900_000_000;
/// More than any answer has; a challenge, with realm and nonce, is the longest that a stranger gets.
const ANSWER_MAX: usize = 128;
/// Header and address before the contents of a Data indication.
const INDICATION: usize = 20 + 24 + 4;
/// Attributes of credentials (RFC 8489, section 14), and of the answer that asks for them.
const USERNAME: u16 = 6;
const MESSAGE_INTEGRITY: u16 = 8;
const REALM: u16 = 0x14;
const NONCE: u16 = 0x15;

/// A server and one of its clients, in virtual time.
struct World {
    terms: Terms,
    relay: Relay<Rc<()>>,
    /// What an allocation holds.
    place: Rc<()>,
    at: At,
}

/// Messages of one client, one after the other. The first byte of each says what it is, in the lower half: a datagram as
/// it comes, a type and attributes to be signed by a user, by another, by one whose time is over, by one with a wrong
/// password, or by nobody; time that passes; a datagram from a peer. The upper half is the transaction.
pub(crate) fn turn(data: &[u8]) {
    let Some(identity) = identity() else { return };
    let secret = Secret::derive(b"a key of the house");
    let peers: [SocketAddr; 2] =
        [([192, 0, 2, 1], 7_882).into(), ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 7_882).into()];
    let at = At { now: start(), unix_s: WALL_S, client: from(), port: 5_555 };
    let terms = Terms { secret, peers: peers.to_vec(), identity };
    let mut world = World { terms, relay: Relay::default(), place: Rc::default(), at };
    for piece in Parts(data).take(64) {
        let Some((kind, rest)) = piece.split_first() else { continue };
        let (kind, transaction) = (kind & 15, kind >> 4);
        match kind {
            0 => world.give(rest, false),
            1..=4 => world.ask(kind, transaction, rest),
            5 => world.give(&message(transaction, rest), false),
            6 => world.wait(rest.iter().map(|it| u64::from(*it)).sum()),
            _ => world.wrap(u16::from(kind & 3), rest),
        }
    }
}

impl World {
    fn wait(&mut self, seconds: u64) {
        self.at.now += Duration::from_secs(seconds);
        self.at.unix_s += seconds;
        self.relay.expire(self.at.now);
        self.holds();
    }

    /// A request with credentials, as a client sends it that has been challenged.
    fn ask(&mut self, who: u8, transaction: u8, contents: &[u8]) {
        let (name, until_s) = match who {
            1 | 4 => ("PA_1", WALL_S + 86_400),
            2 => ("PA_2", WALL_S + 86_400),
            _ => ("PA_1", WALL_S),
        };
        let Login { username, password } = self.terms.secret.mint(name, until_s);
        let password = if who == 4 { "guessed".to_owned() } else { password };
        let (realm, nonce) = self.challenge();
        let mut request = message(transaction, contents);
        attribute(&mut request, USERNAME, username.as_bytes());
        attribute(&mut request, REALM, &realm);
        attribute(&mut request, NONCE, &nonce);
        let text = [username.as_bytes(), b":", &realm, b":", password.as_bytes()].concat();
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &Md5::digest(text));
        measure(&mut request, 24);
        let tag = sign(&key, &request);
        attribute(&mut request, MESSAGE_INTEGRITY, tag.as_ref());
        self.give(&request, who < 4);
    }

    /// The realm and the nonce of the answer to an Allocate request without credentials.
    fn challenge(&mut self) -> (Vec<u8>, Vec<u8>) {
        let asked = message(0, &[0, 3]);
        let relay = &mut Relay::<()>::default();
        let outcome = relay.handle(&self.terms, &self.at, &asked, |_| None);
        let Outcome::Refused(why, answer) = outcome else { return Default::default() };
        assert_eq!(why.0, 401);
        let found = |kind| attributes(&answer).find(|(it, _)| *it == kind).map(|it| it.1.to_vec());
        (found(REALM).unwrap_or_default(), found(NONCE).unwrap_or_default())
    }

    /// Feeds a message, and holds what must hold whatever it was.
    fn give(&mut self, bytes: &[u8], genuine: bool) {
        let before = (self.relay.relayed(), self.relay.ends(), self.relay.table_entries());
        let asked = Cell::new(false);
        let place = &self.place;
        let admit = |user: &str| {
            asked.set(user.split_once(':').is_some_and(|(_, who)| who.starts_with("PA_")));
            Some(place.clone())
        };
        let outcome = self.relay.handle(&self.terms, &self.at, bytes, admit);
        if !genuine {
            let after = (self.relay.relayed(), self.relay.ends(), self.relay.table_entries());
            assert!(!asked.get() && before == after, "something is kept of a stranger");
        }
        match outcome {
            Outcome::Reply(answer) => assert!(answers(bytes, &answer) == 2),
            Outcome::Refused(why, answer) => {
                assert!(answers(bytes, &answer) == 3 && (300..700).contains(&why.0));
            }
            Outcome::Datagram(peer, place) => {
                assert!(self.relay.relayed().is_some() && bytes.get(place).is_some());
                assert!(usize::from(peer) < self.terms.peers.len(), "a peer that is not ours");
            }
            Outcome::Dropped => {}
        }
        self.holds();
    }

    fn holds(&self) {
        let stands = self.relay.relayed().is_some();
        assert_eq!(
            Rc::strong_count(&self.place),
            1 + usize::from(stands),
            "places and allocations"
        );
        assert!(self.relay.table_entries() <= 2 * self.terms.peers.len());
        let longest = Duration::from_secs(LIFETIME_MAX_S.into());
        assert!(self.relay.ends().is_none_or(|at| at <= self.at.now + longest));
    }

    fn wrap(&self, peer: u16, datagram: &[u8]) {
        let mut out = vec![];
        if self.relay.wrap(&self.terms, self.at.now, peer, datagram, &mut out) {
            assert!(self.relay.relayed().is_some() && usize::from(peer) < self.terms.peers.len());
            assert!(out.len() <= datagram.len() + INDICATION + 3);
            let indication = out.starts_with(&[0, 0x17]);
            assert!(indication || matches!(out.first(), Some(0x40..=0x4f)));
        } else {
            assert!(out.is_empty());
        }
    }
}

/// A message of this type, in the first two bytes, with these attributes.
fn message(transaction: u8, contents: &[u8]) -> Vec<u8> {
    let (kind, attributes) = contents.split_at(contents.len().min(2));
    let mut message = kind.to_vec();
    message.resize(4, 0);
    message.extend_from_slice(&COOKIE);
    message.extend_from_slice(&[transaction; 12]);
    message.extend_from_slice(attributes.get(..attributes.len().min(1_200)).unwrap_or_default());
    message.resize(message.len().next_multiple_of(4), 0);
    measure(&mut message, 0);
    message
}

/// Holds that an answer is one to this request and can be read to its last byte; gives its class.
fn answers(request: &[u8], answer: &[u8]) -> u8 {
    assert!(answer.len() <= ANSWER_MAX, "{} bytes for {}", answer.len(), request.len());
    // Binding, Allocate, Refresh, CreatePermission and ChannelBind.
    let asks = matches!(request, [0, 1 | 3 | 4 | 8 | 9, ..]);
    assert!(asks, "an answer to what is not for it");
    assert_eq!(answer.get(4..20), request.get(4..20), "another transaction");
    let length =
        answer.get(2..4).map(|it| it.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)));
    assert_eq!(length, Some(answer.len() - 20));
    let whole: usize =
        attributes(answer).map(|(_, value)| 4 + value.len().next_multiple_of(4)).sum();
    assert_eq!(whole, answer.len() - 20, "attributes to the last byte");
    // The class is in two bits (RFC 8489, section 5).
    let kind = |it: &[u8]| it.first_chunk().map_or(0, |it| u16::from_be_bytes(*it));
    assert_eq!(kind(answer) & !0x110, kind(request), "another method");
    ((kind(answer) >> 7 & 2) | (kind(answer) >> 4 & 1)) as u8
}

fn attributes(message: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = message.get(20..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[kind_high, kind_low, high, low], tail) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let value = tail.get(..length)?;
        rest = tail.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([kind_high, kind_low]), value))
    })
}
