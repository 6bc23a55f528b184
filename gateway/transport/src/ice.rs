//! ICE-lite responder (RFC 8445, section 2.5): authenticated binding requests are answered.
//!
//! The selected address follows the client: a check with USE-CANDIDATE from a new address is a migration. A source
//! address is easily forged, so nothing is sent to the new one, but answers and a request of ours, until the client has
//! answered there.

use rtc_crypto::{RTCCrypto, RTCCryptoProvider};
use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::error_code::{CODE_ROLE_CONFLICT, ErrorCodeAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, MessageType, Setter,
};
use rtc_stun::xoraddr::XorMappedAddress;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::error::Error;
pub use crate::proof::PROMPTS_MAX;
use crate::proof::{AddressCheck, Prompts};

/// RFC 7675, section 5.1: no authenticated check for this long means that the client's consent is gone.
pub const CONSENT: Duration = Duration::from_secs(30);
/// Longest life of replaced credentials after a restart that the client never follows.
pub const OLD_CREDENTIALS: Duration = Duration::from_secs(30);
/// Life of replaced credentials after the first use of the new ones.
pub const OLD_CREDENTIALS_IN_USE: Duration = Duration::from_secs(5);

/// Type of a binding response (RFC 8489, section 5).
const SUCCESS: [u8; 2] = [1, 1];
/// Type of a binding request, and the magic cookie (RFC 8489, section 5).
const REQUEST: [u8; 6] = [0, 1, 0x21, 0x12, 0xa4, 0x42];

/// The gateway's half of the ICE credentials (RFC 8445, section 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User fragment: 8 ice-chars, the key by which the shell finds the peer of a first check. The first is a tag, by
    /// which it finds who has the peer.
    pub ufrag: String,
    /// Password: 24 ice-chars.
    pub pwd: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// The ice-chars (RFC 8839, section 5.4).
const CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Tags are below this number.
pub const TAGS: u8 = 64;

/// The tag of a user fragment of ours; `None` if it is none of ours.
pub fn tag_of(ufrag: &str) -> Option<u8> {
    let first = ufrag.bytes().next()?;
    CHARS.iter().position(|letter| *letter == first).and_then(|place| u8::try_from(place).ok())
}

impl Credentials {
    /// A ufrag that begins with `tag`, below [`TAGS`], and has 42 random bits, and 144 random bits of password
    /// (RFC 8445, section 5.3 wants 24 and 128).
    ///
    /// # Errors
    /// [`Error::Crypto`] when the system has no randomness.
    pub fn random(provider: &dyn RTCCryptoProvider, tag: u8) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        provider.random().fill(&mut bytes).map_err(|e| Error::Crypto(e.to_string()))?;
        bytes.first_mut().into_iter().for_each(|first| *first = tag);
        let char_of = |b: &u8| CHARS.get(usize::from(b & 63)).map_or('A', |c| char::from(*c));
        let (ufrag, pwd) = bytes.split_at(8);
        Ok(Self {
            ufrag: ufrag.iter().map(char_of).collect(),
            pwd: pwd.iter().map(char_of).collect(),
        })
    }
}

/// Replaced credentials, still valid until an instant.
#[derive(Debug)]
struct Old {
    credentials: Credentials,
    ends: Instant,
}

/// The state of one client's ICE.
#[derive(Debug)]
pub struct IceLite {
    current: Credentials,
    old: Option<Old>,
    selected: Option<SocketAddr>,
    last_check: Instant,
    checked: bool,
    /// The client's own credentials, with which it answers.
    theirs: Option<Credentials>,
    trial: Option<AddressCheck>,
    prompts: Prompts,
}

/// What an authenticated check leads to.
#[derive(Debug)]
pub struct CheckResponse {
    /// The STUN response, to be sent to where the request came from.
    pub packet: Vec<u8>,
    /// The selected address changed: first nomination or migration.
    pub moved: bool,
}

/// What an answer to a request of ours leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The client is at the address that was asked: it is the selected one now.
    Moved,
    /// The client was prompted to nominate, which it does by a check of its own.
    Prompted,
}

impl IceLite {
    /// A client that has sent no check yet; consent is counted from `now`.
    pub const fn new(now: Instant, credentials: Credentials) -> Self {
        Self {
            current: credentials,
            old: None,
            selected: None,
            last_check: now,
            checked: false,
            theirs: None,
            trial: None,
            prompts: Prompts::new(),
        }
    }

    /// The credentials that belong into the next description.
    pub const fn credentials(&self) -> &Credentials {
        &self.current
    }

