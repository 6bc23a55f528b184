//! One generation of keys: an API key, and the keys that are derived from its root.

use aws_lc_rs::hkdf::{self, KeyType};
use serde::{Deserialize, Serialize};

use crate::key::{Key, Purpose, WeakKey};
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

/// A generation as the key file has it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) root: String,
    /// When the generation was made, seconds since 1970; none for one of before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_s: Option<u64>,
    /// The last second in which what it has signed is read; none for as long as it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_after_s: Option<u64>,
}

#[derive(Clone, PartialEq, Eq)]
struct Derived {
    purpose: Purpose,
    id: String,
    secret: [u8; KEY_BYTES],
}

/// An API key and a root, with what is derived from the root.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Generation {
    written: Written,
    /// Eight hexadecimal digits, by which the ids of the derived keys end.
    root_id: String,
    derived: Vec<Derived>,
}

impl Generation {
    pub(crate) fn new(written: Written) -> Result<Self, WeakKey> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let Written { name, secret, root, .. } = &written;
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
        let (root_id, derived) = derive(root).ok_or(WeakKey::Root)?;
        Ok(Self { written, root_id, derived })
    }

    pub(crate) fn written(&self) -> &Written {
        &self.written
    }

    pub(crate) fn root_id(&self) -> &str {
        &self.root_id
    }

    /// Whether what this generation has signed is read at `now_s`.
    pub(crate) fn holds(&self, now_s: u64) -> bool {
        self.written.not_after_s.is_none_or(|last_s| now_s <= last_s)
    }

    pub(crate) fn key(&self, purpose: Purpose) -> Key<'_> {
        match self.derived.iter().find(|it| it.purpose == purpose) {
            Some(it) => Key::new(Some(&it.id), &it.secret),
            None => Key::new(None, self.written.secret.as_bytes()),
        }
    }

    /// The derived key of this id, and what it is for.
    pub(crate) fn derived(&self, id: &str) -> Option<(Purpose, Key<'_>)> {
        let found = self.derived.iter().find(|it| it.id == id)?;
        Some((found.purpose, self.key(found.purpose)))
    }

    pub(crate) fn trace_id(&self, room: &str, identity: &str) -> TraceId {
        TraceId::derive(&extract(&self.written.root), room, identity).unwrap_or_default()
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

/// The id of a root, and a key for each derived purpose. The id of all is `<purpose>.<id of the root>`, so that a key of
/// another root is known for what it is.
fn derive(root: &str) -> Option<(String, Vec<Derived>)> {
    let root = extract(root);
    let mut id = [0; ID_BYTES];
    root.expand(&[b"id"], Length(ID_BYTES)).ok()?.fill(&mut id).ok()?;
    let id = format!("{:08x}", u32::from_be_bytes(id));
    let derive = |purpose: Purpose| {
        let word = purpose.word();
        let mut secret = [0; KEY_BYTES];
        let info = [b"key ", word.as_bytes()];
        root.expand(&info, Length(KEY_BYTES)).ok()?.fill(&mut secret).ok()?;
        Some(Derived { purpose, id: format!("{word}.{id}"), secret })
    };
    let derived = Purpose::DERIVED.into_iter().map(derive).collect::<Option<_>>()?;
    Some((id, derived))
}
