//! Proof that a client receives at an address: a binding request of ours to it, and the answer that only the client can
//! give (RFC 8445, section 7.3: a full agent answers every check; RFC 7675 has the same idea for consent).

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
pub(crate) struct Trial {
    to: SocketAddr,
    transaction: [u8; 12],
    tries: std::array::IntoIter<Duration, 3>,
    next: Instant,
}

impl Trial {
    /// Asks at `to` from `now` on; `None` without randomness.
    pub(crate) fn new(
        now: Instant,
        to: SocketAddr,
        provider: &dyn RTCCryptoProvider,
    ) -> Option<Self> {
        let mut transaction = [0; 12];
        provider.random().fill(&mut transaction).ok()?;
        Some(Self { to, transaction, tries: WAITS.into_iter(), next: now })
    }

    /// Whose proof it is.
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
        let mut message = Message::new();
        message.transaction_id = TransactionId(self.transaction);
        message.typ = BINDING_REQUEST;
        message.write_header();
        message.add(ATTR_USERNAME, format!("{theirs}:{ours}").as_bytes());
        message.add(ATTR_PRIORITY, &PRIORITY.to_be_bytes());
        message.add(ATTR_ICE_CONTROLLED, &self.transaction[4..]);
        let pwd = pwd.to_owned();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(pwd, crypto);
        integrity.add_to(&mut message).ok()?;
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }

    /// Whether this is the answer, from where it was asked for.
    pub(crate) fn proves(
        &self,
        from: SocketAddr,
        packet: &[u8],
        pwd: &str,
        crypto: &dyn RTCCrypto,
    ) -> bool {
        let mut answer = Message::new();
        from == self.to
            && answer.unmarshal_binary(packet).is_ok()
            && answer.typ == BINDING_SUCCESS
            && answer.transaction_id.0 == self.transaction
            && MessageIntegrity::check(&mut answer, pwd.as_bytes(), crypto).is_ok()
    }
}
