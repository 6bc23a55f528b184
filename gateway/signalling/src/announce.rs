//! Telling a room of its people and of itself.

use std::time::Instant;

use crate::Signalling;
use crate::ids::{ParticipantId, RoomId};
use crate::tables::news::Piece;
use crate::words::message::Message;

impl Signalling {
    /// Tells the room how a participant is now, or only itself if nobody sees it.
    pub(crate) fn announce(&mut self, id: ParticipantId) {
        let Some(participant) = self.roster.get_mut(id) else { return };
        participant.stay.version += 1;
        let room = participant.room;
        if self.is_visible(id) {
            if let Some(participant) = self.roster.get_mut(id) {
                participant.stay.shown = true;
            }
            if let Some(room) = self.rooms.get_mut(room) {
                room.news.changed(id);
            }
            return;
        }
        let info = self.info(id).into_iter().collect();
        self.say(id, Message::Participants(info));
    }

    /// Tells a room its news now. Answers whose offers waited for that.
    pub(crate) fn tell_news(&mut self, now: Instant, id: RoomId) -> Vec<ParticipantId> {
        let Some(room) = self.rooms.get_mut(id) else { return vec![] };
        let (pieces, offers) = room.news.tell(now);
        let describe = |piece: Piece| match piece {
            Piece::Gone(info) => Some(*info),
            Piece::Now(id) => self.info(id).filter(|_| self.is_visible(id)),
        };
        let people: Vec<_> = pieces.into_iter().filter_map(describe).collect();
        if !people.is_empty() {
            self.say_all(id, &Message::Participants(people));
        }
        offers.into_iter().collect()
    }

    /// Tells everybody in a room how the room is now.
    pub(crate) fn tell_room(&mut self, id: RoomId) {
        if let Some(info) = self.rooms.get(id).map(|room| self.room_seen(room)) {
            self.say_all(id, &Message::Room(info));
        }
    }

    /// Tells somebody who has just come who was here before.
    pub(crate) fn tell_departed(&mut self, id: ParticipantId, room: RoomId) {
        let gone = self.rooms.get(room).map(|room| room.gone()).unwrap_or_default();
        if !gone.is_empty() {
            self.say(id, Message::Participants(gone));
        }
    }
}
