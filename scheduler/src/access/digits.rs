use std::fmt;

use aws_lc_rs::hmac;
use booking::UnixS;
use session::{Key, Keys, Purpose};

use crate::hexadecimal::hexadecimal;

/// How many there are of six digits.
pub(crate) const DIGITS: u32 = 1_000_000;
const LENGTH: usize = 6;

/// Six digits by which a guest comes in. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Digits(String);

impl Digits {
    pub(crate) fn random() -> Self {
        Self(format!("{:06}", rand::random_range(0..DIGITS)))
    }

    /// Digits as people type them: with spaces or a dash between, or in the full width of Chinese keyboards.
    pub(crate) fn read(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let plain = |sign: char| match sign {
            '\u{ff10}'..='\u{ff19}' => {
                char::from_digit(u32::from(sign).saturating_sub(0xff10), 10).unwrap_or(sign)
            }
            other => other,
        };
        let signs = typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
        let digits: String = signs.map(plain).collect();
        let good = digits.len() == LENGTH && digits.bytes().all(|byte| byte.is_ascii_digit());
        good.then_some(Self(digits))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store knows them by, hexadecimal: a MAC, as a plain hash of one in a million is undone at once. Who has the
    /// store and not the key file learns nothing of them.
    pub(crate) fn mac(&self, keys: &Keys) -> String {
        mac(keys.key(Purpose::Digits), &self.0)
    }

    /// The same by every key that holds now, as the digits may have been given before the keys were rotated.
    pub(crate) fn macs(&self, keys: &Keys, now: UnixS) -> Vec<String> {
        keys.every(Purpose::Digits, now.0).map(|key| mac(key, &self.0)).collect()
    }
}

/// A MAC of a text by this key, hexadecimal.
pub(super) fn mac(key: Key<'_>, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.secret());
    let tag = hmac::sign(&key, text.as_bytes());
    hexadecimal(tag.as_ref())
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_people_type_them() {
        for typed in ["012345", " 012 345 ", "012-345", "０１２３４５"] {
            assert_eq!(Digits::read(typed).unwrap().as_str(), "012345", "{typed}");
        }
        for wrong in ["", "12345", "1234567", "12345a", "一二三四五六", &" ".repeat(100)] {
            assert_eq!(Digits::read(wrong), None, "{wrong}");
        }
        let made = Digits::random();
        assert_eq!(Digits::read(made.as_str()), Some(made.clone()));
        assert!(!format!("{made:?}").contains(made.as_str()));
    }

    #[test]
    fn the_store_knows_them_by_a_mac_that_needs_the_key_file() {
        let keys = |root: &str| Keys::new("k", "0123456789abcdef0123456789abcdef", root).unwrap();
        let (ours, other) = (keys(&"a".repeat(32)), keys(&"b".repeat(32)));
        let digits = Digits::read("000000").unwrap();
        assert_eq!(digits.mac(&ours), digits.mac(&ours));
        assert_eq!(digits.mac(&ours).len(), 64);
        assert_ne!(digits.mac(&ours), digits.mac(&other));
        assert_ne!(digits.mac(&ours), Digits::read("000001").unwrap().mac(&ours));
    }
}
