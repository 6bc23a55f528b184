//! Credentials and nonces that the server can check without keeping them.

use std::fmt;
use std::net::SocketAddr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rtc_crypto::{HashAlgorithm, RTCCrypto};

/// The realm of all credentials (RFC 8489, section 9.2).
pub(super) const REALM: &str = "shanqiao";
/// A nonce is good for so long, in seconds; then the client is told a new one.
pub const NONCE_S: u64 = 600;
/// Hexadecimal digits of a nonce that tell when it was made.
const TIME: usize = 16;
/// Longest user name (RFC 8489, section 14.3).
const USER_MAX: usize = 508;

/// The secret behind all credentials of one server.
#[derive(Clone)]
pub struct Secret {
    users: hmac::Key,
    nonces: hmac::Key,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// What a client shows to the server (RFC 8489, section 9.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `<expiry, seconds since 1970>:<who>`.
    pub username: String,
    /// Base64 of HMAC-SHA1 over the user name.
    pub password: String,
}

impl Secret {
    /// Derives the secret from a key of the house, so that credentials outlive a restart.
    pub fn derive(key: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let users = hmac::sign(&key, b"turn users");
        let nonces = hmac::sign(&key, b"turn nonces");
        Self {
            users: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, users.as_ref()),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, nonces.as_ref()),
        }
    }

    /// Credentials for `who`, good for new allocations until `until_s`.
    pub fn mint(&self, who: &str, until_s: u64) -> Login {
        let username = format!("{until_s}:{who}");
        let password = self.password(&username);
        Login { username, password }
    }

    fn password(&self, username: &str) -> String {
        STANDARD.encode(hmac::sign(&self.users, username.as_bytes()))
    }

    /// The key of MESSAGE-INTEGRITY for a user name (RFC 8489, section 9.2.2), and when it expires; `None` if it is no
    /// user name of ours.
    pub(super) fn key(&self, username: &str, crypto: &dyn RTCCrypto) -> Option<(Vec<u8>, u64)> {
        let (until_s, _) = username.split_once(':')?;
        if username.len() > USER_MAX || !until_s.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let text = format!("{username}:{REALM}:{}", self.password(username));
        let key = crypto.hash(HashAlgorithm::Md5, text.as_bytes()).ok()?;
        Some((key, until_s.parse().ok()?))
    }

    /// A nonce for this client.
    pub(super) fn nonce(&self, client: SocketAddr, now_s: u64) -> String {
        let sum = hmac::sign(&self.nonces, format!("{now_s} {client}").as_bytes());
        let half = sum.as_ref().iter().take(16);
        half.fold(format!("{now_s:016x}"), |text, byte| format!("{text}{byte:02x}"))
    }

    /// Is this a nonce that was given to this client lately?
    pub(super) fn fresh(&self, nonce: &[u8], client: SocketAddr, now_s: u64) -> bool {
        let made = nonce.get(..TIME).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(made) = made.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else {
            return false;
        };
        let young = now_s.checked_sub(made).is_some_and(|age| age < NONCE_S);
        young && self.nonce(client, made).as_bytes() == nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_for_its_client_and_its_time() {
        let secret = Secret::derive(b"a key");
        let (one, other) = ("192.0.2.1:5".parse().unwrap(), "192.0.2.1:6".parse().unwrap());
        let nonce = secret.nonce(one, 1_000);
        assert!(secret.fresh(nonce.as_bytes(), one, 1_000));
        assert!(secret.fresh(nonce.as_bytes(), one, 1_000 + NONCE_S - 1));
        assert!(!secret.fresh(nonce.as_bytes(), one, 1_000 + NONCE_S));
        assert!(!secret.fresh(nonce.as_bytes(), one, 999), "from the future");
        assert!(!secret.fresh(nonce.as_bytes(), other, 1_000));
        assert!(!Secret::derive(b"another").fresh(nonce.as_bytes(), one, 1_000));
        for wrong in ["", "0123", "zzzzzzzzzzzzzzzz", "\u{7b}00000000000000000"] {
            assert!(!secret.fresh(wrong.as_bytes(), one, 1_000));
        }
    }

    #[test]
    fn credentials_are_the_same_after_a_restart_and_hide_their_secret() {
        let login = Secret::derive(b"a key").mint("PA_1", 5_000);
        assert_eq!(login.username, "5000:PA_1");
        assert_eq!(login, Secret::derive(b"a key").mint("PA_1", 5_000));
        assert_ne!(login.password, Secret::derive(b"b key").mint("PA_1", 5_000).password);
        assert!(!format!("{:?}", Secret::derive(b"a key")).contains("key"));
    }
}
