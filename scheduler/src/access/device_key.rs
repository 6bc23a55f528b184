use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// An uncompressed point of P-256 (SEC 1, section 2.3.3): a byte 4 and two numbers of 32 bytes.
const POINT_BYTES: usize = 65;
/// Two numbers of 32 bytes, as WebCrypto gives a signature (IEEE P1363).
const SIGNATURE_BYTES: usize = 64;
/// Stands before what a device signs, so that the signature is none of anything else.
const SIGNED_FOR: &str = "shanqiao device 1";

/// The public key of a device: ECDSA on P-256 with SHA-256, which WebCrypto has in every browser that has WebRTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceKey(String);

impl DeviceKey {
    /// A key as it came: base64url of the uncompressed point.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let point = URL_SAFE_NO_PAD.decode(text).ok()?;
        (point.len() == POINT_BYTES && point.first() == Some(&4)).then(|| Self(text.to_owned()))
    }

    /// The 87 characters (base64url) of the point.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the key is known by: base64url of the SHA-256 of the point, 43 characters.
    pub(crate) fn sha256(&self) -> String {
        let point = URL_SAFE_NO_PAD.decode(&self.0).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(Sha256::digest(point))
    }

    /// Whether the device with this key signed `challenge` for a page of `origin`; `signature` is base64url of 64 bytes.
    pub(crate) fn signed(&self, origin: &str, challenge: &str, signature: &str) -> bool {
        let (Ok(point), Ok(signature)) =
            (URL_SAFE_NO_PAD.decode(&self.0), URL_SAFE_NO_PAD.decode(signature))
        else {
            return false;
        };
        let text = format!("{SIGNED_FOR}\n{origin}\n{challenge}");
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        signature.len() == SIGNATURE_BYTES && key.verify(text.as_bytes(), &signature).is_ok()
    }
}

/// Whether `text` has the form of what a key is known by.
pub(crate) fn is_key_sha256(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    fn device() -> (EcdsaKeyPair, DeviceKey) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let text = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        (pair, DeviceKey::read(&text).unwrap())
    }

    fn sign(pair: &EcdsaKeyPair, text: &str) -> String {
        let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        URL_SAFE_NO_PAD.encode(signature.as_ref())
    }

    #[test]
    fn a_signature_is_of_one_key_one_origin_and_one_challenge() {
        let ((pair, key), (_, other)) = (device(), device());
        let signature = sign(&pair, "shanqiao device 1\nhttps://a.example\nonce");
        assert!(key.signed("https://a.example", "once", &signature));
        assert!(!other.signed("https://a.example", "once", &signature));
        assert!(!key.signed("https://b.example", "once", &signature));
        assert!(!key.signed("https://a.example", "twice", &signature));
        for wrong in ["", "!", signature.get(1..).unwrap(), &format!("{signature}AAAA")] {
            assert!(!key.signed("https://a.example", "once", wrong), "{wrong}");
        }
        let foreign = sign(&pair, "another program\nhttps://a.example\nonce");
        assert!(!key.signed("https://a.example", "once", &foreign));
    }

    #[test]
    fn only_an_uncompressed_point_is_a_key() {
        let (_, key) = device();
        assert_eq!(key.as_str().len(), 87);
        assert!(is_key_sha256(&key.sha256()) && !is_key_sha256(key.as_str()));
        let compressed = URL_SAFE_NO_PAD.encode([&[2][..], &[7; 64]].concat());
        for wrong in ["", "x", &"A".repeat(87), &compressed, key.as_str().get(..86).unwrap()] {
            assert_eq!(DeviceKey::read(wrong), None, "{wrong}");
        }
    }
}