    /// User fragments that are answered at present: the current one first.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current)
            .chain(self.old.as_ref().map(|o| &o.credentials))
            .map(|c| c.ufrag.as_str())
    }

    /// Where to send; `None` before the first nomination.
    pub const fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    /// Has any authenticated check arrived?
    pub const fn checked(&self) -> bool {
        self.checked
    }

    /// Takes new credentials and answers the user fragment that ends at once because two restarts overlap.
    pub fn restart(&mut self, now: Instant, credentials: Credentials) -> Option<String> {
        let credentials = std::mem::replace(&mut self.current, credentials);
        self.old
            .replace(Old { credentials, ends: now + OLD_CREDENTIALS })
            .map(|o| o.credentials.ufrag)
    }

    /// Takes the client's own credentials, from its description.
    pub fn meet(&mut self, theirs: Credentials) {
        self.theirs = Some(theirs);
    }

    /// The client may now be at `from`: it is asked there.
    pub fn suspect(&mut self, now: Instant, from: SocketAddr, provider: &dyn RTCCryptoProvider) {
        if self.trial.as_ref().is_none_or(|trial| trial.to() != from) {
            self.trial = AddressCheck::new(now, from, provider);
        }
    }

    /// The request that is to be sent now, and where it goes: to an address that may be the client's, or to a client that
    /// has checked its way and not nominated it.
    pub fn ask(
        &mut self,
        now: Instant,
        provider: &dyn RTCCryptoProvider,
    ) -> Option<(SocketAddr, Vec<u8>)> {
        let Some(trial) = self.trial.as_mut() else {
            let theirs = self.theirs.as_ref()?;
            let names = (theirs.ufrag.as_str(), self.current.ufrag.as_str());
            return self.prompts.request(names, &theirs.pwd, provider);
        };
        let Some(due) = trial.due(now) else {
            self.trial = None;
            return None;
        };
        let theirs = self.theirs.as_ref().filter(|_| due)?;
        let names = (theirs.ufrag.as_str(), self.current.ufrag.as_str());
        Some((trial.to(), trial.request(names, &theirs.pwd, provider.crypto())?))
    }

    /// Takes an answer to a request of ours.
    pub fn answered(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        crypto: &dyn RTCCrypto,
    ) -> Option<CheckOutcome> {
        let theirs = self.theirs.as_ref()?;
        if self.trial.as_ref().is_some_and(|trial| trial.proves(from, packet, &theirs.pwd, crypto))
        {
            self.trial = None;
            self.selected = Some(from);
            return Some(CheckOutcome::Moved);
        }
        self.prompts.answered(packet, &theirs.pwd, crypto).then_some(CheckOutcome::Prompted)
    }

    /// When something ends: the consent, replaced credentials, or the wait for an answer.
    pub fn poll_timeout(&self) -> Instant {
        let consent = self.last_check + CONSENT;
        let ends = self.old.as_ref().map_or(consent, |o| o.ends.min(consent));
        // A prompt waits for the client's credentials only.
        let prompts = self.prompts.wait() && self.theirs.is_some() && self.trial.is_none();
        let prompt = prompts.then_some(self.last_check);
        [self.trial.as_ref().map(AddressCheck::next), prompt]
            .into_iter()
            .flatten()
            .fold(ends, Instant::min)
    }

    /// Has the client's consent ended?
    pub fn expired(&self, now: Instant) -> bool {
        now >= self.last_check + CONSENT
    }

    /// Drops replaced credentials whose time is over and answers their user fragment.
    pub fn retire(&mut self, now: Instant) -> Option<String> {
        self.old.take_if(|o| o.ends <= now).map(|o| o.credentials.ufrag)
    }

    /// Answers one STUN datagram; `None` means "drop it silently". `from` is where answers go, `seen` the address that
    /// the client is told to have; they differ where something else than UDP carries the datagrams, over which an
    /// address cannot be forged. Once a path is `settled`, another one must be proved first.
    pub fn handle(
        &mut self,
        now: Instant,
        packet: &[u8],
        (from, seen): (SocketAddr, SocketAddr),
        settled: bool,
        provider: &dyn RTCCryptoProvider,
    ) -> Option<CheckResponse> {
        let crypto = provider.crypto();
        let mut request = Message::new();
        request.unmarshal_binary(packet).ok()?;
        if request.typ != BINDING_REQUEST {
            return None;
        }
        FINGERPRINT.check(&request).ok()?;
        let username = request.get(ATTR_USERNAME).ok()?;
        let local = username.split(|b| *b == b':').next()?;
        let fresh = local == self.current.ufrag.as_bytes();
        let old =
            self.old.as_ref().filter(|o| o.ends > now && local == o.credentials.ufrag.as_bytes());
        let credentials = if fresh { &self.current } else { &old?.credentials };
        MessageIntegrity::check(&mut request, credentials.pwd.as_bytes(), crypto).ok()?;

        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(
            credentials.pwd.clone(),
            crypto,
        );
        let mut reply = Message::new();
        reply.transaction_id = request.transaction_id;
        if request.contains(ATTR_ICE_CONTROLLED) {
            // RFC 8445, section 7.3.1.1: a lite agent is always controlled, so a client that claims the role must switch.
            let conflict =
                ErrorCodeAttribute { code: CODE_ROLE_CONFLICT, reason: b"Role Conflict".to_vec() };
            write(&mut reply, BINDING_ERROR, &[&conflict, &integrity, &FINGERPRINT])?;
            return Some(CheckResponse { packet: reply.raw, moved: false });
        }
        let mapped = XorMappedAddress { ip: seen.ip(), port: seen.port() };
        write(&mut reply, BINDING_SUCCESS, &[&mapped, &integrity, &FINGERPRINT])?;

        (self.last_check, self.checked) = (now, true);
        if fresh && let Some(old) = &mut self.old {
            old.ends = old.ends.min(now + OLD_CREDENTIALS_IN_USE);
        }
        let nominated =
            fresh && request.contains(ATTR_USE_CANDIDATE) && self.selected != Some(from);
        let moved = nominated && (!settled || self.selected.is_none() || from != seen);
        if moved {
            (self.selected, self.trial) = (Some(from), None);
            self.prompts.end();
        } else if fresh && self.selected.is_none() && from == seen {
            self.prompts.checked(from);
        } else if nominated {
            self.suspect(now, from, provider);
        }
        Some(CheckResponse { packet: reply.raw, moved })
    }
}

