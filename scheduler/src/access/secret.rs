use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::hexadecimal::hexadecimal;

const BYTES: usize = 32;

/// 256 random bits that open something: a link once, a login for a time. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()))
    }

    /// A secret as it came, if it has the form of one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.to_owned()))
    }

    /// The 43 characters (base64url) that stand in a link or a cookie.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store knows it by: SHA-256, hexadecimal. With 256 random bits nobody finds the secret from that.
    pub(crate) fn sha256(&self) -> String {
        hexadecimal(&Sha256::digest(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_made_and_nothing_else_is_one() {
        let made = Secret::random();
        assert_eq!(made.as_str().len(), 43);
        assert_eq!(Secret::read(made.as_str()), Some(made.clone()));
        assert_ne!(Secret::random(), made);
        assert!(!format!("{made:?}").contains(made.as_str()));
        for wrong in
            ["", "a", &"A".repeat(42), &format!("{}A", made.as_str()), "äöü", &"=".repeat(43)]
        {
            assert_eq!(Secret::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_store_knows_it_by_its_hash() {
        let known = Secret::read(&"A".repeat(43)).unwrap();
        let sha256 = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a";
        assert_eq!(known.sha256(), sha256);
    }
}
