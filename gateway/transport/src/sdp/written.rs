//! What the gateway writes beside the payload of what it sends, and what the client tells of that.

use super::{DEPENDENCY, MID, TRANSPORT_CC};

/// What a client tells of the packets that it gets, beside receiver reports, where it has no transport-wide feedback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tells {
    /// Nothing.
    #[default]
    Nothing,
    /// What it takes its line to carry: `goog-remb` (draft-alvestrand-rmcat-remb-03).
    Estimate,
    /// What became of each packet: `ack ccfb` (RFC 8888).
    Packets,
}

/// Longest name of a section that packets say, in bytes: what the one-byte form of header extensions has room for.
const SECTION_NAME_MAX: usize = 16;

/// The section that packets belong to, as they say it: the client's number of [`MID`], 0 where nothing is said, and the
/// name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectionName {
    number: u8,
    len: u8,
    name: [u8; SECTION_NAME_MAX],
}

impl SectionName {
    /// Nothing, where the client does not take it or the name is too long.
    fn new(number: u8, name: &str) -> Self {
        let mut kept = [0; SECTION_NAME_MAX];
        match (kept.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(place), Ok(len)) if len > 0 && number != 0 => {
                place.copy_from_slice(name.as_bytes());
                Self { number, len, name: kept }
            }
            _ => Self::default(),
        }
    }

    /// The client's number of the extension, 0 where nothing is said.
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// What is said.
    pub fn name(&self) -> &[u8] {
        self.name.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// The client's numbers for the header extensions that the gateway writes, 0 for one that it does not take; and what it
/// tells of the packets that carry them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Of [`DEPENDENCY`].
    pub dependency: u8,
    /// Of [`TRANSPORT_CC`].
    pub transport_cc: u8,
    /// Of [`MID`], with what it says.
    pub section: SectionName,
    /// Without that.
    pub tells: Tells,
}

impl Written {
    /// Of the extensions that a section of this name has, whose client tells so much.
    pub fn among(extensions: &[(u8, String)], tells: Tells, mid: &str) -> Self {
        let id = |uri| {
            extensions
                .iter()
                .find(|extension| extension.1 == uri)
                .map_or(0, |extension| extension.0)
        };
        let section = SectionName::new(id(MID), mid);
        Self { dependency: id(DEPENDENCY), transport_cc: id(TRANSPORT_CC), section, tells }
    }

    /// Whether the client tells what became of each packet.
    pub const fn is_told(self) -> bool {
        self.transport_cc != 0 || matches!(self.tells, Tells::Packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_said_by_a_name_that_fits_where_the_client_takes_it() {
        let said = SectionName::new(4, "video-1");
        assert_eq!((said.number(), said.name()), (4, b"video-1".as_slice()));
        let longest = "0123456789abcdef";
        assert_eq!(SectionName::new(4, longest).name(), longest.as_bytes());
        for (number, name) in [(0, "1"), (4, ""), (4, "0123456789abcdefg")] {
            assert_eq!(SectionName::new(number, name), SectionName::default(), "{name}");
        }
    }
}
