//! What a client says in STUN.

use rtc_crypto::RTCCryptoProvider;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};

/// A binding request as a browser sends it; `extra` puts in another attribute.
pub(super) fn check(
    username: &str,
    pwd: &str,
    nominate: bool,
    extra: Option<RawAttribute>,
) -> Vec<u8> {
    let provider = AwsLcRsProvider::default();
    let mut m = Message::new();
    m.transaction_id = TransactionId([7; 12]);
    m.typ = BINDING_REQUEST;
    m.write_header();
    m.add(ATTR_USERNAME, username.as_bytes());
    if nominate {
        m.add(ATTR_USE_CANDIDATE, &[]);
    }
    if let Some(a) = extra {
        m.add(a.typ, &a.value);
    }
    MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), provider.crypto())
        .add_to(&mut m)
        .unwrap();
    FINGERPRINT.add_to(&mut m).unwrap();
    m.raw
}

pub(super) fn controlled() -> RawAttribute {
    RawAttribute { typ: ATTR_ICE_CONTROLLED, length: 8, value: vec![0; 8] }
}

pub(super) const CLIENT_PWD: &str = "0123456789abcdef01234567";

/// A client's answer to a request of the peer's.
pub(super) fn answer(request: &[u8], pwd: &str) -> Vec<u8> {
    let provider = AwsLcRsProvider::default();
    let mut asked = Message::new();
    asked.unmarshal_binary(request).unwrap();
    assert_eq!(asked.typ, BINDING_REQUEST);
    let mut m = Message::new();
    m.transaction_id = asked.transaction_id;
    m.typ = BINDING_SUCCESS;
    m.write_header();
    MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), provider.crypto())
        .add_to(&mut m)
        .unwrap();
    FINGERPRINT.add_to(&mut m).unwrap();
    m.raw
}
