//! Binding requests of ours. One proves that a client receives at an address, by the answer that only the client can
//! give (RFC 8445, section 7.3: a full agent answers every check; RFC 7675 has the same idea for consent); another one
//! makes a client nominate now rather than at its next round.

use rtc_crypto::{RTCCrypto, RTCCryptoProvider};
use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_PRIORITY, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter as _, TransactionId};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Requests to one address, and how long after each its answer is waited for. All of them are less than three times
/// what the client's check had, as in QUIC (RFC 9000, section 8.1).
const WAITS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];
/// Of a host candidate (RFC 8445, section 5.1.2.1); nothing is chosen by it here.
const PRIORITY: u32 = 126 << 24 | 0xffff << 8 | 255;

/// One address that is being asked.
#[derive(Debug)]
pub(crate) struct AddressCheck {
    to: SocketAddr,
    transaction: [u8; 12],
    tries: std::array::IntoIter<Duration, 3>,
    next: Instant,
}

impl AddressCheck {
    /// Begins to ask at `to`, from `now` on; `None` without randomness.
    pub(crate) fn new(
        now: Instant,
        to: SocketAddr,
        provider: &dyn RTCCryptoProvider,
    ) -> Option<Self> {
        let mut transaction = [0; 12];
        provider.random().fill(&mut transaction).ok()?;
        Some(Self { to, transaction, tries: WAITS.into_iter(), next: now })
    }

    /// The address that is asked.
    pub(crate) const fn to(&self) -> SocketAddr {
        self.to
    }

    /// When [`due`](Self::due) has something to say.
    pub(crate) const fn next(&self) -> Instant {
        self.next
    }

    /// Whether a request is to be sent now; `None` when all were, and no answer came.
    pub(crate) fn due(&mut self, now: Instant) -> Option<bool> {
        if now < self.next {
            return Some(false);
        }
        self.next = now + self.tries.next()?;
        Some(true)
    }

    /// The request, for the client's user fragment and ours, under the client's password: ours is the controlled side, as
    /// a lite agent always is.
    pub(crate) fn request(
        &self,
        (theirs, ours): (&str, &str),
        pwd: &str,
        crypto: &dyn RTCCrypto,
    ) -> Option<Vec<u8>> {
        request(self.transaction, (theirs, ours), pwd, crypto)
    }

    /// Whether this is the answer, from where it was asked for.
    pub(crate) fn proves(
        &self,
        from: SocketAddr,
        packet: &[u8],
        pwd: &str,
        crypto: &dyn RTCCrypto,
    ) -> bool {
        from == self.to && answers(self.transaction, packet, pwd, crypto)
    }
}

/// So many addresses of one client are prompted; after that it nominates when its own rounds come to it.
pub const PROMPTS_MAX: u8 = 8;

/// Requests that make a client nominate. A client that leaves the nomination to its next round, as Pion does 200 ms
/// later, nominates as soon as a full agent checks it; an ICE-lite agent never would.
#[derive(Debug)]
pub(crate) struct Prompts {
    transaction: Option<[u8; 12]>,
    left: u8,
    /// Where the client checked from without a nomination.
    to: Option<SocketAddr>,
}

impl Prompts {
    pub(crate) const fn new() -> Self {
        Self { transaction: None, left: PROMPTS_MAX, to: None }
    }

    /// The client checked from there and did not nominate.
    pub(crate) fn checked(&mut self, from: SocketAddr) {
        self.to = (self.left > 0).then_some(from);
    }

    /// Whether a request waits to be sent.
    pub(crate) const fn wait(&self) -> bool {
        self.to.is_some()
    }

    /// Nothing needs to be asked any more.
    pub(crate) const fn end(&mut self) {
        (self.left, self.to) = (0, None);
    }

    /// The request that waits, and where it goes. The arguments are those of [`AddressCheck::request`].
    pub(crate) fn request(
        &mut self,
        names: (&str, &str),
        pwd: &str,
        provider: &dyn RTCCryptoProvider,
    ) -> Option<(SocketAddr, Vec<u8>)> {
        let to = self.to.take()?;
        self.left = self.left.saturating_sub(1);
        let mut transaction = [0; 12];
        match self.transaction {
            Some(id) => transaction = id,
            None => provider.random().fill(&mut transaction).ok()?,
        }
        self.transaction = Some(transaction);
        Some((to, request(transaction, names, pwd, provider.crypto())?))
    }

    /// Whether this is the client's answer to one of them.
    pub(crate) fn answered(&self, packet: &[u8], pwd: &str, crypto: &dyn RTCCrypto) -> bool {
        self.transaction.is_some_and(|transaction| answers(transaction, packet, pwd, crypto))
    }
}

/// A binding request for the client's user fragment and ours, under the client's password.
fn request(
    transaction: [u8; 12],
    (theirs, ours): (&str, &str),
    pwd: &str,
    crypto: &dyn RTCCrypto,
) -> Option<Vec<u8>> {
    let mut message = Message::new();
    message.transaction_id = TransactionId(transaction);
    message.typ = BINDING_REQUEST;
    message.write_header();
    message.add(ATTR_USERNAME, format!("{theirs}:{ours}").as_bytes());
    message.add(ATTR_PRIORITY, &PRIORITY.to_be_bytes());
    message.add(ATTR_ICE_CONTROLLED, &transaction[4..]);
    let pwd = pwd.to_owned();
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(pwd, crypto);
    integrity.add_to(&mut message).ok()?;
    FINGERPRINT.add_to(&mut message).ok()?;
    Some(message.raw)
}

/// Whether this is the client's answer to the request of that number.
fn answers(transaction: [u8; 12], packet: &[u8], pwd: &str, crypto: &dyn RTCCrypto) -> bool {
    let mut answer = Message::new();
    answer.unmarshal_binary(packet).is_ok()
        && answer.typ == BINDING_SUCCESS
        && answer.transaction_id.0 == transaction
        && MessageIntegrity::check(&mut answer, pwd.as_bytes(), crypto).is_ok()
}
