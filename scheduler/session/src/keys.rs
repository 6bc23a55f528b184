//! The API key: one name, one secret.

use std::fmt;

use serde::{Deserialize, Serialize};

const MIN_SECRET_BYTES: usize = 32;
const MAX_SECRET_BYTES: usize = 1024;
const MAX_NAME_BYTES: usize = 64;

/// A key that must not be used. HS256 with a short secret can be guessed offline from one token (RFC 8725, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// The name is empty, over 64 bytes, or has other than ASCII letters, digits, `-`, `_` and `.`.
    #[error("the key's name must be 1 to 64 of A-Z a-z 0-9 - _ .")]
    Name,
    /// The secret is under 32 bytes or over 1024.
    #[error("the key's secret must be 32 to 1024 bytes; make one with `openssl rand -base64 32`")]
    Secret,
}

/// The API key that signs and reads every token of one house: its name (`iss`) and its HS256 secret.
///
/// Reads and writes itself by serde as `{ name, secret }` for the key file; `Debug` never shows the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Keys {
    name: String,
    secret: String,
}

impl Keys {
    /// A key of this name and secret, refused if it could be guessed.
    pub fn new(name: impl Into<String>, secret: impl Into<String>) -> Result<Self, WeakKey> {
        let (name, secret) = (name.into(), secret.into());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(plain) {
            return Err(WeakKey::Name);
        }
        if !(MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&secret.len()) {
            return Err(WeakKey::Secret);
        }
        Ok(Self { name, secret })
    }

    /// The key's name, the `iss` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret, for the key file and for LiveKit server SDKs. Never log it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    name: String,
    secret: String,
}

impl TryFrom<Unchecked> for Keys {
    type Error = WeakKey;

    fn try_from(unchecked: Unchecked) -> Result<Self, WeakKey> {
        Self::new(unchecked.name, unchecked.secret)
    }
}
