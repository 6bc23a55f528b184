//! The keys of one house: the API key that LiveKit's server SDKs share, and the keys that only the house has.

use std::fmt;

use aws_lc_rs::hkdf::{self, KeyType};
use serde::{Deserialize, Serialize};

use crate::trace::TraceId;

const MIN_SECRET_BYTES: usize = 32;
const MAX_SECRET_BYTES: usize = 1024;
const MAX_NAME_BYTES: usize = 64;
/// Length of a derived key: that of the hash it is used with (RFC 7518, section 3.2).
const KEY_BYTES: usize = 32;
/// Bytes of a root's id, of which its holder cannot be found out.
const ID_BYTES: usize = 4;
/// Tells our derivations from those of any other program that is given the same root (RFC 5869, section 3.1).
const SALT: &[u8] = b"shanqiao keys 1";

/// A key that must not be used. HS256 with a short secret can be guessed offline from one token (RFC 8725, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// The name is empty, over 64 bytes, or has other than ASCII letters, digits, `-`, `_` and `.`.
    #[error("the key's name must be 1 to 64 of A-Z a-z 0-9 - _ .")]
    Name,
    /// The secret is under 32 bytes or over 1024.
    #[error("the key's secret must be 32 to 1024 bytes; make one with `openssl rand -base64 32`")]
    Secret,
    /// The root is under 32 bytes or over 1024, or it is the secret over again.
    #[error(
        "the root must be 32 to 1024 bytes and another than the secret; make one with `openssl rand -base64 32`"
    )]
    Root,
}

/// What a key is for. A key of one purpose is of no use for another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Room tokens and the room service: the API key itself, which LiveKit's server SDKs share.
    #[default]
    Room,
    /// Who is asking: the personal links.
    Person,
    /// A room of the house talking to another: tap, calls of the room service.
    Service,
    /// Credentials of the TURN server.
    Turn,
    /// Short-lived tickets ([`Ticket`](crate::Ticket)) for one recording, or for the slides of a room.
    Ticket,
    /// What is kept of the digits by which guests come in.
    Digits,
    /// Secrets that messages to webhooks are signed with are derived from it.
    Webhook,
}

impl Purpose {
    /// The purposes whose keys are derived from the root.
    const DERIVED: [Self; 6] =
        [Self::Person, Self::Service, Self::Turn, Self::Ticket, Self::Digits, Self::Webhook];

    /// The word in a key's id.
    const fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Person => "person",
            Self::Service => "service",
            Self::Turn => "turn",
            Self::Ticket => "ticket",
            Self::Digits => "digits",
            Self::Webhook => "webhook",
        }
    }
}

/// One key, as a token is signed with it. `Debug` never shows the secret.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    id: Option<&'a str>,
    secret: &'a [u8],
}

impl<'a> Key<'a> {
    /// What stands in a token's header (`kid`, RFC 7515, section 4.1.4): none for the API key, whose tokens are known by
    /// their issuer, as LiveKit has it.
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The secret for HS256. Never log it.
    #[must_use]
    pub const fn secret(&self) -> &'a [u8] {
        self.secret
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Derived {
    purpose: Purpose,
    id: String,
    secret: [u8; KEY_BYTES],
}

/// The keys of one house: the API key (`name` and `secret`, which LiveKit's server SDKs are given, for room tokens and
/// the room service), and a key for each other [`Purpose`], derived from a root that nobody is given (HKDF-SHA256,
/// RFC 5869). Who has the API key can derive none of them.
///
/// Reads and writes itself by serde as `{ name, secret, root }` for the key file; `Debug` never shows a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Keys {
    name: String,
    secret: String,
    root: String,
    derived: Vec<Derived>,
}

impl Keys {
    /// An API key of this name and secret beside a root, refused if one could be guessed.
    pub fn new(
        name: impl Into<String>,
        secret: impl Into<String>,
        root: impl Into<String>,
    ) -> Result<Self, WeakKey> {
        let (name, secret, root) = (name.into(), secret.into(), root.into());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(plain) {
            return Err(WeakKey::Name);
        }
        let strong = MIN_SECRET_BYTES..=MAX_SECRET_BYTES;
        if !strong.contains(&secret.len()) {
            return Err(WeakKey::Secret);
        }
        if !strong.contains(&root.len()) || root == secret {
            return Err(WeakKey::Root);
        }
        let derived = derive(&root).ok_or(WeakKey::Root)?;
        Ok(Self { name, secret, root, derived })
    }

    /// The API key's name, the `iss` of every token.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API key's secret, for LiveKit server SDKs. Never log it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The key for this purpose.
    #[must_use]
    pub fn key(&self, purpose: Purpose) -> Key<'_> {
        let found = self.derived.iter().find(|it| it.purpose == purpose);
        match found {
            Some(it) => Key { id: Some(&it.id), secret: &it.secret },
            None => Key { id: None, secret: self.secret.as_bytes() },
        }
    }

    /// How logs name a person in a room. The same in every room of the house; see [`TraceId`].
    #[must_use]
    pub fn trace_id(&self, room: &str, identity: &str) -> TraceId {
        TraceId::derive(&extract(&self.root), room, identity).unwrap_or_default()
    }

    /// The key that a token's header names, and what it is for; `None` if it is a derived one of another house. Other
    /// minters may put an id of their own beside the API key.
    pub(crate) fn named(&self, id: Option<&str>) -> Option<(Purpose, Key<'_>)> {
        let ours = |it: &&Derived| Some(it.id.as_str()) == id;
        if let Some(it) = self.derived.iter().find(ours) {
            return Some((it.purpose, self.key(it.purpose)));
        }
        let word = id.and_then(|it| it.split_once('.')).map(|(word, _)| word);
        let elsewhere = Purpose::DERIVED.iter().any(|it| Some(it.word()) == word);
        (!elsewhere).then(|| (Purpose::Room, self.key(Purpose::Room)))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("name", &self.name).finish_non_exhaustive()
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn extract(root: &str) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(root.as_bytes())
}

/// A key for each derived purpose. The id of all is `<purpose>.<id of the root>`, so that a key of another root is known
/// for what it is.
fn derive(root: &str) -> Option<Vec<Derived>> {
    let root = extract(root);
    let mut id = [0; ID_BYTES];
    root.expand(&[b"id"], Length(ID_BYTES)).ok()?.fill(&mut id).ok()?;
    let id = u32::from_be_bytes(id);
    let derive = |purpose: Purpose| {
        let word = purpose.word();
        let mut secret = [0; KEY_BYTES];
        let info = [b"key ", word.as_bytes()];
        root.expand(&info, Length(KEY_BYTES)).ok()?.fill(&mut secret).ok()?;
        Some(Derived { purpose, id: format!("{word}.{id:08x}"), secret })
    };
    Purpose::DERIVED.into_iter().map(derive).collect()
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    name: String,
    secret: String,
    root: String,
}

impl TryFrom<Unchecked> for Keys {
    type Error = WeakKey;

    fn try_from(unchecked: Unchecked) -> Result<Self, WeakKey> {
        Self::new(unchecked.name, unchecked.secret, unchecked.root)
    }
}

impl From<Keys> for Unchecked {
    fn from(keys: Keys) -> Self {
        Self { name: keys.name, secret: keys.secret, root: keys.root }
    }
}
