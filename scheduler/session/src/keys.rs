//! The keys of one house: the API key that LiveKit's server SDKs share, and the keys that only the house has; those of now,
//! and those of before that still open what they have signed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::generation::{Generation, Written};
use crate::key::{Key, Purpose, WeakKey};
use crate::trace::TraceId;

/// Most earlier generations that a house keeps.
pub const EARLIER_MAX: usize = 4;

/// What keeps keys from being rotated or retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRotated {
    /// A new secret, root or name cannot be used.
    #[error(transparent)]
    Weak(#[from] WeakKey),
    /// There are [`EARLIER_MAX`] earlier generations.
    #[error(
        "there are {EARLIER_MAX} earlier generations of keys, as many as there may be; retire one first"
    )]
    TooMany,
    /// The name of the new API key, or the root, is one of another generation that is not alike.
    #[error("another generation has this name; choose another one")]
    NameTaken,
    /// There is no earlier generation of this id.
    #[error("there is no generation of this id; `shanqiao keys list` shows them")]
    Unknown,
    /// The current generation cannot be retired.
    #[error("this generation signs what is new; rotate first, and retire it then")]
    Current,
}

/// What becomes new when keys are rotated; what is none stays as it is.
#[derive(Clone, Default)]
pub struct Fresh {
    /// Name and secret of a new API key.
    pub api: Option<(String, String)>,
    /// A new root.
    pub root: Option<String>,
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").finish_non_exhaustive()
    }
}

/// What is told of a generation of keys: nothing of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The name of its API key, a stop, and the id of its root.
    pub id: String,
    /// When it was made, seconds since 1970, if that was written down.
    pub created_s: Option<u64>,
    /// The last second in which what it has signed is read, if it has one.
    pub not_after_s: Option<u64>,
}

/// The keys of one house: the API key (`name` and `secret`, which LiveKit's server SDKs are given, for room tokens and
/// the room service), and a key for each other [`Purpose`], derived from a root that nobody is given (HKDF-SHA256,
/// RFC 5869). Who has the API key can derive none of them.
///
/// What is new is signed by the current generation of keys; what earlier ones have signed is read until they are retired or
/// their time is over.
///
/// Reads and writes itself by serde as `{ name, secret, root, created_s, earlier }` for the key file, where `earlier` is a list
/// of the same members with `not_after_s`; `Debug` never shows a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Keys {
    current: Generation,
    /// The latest one first.
    earlier: Vec<Generation>,
}

impl Keys {
    /// An API key of this name and secret beside a root, refused if one could be guessed.
    pub fn new(
        name: impl Into<String>,
        secret: impl Into<String>,
        root: impl Into<String>,
    ) -> Result<Self, WeakKey> {
        let (name, secret, root) = (name.into(), secret.into(), root.into());
        let written = Written { name, secret, root, created_s: None, not_after_s: None };
        Ok(Self { current: Generation::new(written)?, earlier: Vec::new() })
    }

