//! What the recorder says of itself, and what rooms were told of it.

use std::collections::BTreeMap;

use archive::tap::Recording;

use crate::ids::RoomId;

/// The recorder, as rooms see it.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    listens: bool,
    says: Recording,
    /// Whether the members of a recorded room were told that it is.
    lamps: BTreeMap<RoomId, bool>,
}

impl Recorder {
    /// Takes whether a recorder listens, and what it says if that has changed.
    pub(crate) fn hear(&mut self, listens: bool, says: Option<Recording>) {
        self.listens = listens;
        if let Some(says) = says {
            self.says = says;
        }
    }

    /// Whether what is said in a room that is to be recorded is being recorded now.
    pub(crate) fn takes(&self, room: RoomId) -> bool {
        self.listens && !self.says.stopped && !self.says.refused.contains(&room.0)
    }

    /// A room begins: people who come in now are told at once.
    pub(crate) fn begin(&mut self, room: RoomId) {
        let lit = self.takes(room);
        self.lamps.insert(room, lit);
    }

    /// The rooms, of those that are to be recorded, whose members must be told another thing than before.
    pub(crate) fn changes(&mut self, recorded: &[RoomId]) -> Vec<RoomId> {
        let now: BTreeMap<RoomId, bool> =
            recorded.iter().map(|room| (*room, self.takes(*room))).collect();
        let changed = now.iter().filter(|(room, lit)| self.lamps.get(room) != Some(lit));
        let changed = changed.map(|(room, _)| *room).collect();
        self.lamps = now;
        changed
    }
}
