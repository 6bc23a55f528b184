use alloc::string::String;
use core::fmt::Write as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What is true of a finished segment for ever.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// Number of the segment, from 1.
    pub segment: u32,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// The [`head`](Self::head) of the segment before; empty for the first.
    pub prev: String,
    /// SHA-256 over segment, length, hash and `prev`: it stands for this segment and all before.
    pub head: String,
}

impl Seal {
    fn new(segment: u32, bytes: u64, sha256: String, prev: &str) -> Self {
        let head = chain(segment, bytes, &sha256, prev);
        Self { segment, bytes, sha256, prev: prev.into(), head }
    }
}

fn chain(segment: u32, bytes: u64, sha256: &str, prev: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(segment.to_le_bytes());
    hasher.update(bytes.to_le_bytes());
    hasher.update(sha256.as_bytes());
    hasher.update(prev.as_bytes());
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Hashes a segment while it is written.
#[derive(Clone, Debug, Default)]
pub struct Sealer {
    hasher: Sha256,
    bytes: u64,
}

impl Sealer {
    /// Takes the segment's next bytes, the header too.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// Seals the segment with number `segment` after the seal whose head is `prev`.
    #[must_use]
    pub fn seal(self, segment: u32, prev: &str) -> Seal {
        Seal::new(segment, self.bytes, hex(&self.hasher.finalize()), prev)
    }
}

/// A chain that is not whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BrokenChain {
    /// A segment is missing, twice or out of place.
    #[error("segment {0} of the journal is not where it should be")]
    Order(u32),
    /// A seal does not fit to the one before it or to itself.
    #[error("the seal of segment {0} does not fit to the one before it")]
    Link(u32),
}

/// Checks that `seals` are one whole chain from segment 1; the answer is the head of the last, or
/// the empty string if there is none. The segments themselves are to be hashed by the caller.
///
/// # Errors
/// [`BrokenChain`] at the first seal that does not fit.
pub fn verify(seals: &[Seal]) -> Result<&str, BrokenChain> {
    let mut head = "";
    for (seal, number) in seals.iter().zip(1_u32..) {
        if seal.segment != number {
            return Err(BrokenChain::Order(number));
        }
        let right = chain(seal.segment, seal.bytes, &seal.sha256, head);
        if seal.prev != head || seal.head != right {
            return Err(BrokenChain::Link(number));
        }
        head = &seal.head;
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn chain_of(texts: &[&[u8]]) -> Vec<Seal> {
        let mut seals: Vec<Seal> = Vec::new();
        for (text, number) in texts.iter().zip(1..) {
            let mut sealer = Sealer::default();
            sealer.update(text);
            let prev = seals.last().map(|it| it.head.clone()).unwrap_or_default();
            seals.push(sealer.seal(number, &prev));
        }
        seals
    }

    #[test]
    fn a_chain_holds_and_names_its_head() {
        let seals = chain_of(&[b"a", b"b", b"c"]);
        assert_eq!(verify(&seals), Ok(seals[2].head.as_str()));
        assert_eq!(verify(&[]), Ok(""));
        assert_eq!(
            seals[0].sha256,
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        );
    }

    #[test]
    fn any_change_breaks_the_chain() {
        let whole = chain_of(&[b"a", b"b", b"c"]);
        let mut cut = whole.clone();
        cut.remove(1);
        assert_eq!(verify(&cut), Err(BrokenChain::Order(2)));
        let mut changed = whole.clone();
        changed[1].bytes += 1;
        assert_eq!(verify(&changed), Err(BrokenChain::Link(2)));
        let mut swapped = whole.clone();
        swapped[1] = chain_of(&[b"a", b"x"]).remove(1);
        assert_eq!(verify(&swapped), Err(BrokenChain::Link(3)));
        let mut forged = whole;
        forged[2].prev = forged[0].head.clone();
        assert_eq!(verify(&forged), Err(BrokenChain::Link(3)));
    }
}
