//! One key, what it is for, and which must not be used.

use std::fmt;

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
    /// What is kept of the digits by which guests come in and devices are paired.
    Digits,
    /// Challenges that devices of terminals sign.
    Challenge,
    /// Secrets that messages to webhooks are signed with are derived from it.
    Webhook,
    /// What is kept of the card numbers of patients.
    Card,
    /// The key that signs opinions of consultations is made of it.
    Opinion,
}

impl Purpose {
    /// The purposes whose keys are derived from the root.
    pub(crate) const DERIVED: [Self; 9] = [
        Self::Person,
        Self::Service,
        Self::Turn,
        Self::Ticket,
        Self::Digits,
        Self::Challenge,
        Self::Webhook,
        Self::Card,
        Self::Opinion,
    ];

    /// The word in a key's id.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Person => "person",
            Self::Service => "service",
            Self::Turn => "turn",
            Self::Ticket => "ticket",
            Self::Digits => "digits",
            Self::Challenge => "challenge",
            Self::Webhook => "webhook",
            Self::Card => "card",
            Self::Opinion => "opinion",
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
    pub(crate) const fn new(id: Option<&'a str>, secret: &'a [u8]) -> Self {
        Self { id, secret }
    }

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
