use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use booking::UnixS;
use session::{Key, Keys, Purpose};

/// Before a secret, so that people and scanners know what it is (Standard Webhooks, "Signature scheme").
const PREFIX: &str = "whsec_";

/// What messages of one endpoint are signed with. It is derived from a key of the house and nowhere kept: whoever has a copy of
/// the store alone can sign nothing. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// The secret of a generation of an endpoint's secrets, as its receiver is given it now.
    pub(crate) fn derive(keys: &Keys, endpoint_id: &str, generation: i64) -> Self {
        Self::by(keys.key(Purpose::Webhook), endpoint_id, generation)
    }

    /// The secrets of that generation by every key of the house that is not retired at `now`, the current one first: a receiver
    /// that has one of before the house's keys were rotated knows it again.
    pub(crate) fn every(
        keys: &Keys,
        (endpoint_id, generation): (&str, i64),
        now: UnixS,
    ) -> Vec<Self> {
        let mut secrets = Vec::new();
        for key in keys.every(Purpose::Webhook, now.0) {
            let secret = Self::by(key, endpoint_id, generation);
            if !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
        secrets
    }

    fn by(key: Key<'_>, endpoint_id: &str, generation: i64) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.secret());
        let tag = hmac::sign(&key, format!("{endpoint_id} {generation}").as_bytes());
        Self(tag.as_ref().to_vec())
    }

    /// As its receiver is given it.
    pub(crate) fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// What stands in `webhook-signature` for this secret.
    pub(crate) fn sign(&self, id: &str, timestamp_s: u64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{timestamp_s}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

#[cfg(test)]
mod tests {
    use session::Fresh;

    use super::*;

    /// The example of the Standard Webhooks specification and its libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = SigningSecret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let signed =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret.text(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(format!("{secret:?}"), "SigningSecret");
    }

    #[test]
    fn who_was_given_a_secret_before_the_keys_were_rotated_knows_it_until_those_are_retired() {
        let before = Keys::new("county", "s".repeat(32), "a".repeat(32)).unwrap();
        let given = SigningSecret::derive(&before, "id", 1);
        let root = Fresh { root: Some("b".repeat(32)), ..Fresh::default() };
        let api = Fresh { api: Some(("new".into(), "t".repeat(32))), ..Fresh::default() };
        let after = before.rotated(root, 1_000, Some(2_000)).unwrap();
        let after = after.rotated(api, 1_500, None).unwrap();
        let every = |now_s| SigningSecret::every(&after, ("id", 1), UnixS(now_s));
        let new = SigningSecret::derive(&after, "id", 1);
        assert_eq!(every(1_600), [new.clone(), given], "one of each root");
        assert_eq!(every(2_001), [new]);
    }

    #[test]
    fn every_endpoint_generation_and_house_has_its_own() {
        let house = |root: &str| Keys::new("county", "s".repeat(32), root.repeat(32)).unwrap();
        let (one, other) = (house("a"), house("b"));
        let first = SigningSecret::derive(&one, "id", 1);
        assert_eq!(first, SigningSecret::derive(&one, "id", 1));
        for unlike in [(&one, "id", 2), (&one, "id2", 1), (&other, "id", 1)] {
            assert_ne!(SigningSecret::derive(unlike.0, unlike.1, unlike.2), first);
        }
    }
}
