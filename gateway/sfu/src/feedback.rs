//! What listeners report of what they were sent: kept for each stream and for each connection, the newest only.

use media::Ms;

use crate::Arrival;

/// What a listener reported last of one stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reported {
    /// When.
    pub at: Ms,
    /// The part of its packets that was lost since the report before, in 1/256.
    pub lost_256: u8,
    /// The last round trip that a report on this stream showed.
    pub round_trip_ms: Option<u32>,
}

impl Reported {
    /// A report at `now` after `before`: one that shows no round trip leaves the one that is known.
    pub(crate) fn after(
        before: Option<Self>,
        now: Ms,
        lost_256: u8,
        round_trip_ms: Option<u32>,
    ) -> Self {
        let known = before.and_then(|state| state.round_trip_ms);
        Self { at: now, lost_256, round_trip_ms: round_trip_ms.or(known) }
    }
}

/// What one transport-wide feedback says in sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TransportLoss {
    /// When it was told.
    pub at: Ms,
    /// So many packets it covers.
    pub packets: u32,
    /// So many of them had not come.
    pub missing: u32,
}

impl TransportLoss {
    pub(crate) fn of(now: Ms, packets: &[Arrival]) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let missing = packets.iter().filter(|packet| packet.came_us.is_none()).count();
        Self { at: now, packets: count(packets.len()), missing: count(missing) }
    }
}
