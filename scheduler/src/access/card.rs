//! What is kept of the card numbers of patients.

use aws_lc_rs::hmac;
use consultation::Card;
use session::{Keys, Purpose};

/// What the store knows a card by, hexadecimal: a MAC, as a plain hash of a number that has a known form is undone by trying.
/// The same number has another MAC after the root of the house's keys was rotated.
pub(crate) fn card_mac(card: &Card, keys: &Keys) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, keys.key(Purpose::Card).secret());
    let tag = hmac::sign(&key, card.as_str().as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
