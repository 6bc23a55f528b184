//! How the lines of people do, as the caller and our pages measure them.

use crate::ids::ConnectionId;

/// The way down to one listening connection, as it was in the last second.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WayDown {
    /// Which connection.
    pub connection: ConnectionId,
    /// Of 256 packets, those that its line lost lately, by what its clients tell packet by packet; `None` where nobody tells
    /// that: the losses in receiver reports are those of the publishers' lines as well.
    pub lost_256: Option<u8>,
    /// What its line carries, bits a second, where that is known.
    pub bits_per_second: Option<u64>,
    /// Its sound goes with copies.
    pub protected: bool,
}

/// How everything did in the last second.
#[derive(Clone, Copy, Debug)]
pub struct SecondReport<'a> {
    /// The ways down of which anything is known.
    pub down: &'a [WayDown],
    /// The longest that the caller itself was late in that second, milliseconds.
    pub late_ms: u32,
}
