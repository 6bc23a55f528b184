//! What is kept of the card numbers of patients.

use booking::UnixS;
use consultation::Card;
use session::{Keys, Purpose};

use super::digits::mac;

/// What the store knows a card by, hexadecimal: a MAC, as a plain hash of a number that has a known form is undone by trying.
/// The same number has another MAC after the root of the house's keys was rotated.
pub(crate) fn card_mac(card: &Card, keys: &Keys) -> String {
    mac(keys.key(Purpose::Card), card.as_str())
}

/// Whether this is the MAC of a card by any key that holds at `now`.
pub(crate) fn is_card_mac(card: &Card, known: &str, (keys, now): (&Keys, UnixS)) -> bool {
    keys.every(Purpose::Card, now.0).any(|key| mac(key, card.as_str()) == known)
}
