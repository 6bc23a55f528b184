use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::UnixS;
use serde::{Deserialize, Serialize};
use session::{Key, Keys, Purpose};

/// How long a device has to sign, seconds: a thin line needs some of it.
pub(crate) const CHALLENGE_LIFE_S: u64 = 60;
/// Longest challenge that is read, bytes; an origin is a part of it.
const TEXT_MAX: usize = 1_024;

/// What a challenge is signed for; one of one kind is of no use for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChallengeFor {
    /// To bring a device in.
    Pair,
    /// To come back.
    Login,
}

/// What a device signs to show that it has its key: for one key, one origin and one use, for a minute. Nothing is kept of
/// a challenge until it comes back signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    /// What the device's key is known by.
    pub(crate) key: String,
    /// Where the page of the device is from.
    pub(crate) origin: String,
    #[serde(rename = "for")]
    pub(crate) wanted: ChallengeFor,
    /// The last second of it.
    pub(crate) ends: u64,
    /// 128 random bits.
    pub(crate) nonce: String,
}

impl Challenge {
    /// A challenge for the device with the key of this SHA-256, on a page of `origin`.
    pub(crate) fn new(key: String, origin: String, wanted: ChallengeFor, now: UnixS) -> Self {
        let nonce = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        Self { key, origin, wanted, ends: now.plus(CHALLENGE_LIFE_S).0, nonce }
    }

    /// The text that the device signs: the challenge, and a MAC by which the house knows its own.
    pub(crate) fn text(&self, keys: &Keys) -> String {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let tag = hmac::sign(&mac_key(keys.key(Purpose::Challenge)), body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// The challenge in `text`, if the house made it and its time is not over.
    pub(crate) fn read(text: &str, keys: &Keys, now: UnixS) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let (body, tag) = text.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        // One that was made before the keys were rotated is signed after it.
        let ours = |key| hmac::verify(&mac_key(key), body.as_bytes(), &tag).is_ok();
        if !keys.every(Purpose::Challenge, now.0).any(ours) {
            return None;
        }
        let read: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        (now.0 <= read.ends).then_some(read)
    }
}

fn mac_key(key: Key<'_>) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.secret())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixS = UnixS(1_795_392_000);

    fn keys(root: &str) -> Keys {
        Keys::new("k", "0123456789abcdef0123456789abcdef", root.repeat(32)).unwrap()
    }

    #[test]
    fn a_challenge_is_known_for_a_minute_by_the_house_that_made_it() {
        let ours = keys("a");
        let origin = "https://a.example".to_owned();
        let made = Challenge::new("key".into(), origin, ChallengeFor::Login, NOW);
        let text = made.text(&ours);
        assert_eq!(Challenge::read(&text, &ours, NOW.plus(60)), Some(made.clone()));
        assert_eq!(Challenge::read(&text, &ours, NOW.plus(61)), None);
        assert_eq!(Challenge::read(&text, &keys("b"), NOW), None);
        let (body, tag) = text.split_once('.').unwrap();
        let pair = Challenge { wanted: ChallengeFor::Pair, ..made };
        let forged = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&pair).unwrap());
        let long = "a".repeat(2_000);
        for wrong in ["", ".", body, &format!("{forged}.{tag}"), &format!("{body}."), &long] {
            assert_eq!(Challenge::read(wrong, &ours, NOW), None, "{wrong}");
        }
    }
}