fn write(message: &mut Message, typ: MessageType, setters: &[&dyn Setter]) -> Option<()> {
    message.typ = typ;
    message.write_header();
    setters.iter().try_for_each(|s| s.add_to(message)).ok()
}

/// Whether this is the answer to a request of ours, which has no USERNAME: its address tells whose it is.
pub fn is_answer(packet: &[u8]) -> bool {
    packet.starts_with(&SUCCESS)
}

/// The local half of USERNAME in a binding request, without allocating: the key by which the shell finds the peer.
/// `None` for what is no binding request of the packet's own length (RFC 8489, section 5), which costs next to nothing.
pub fn local_ufrag(packet: &[u8]) -> Option<&str> {
    const USERNAME: u16 = 6;
    let (&[t0, t1, l0, l1, c0, c1, c2, c3, ..], mut rest) = packet.split_first_chunk::<20>()?;
    let len = usize::from(u16::from_be_bytes([l0, l1]));
    if [t0, t1, c0, c1, c2, c3] != REQUEST || len != rest.len() {
        return None;
    }
    loop {
        let (&[t0, t1, l0, l1], body) = rest.split_first_chunk::<4>()?;
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        if u16::from_be_bytes([t0, t1]) == USERNAME {
            return std::str::from_utf8(body.get(..len)?).ok()?.split(':').next();
        }
        rest = body.get((len + 3) & !3..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_user_fragment_names_its_tag() {
        let provider = rtc_crypto::default_provider().unwrap();
        for tag in 0..TAGS {
            let credentials = Credentials::random(&*provider, tag).unwrap();
            assert_eq!((tag_of(&credentials.ufrag), credentials.ufrag.len()), (Some(tag), 8));
        }
        assert_eq!([tag_of(""), tag_of("-abc"), tag_of("é")], [None; 3]);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_user_fragment_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..120), name in "[a-z+/]{0,12}:?[a-z]{0,4}") {
            let _ = local_ufrag(&bytes);
            let mut packet = vec![0, 1, 0, name.len() as u8 + 4, 0x21, 0x12, 0xa4, 0x42];
            packet.resize(20, 7);
            packet.extend_from_slice(&[0, 6, 0, name.len() as u8]);
            packet.extend_from_slice(name.as_bytes());
            prop_assert_eq!(local_ufrag(&packet), name.split(':').next());
            // No request, another length, another cookie.
            for (at, byte) in [(1, 0x11), (3, 200), (4, 0)] {
                let mut other = packet.clone();
                other[at] = byte;
                prop_assert_eq!(local_ufrag(&other), None);
            }
            packet.push(0);
            prop_assert_eq!(local_ufrag(&packet), None);
        }
    }
}
