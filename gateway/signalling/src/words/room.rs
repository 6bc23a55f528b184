//! Rooms as they are described.

/// What members and servers are told of a room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomInfo {
    /// Its id.
    pub sid: String,
    /// Its name.
    pub name: String,
    /// When it was opened, milliseconds since 1970.
    pub created_ms: u64,
    /// Free text; of a booked room what is booked.
    pub metadata: String,
    /// Seconds that it waits for the first to come.
    pub empty_timeout_s: u32,
    /// Seconds that it waits after the last has left.
    pub departure_timeout_s: u32,
    /// Most participants; 0 = as configured.
    pub max_participants: u32,
    /// Members who publish and are seen.
    pub publishers: u32,
    /// Members who are seen.
    pub participants: u32,
    /// What is said is being recorded now.
    pub recording: bool,
}
