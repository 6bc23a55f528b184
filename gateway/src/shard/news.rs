//! Telling a room of its people, at most once in [`GATHER`](crate::room::news::GATHER).

use std::time::Instant;

use livekit_protocol as lk;
use lk::signal_response::Message;
use sfu::RoomId;

use super::Shard;
use crate::ids::ParticipantId;
use crate::room::news::Piece;

impl Shard {
    /// Tells the room how a participant is now, or only itself if nobody sees it.
    pub(super) fn announce(&mut self, id: ParticipantId) {
        let Some(it) = self.roster.participants.get_mut(&id) else { return };
        it.version += 1;
        let room = it.room;
        if self.roster.participants.get(&id).is_some_and(|it| self.visible(it)) {
            let room = self.roster.rooms.get_mut(&room).into_iter();
            return room.for_each(|room| room.news.changed(id));
        }
        let tracks = self.publications.infos(id);
        let info = self.roster.participants.get(&id).map(|it| it.info(tracks));
        let participants = info.into_iter().collect();
        self.say(id, Message::Update(lk::ParticipantUpdate { participants }));
    }

    /// Tells every room whose time has come.
    pub(super) fn tell_news(&mut self, now: Instant) {
        let due = self.roster.rooms.values().filter(|room| room.news.due(now));
        let due: Vec<RoomId> = due.map(|room| room.id).collect();
        due.into_iter().for_each(|room| self.tell_news_of(now, room));
    }

    /// Tells the room of `id` at once: an answer to it may name anybody's track.
    pub(super) fn tell_before_answer(&mut self, now: Instant, id: ParticipantId) {
        let room = self.roster.participants.get(&id).map(|it| it.room);
        let waits = |room: &RoomId| self.roster.rooms.get(room).is_some_and(|it| it.news.waits());
        let room = room.filter(waits);
        room.into_iter().for_each(|room| self.tell_news_of(now, room));
    }

    fn tell_news_of(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.roster.rooms.get_mut(&id) else { return };
        let (pieces, offers) = room.news.tell(now);
        let describe = |piece: Piece| match piece {
            Piece::Gone(info) => Some(*info),
            Piece::Now(id) => {
                let it = self.roster.participants.get(&id).filter(|it| self.visible(it))?;
                Some(it.info(self.publications.infos(id)))
            }
        };
        let participants: Vec<_> = pieces.into_iter().filter_map(describe).collect();
        if !participants.is_empty() {
            self.tell_all(id, &Message::Update(lk::ParticipantUpdate { participants }));
        }
        offers.into_iter().for_each(|to| self.offer(now, to));
    }

    /// Whether an offer to `id` must wait until the room's news is told: a client drops the track of somebody whom it
    /// does not know.
    pub(super) fn awaits_news(&mut self, now: Instant, id: ParticipantId) -> bool {
        let Some(room) = self.roster.participants.get(&id).map(|it| it.room) else { return false };
        if self.roster.rooms.get(&room).is_some_and(|it| it.news.due(now)) {
            self.tell_news_of(now, room);
        }
        self.roster.rooms.get_mut(&room).is_some_and(|it| it.news.holds(id))
    }
}
