//! What the gateway writes beside the payload of what it sends, and what the client tells of that.

use super::{DEPENDENCY, TRANSPORT_CC};

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

/// The client's numbers for the header extensions that the gateway writes, 0 for one that it does not take; and what it
/// tells of the packets that carry them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Of [`DEPENDENCY`].
    pub dependency: u8,
    /// Of [`TRANSPORT_CC`].
    pub transport_cc: u8,
    /// Without that.
    pub tells: Tells,
}

impl Written {
    /// Of the extensions that a section has, whose client tells so much.
    pub fn among(extensions: &[(u8, String)], tells: Tells) -> Self {
        let id = |uri| {
            extensions
                .iter()
                .find(|extension| extension.1 == uri)
                .map_or(0, |extension| extension.0)
        };
        Self { dependency: id(DEPENDENCY), transport_cc: id(TRANSPORT_CC), tells }
    }

    /// Whether the client tells what became of each packet.
    pub const fn is_told(self) -> bool {
        self.transport_cc != 0 || matches!(self.tells, Tells::Packets)
    }
}
