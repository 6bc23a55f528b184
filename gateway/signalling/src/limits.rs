//! The measures of one core.

use std::time::Duration;

/// What a county may set. Times are spans.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most rooms at a time.
    pub rooms_max: usize,
    /// Most participants in a room.
    pub participants_per_room_max: usize,
    /// Most that come in within a second, on average.
    pub joins_per_s_max: u32,
    /// Most tracks that one participant may publish.
    pub tracks_per_participant_max: usize,
    /// Most tracks that one connection may carry to the gateway, and encodings of one of them.
    pub tracks_per_connection_max: usize,
    /// Most encodings of one track.
    pub layers_max: usize,
    /// A client whose media path does not stand after so long gives up its place.
    pub connect_within: Duration,
    /// A participant whose signalling broke off may resume for so long.
    pub resume: Duration,
    /// An empty room is over after so many seconds.
    pub empty_room_s: u64,
    /// A booked room whose time is over stays open for so many seconds after those who ran it have left.
    pub unled_s: u64,
    /// A recorded camera is asked for a keyframe every so many seconds.
    pub recorded_keyframe_s: u64,
    /// The gateway relays over TURN with TLS.
    pub relay_over_tls: bool,
}
