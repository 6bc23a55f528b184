//! What goes to the recorder: the packets of recorded rooms, and what is said of them.

use std::collections::BTreeSet;

use archive::tap::{Body, Recording};
use media::RoomId;

use crate::tap::{TapContent, TapItem, TapSender};

/// The shard's end of the tap, and the rooms that are recorded.
#[derive(Debug)]
pub(super) struct Recorded {
    tap: TapSender,
    rooms: BTreeSet<RoomId>,
}

impl Recorded {
    /// No room is.
    pub(super) const fn new(tap: TapSender) -> Self {
        Self { tap, rooms: BTreeSet::new() }
    }

    /// A room's packets go to the recorder from now on.
    pub(super) fn begin(&mut self, room: RoomId) {
        self.rooms.insert(room);
    }

    /// They do not any more.
    pub(super) fn end(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// Whether a room's packets go to the recorder.
    pub(super) fn takes(&self, room: RoomId) -> bool {
        self.rooms.contains(&room)
    }

    /// Hands media over, if its room is recorded.
    pub(super) fn media(&mut self, room: RoomId, at_us: u64, said: TapContent) {
        if self.takes(room) {
            self.tap.say(TapItem { room: room.0, at_us, said });
        }
    }

    /// Hands over what is said of a room.
    pub(super) fn event(&mut self, room: RoomId, at_us: u64, body: Body<'static>) {
        self.tap.say(TapItem { room: room.0, at_us, said: TapContent::Event(body) });
    }

    /// Whether a recorder is connected.
    pub(super) fn has_reader(&self) -> bool {
        self.tap.has_reader()
    }

    /// What the recorder said of itself, if it is new.
    pub(super) fn heard(&mut self) -> Option<Recording> {
        self.tap.heard()
    }

    /// Hands over what waits, as far as there is room.
    pub(super) fn flush(&mut self) {
        self.tap.flush();
    }

    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }
}