    /// The API key's name, the `iss` of every token.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.current.written().name
    }

    /// The API key's secret, for LiveKit server SDKs. Never log it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.current.written().secret
    }

    /// The key for this purpose, with which what is new is signed.
    #[must_use]
    pub fn key(&self, purpose: Purpose) -> Key<'_> {
        self.current.key(purpose)
    }

    /// Every key for this purpose of which what it has signed is read at `now_s` (seconds since 1970), the current one first.
    pub fn every(&self, purpose: Purpose, now_s: u64) -> impl Iterator<Item = Key<'_>> {
        self.holding(now_s).map(move |generation| generation.key(purpose))
    }

    /// How logs name a person in a room. The same in every room of the house, until its root is rotated; see [`TraceId`].
    #[must_use]
    pub fn trace_id(&self, room: &str, identity: &str) -> TraceId {
        self.current.trace_id(room, identity)
    }

    /// The generations, the current one first.
    pub fn told(&self) -> impl Iterator<Item = Told> + '_ {
        self.generations().map(|generation| {
            let Written { created_s, not_after_s, .. } = *generation.written();
            Told { id: id(generation), created_s, not_after_s }
        })
    }

    /// These keys and a new generation before them, made at `now_s` (seconds since 1970). What the others have signed is read
    /// until they are retired, and no longer than until `not_after_s`, if that is given.
    ///
    /// # Errors
    /// [`NotRotated`] says what is in the way.
    pub fn rotated(
        self,
        fresh: Fresh,
        now_s: u64,
        not_after_s: Option<u64>,
    ) -> Result<Self, NotRotated> {
        if self.earlier.len() >= EARLIER_MAX {
            return Err(NotRotated::TooMany);
        }
        let before = self.current.written().clone();
        if fresh.api.as_ref().is_some_and(|(name, _)| self.has_name(name)) {
            return Err(NotRotated::NameTaken);
        }
        let (name, secret) = fresh.api.unwrap_or((before.name.clone(), before.secret.clone()));
        let root = fresh.root.unwrap_or_else(|| before.root.clone());
        let written = Written { name, secret, root, created_s: Some(now_s), not_after_s: None };
        let current = Generation::new(written)?;
        if id(&current) == id(&self.current) {
            return Err(NotRotated::NameTaken);
        }
        let last = Generation::new(Written { not_after_s, ..before })?;
        let earlier = std::iter::once(last).chain(self.earlier).collect();
        Ok(Self { current, earlier })
    }

    /// These keys without the earlier generation of this id: what only that one has signed opens nothing any more.
    ///
    /// # Errors
    /// [`NotRotated::Unknown`] or [`NotRotated::Current`].
    pub fn without(self, retired: &str) -> Result<Self, NotRotated> {
        if id(&self.current) == retired {
            return Err(NotRotated::Current);
        }
        let kept = |generation: &Generation| id(generation) != retired;
        let all = self.earlier.len();
        let earlier: Vec<_> = self.earlier.into_iter().filter(kept).collect();
        if earlier.len() == all {
            return Err(NotRotated::Unknown);
        }
        Ok(Self { earlier, ..self })
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    fn holding(&self, now_s: u64) -> impl Iterator<Item = &Generation> {
        self.generations().filter(move |generation| generation.holds(now_s))
    }

    fn has_name(&self, name: &str) -> bool {
        self.generations().any(|generation| generation.written().name == name)
    }

    /// Whether an API key of this name is read at `now_s`.
    pub(crate) fn is_name(&self, name: &str, now_s: u64) -> bool {
        self.holding(now_s).any(|generation| generation.written().name == name)
    }

    /// The API key of this name; the current one if there is none.
    pub(crate) fn api(&self, name: Option<&str>, now_s: u64) -> Key<'_> {
        let named = |it: &&Generation| Some(it.written().name.as_str()) == name;
        self.holding(now_s).find(named).unwrap_or(&self.current).key(Purpose::Room)
    }

    /// The derived key that a token's header names, and what it is for; no key for a token by an API key, and `None` if it is
    /// a derived one of another house. Other minters may put an id of their own beside the API key.
    pub(crate) fn named(&self, id: Option<&str>, now_s: u64) -> Option<(Purpose, Option<Key<'_>>)> {
        let found = id.and_then(|id| self.holding(now_s).find_map(|it| it.derived(id)));
        if let Some((purpose, key)) = found {
            return Some((purpose, Some(key)));
        }
        let word = id.and_then(|it| it.split_once('.')).map(|(word, _)| word);
        let elsewhere = Purpose::DERIVED.iter().any(|it| Some(it.word()) == word);
        (!elsewhere).then_some((Purpose::Room, None))
    }
}

fn id(generation: &Generation) -> String {
    format!("{}.{}", generation.written().name, generation.root_id())
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("name", &self.name()).finish_non_exhaustive()
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    name: String,
    secret: String,
    root: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Written>,
}

impl TryFrom<Unchecked> for Keys {
    type Error = NotRotated;

    fn try_from(unchecked: Unchecked) -> Result<Self, NotRotated> {
        let Unchecked { name, secret, root, created_s, earlier } = unchecked;
        if earlier.len() > EARLIER_MAX {
            return Err(NotRotated::TooMany);
        }
        let written = Written { name, secret, root, created_s, not_after_s: None };
        let earlier = earlier.into_iter().map(Generation::new).collect::<Result<_, _>>()?;
        Ok(Self { current: Generation::new(written)?, earlier })
    }
}

impl From<Keys> for Unchecked {
    fn from(keys: Keys) -> Self {
        let Written { name, secret, root, created_s, .. } = keys.current.written().clone();
        let earlier = keys.earlier.iter().map(|it| it.written().clone()).collect();
        Self { name, secret, root, created_s, earlier }
    }
}
