//! What was marked in a call is drained once at its end: news, answers, watchers, sections that may flow, offers.

use std::time::Instant;

use transport::sdp::Codec;

use crate::Signalling;
use crate::effect::{Describe, Effect, Subscribe};
use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::tables::sections::Agreed;
use crate::words::message::Message;

impl Signalling {
    /// Does what was marked.
    pub(crate) fn settle(&mut self, now: Instant) {
        for (id, describe) in std::mem::take(&mut self.consequences.marks.answers) {
            self.give_answer(now, id, describe);
        }
        for room in std::mem::take(&mut self.consequences.marks.news) {
            self.tell_and_mark(now, room);
        }
        for room in std::mem::take(&mut self.consequences.marks.states) {
            self.tell_state(now, room);
        }
        for room in std::mem::take(&mut self.consequences.marks.watched) {
            self.visits.watchers(room).into_iter().for_each(|id| self.follow(id));
        }
        for id in std::mem::take(&mut self.consequences.marks.flows) {
            if self.has_one_connection(id) {
                self.expect(id);
            }
            self.flow(id);
        }
        for id in std::mem::take(&mut self.consequences.marks.offers_at_once) {
            self.consequences.marks.offers.remove(&id);
            self.make_offer(now, id);
        }
        while let Some(id) = self.consequences.marks.offers.pop_first() {
            if !self.awaits_news(now, id) {
                self.make_offer(now, id);
            }
        }
        for id in std::mem::take(&mut self.consequences.marks.hang_ups) {
            self.hang_up(now, id);
        }
    }

    /// Answers an offer. An answer to a client with one connection may name anybody's track: it must know them.
    fn give_answer(&mut self, now: Instant, id: ParticipantId, describe: Describe) {
        let Some(me) = self.roster.get(id) else { return };
        let (room, signal) = (me.room, me.signal.id);
        let waits = self.rooms.get(room).is_some_and(|room| room.news.waits());
        if waits && self.has_one_connection(id) {
            self.tell_and_mark(now, room);
        }
        if let Some(signal) = signal {
            self.effect(Effect::Answer(signal, Box::new(describe)));
        }
    }

    /// Tells a room its news; the offers that waited for that follow.
    fn tell_and_mark(&mut self, now: Instant, room: RoomId) {
        for id in self.tell_news(now, room) {
            self.consequences.marks.offer(id);
        }
    }

    /// Whether an offer to `id` must wait until the room's news is told: a client drops the track of somebody whom it
    /// does not know.
    fn awaits_news(&mut self, now: Instant, id: ParticipantId) -> bool {
        let Some(room) = self.room_of(id) else { return false };
        if self.rooms.get(room).is_some_and(|room| room.news.due(now)) {
            self.tell_and_mark(now, room);
        }
        self.rooms.get_mut(room).is_some_and(|room| room.news.holds(id))
    }

    /// Lets media flow in the sections that the client has accepted, once its path stands. Not
    /// before: the first keyframe would be wasted.
    fn flow(&mut self, id: ParticipantId) {
        self.hold_to_mode(id);
        let Some(me) = self.roster.get(id) else { return };
        let (room, Some(connection)) = (me.room, me.paths.subscriber) else { return };
        if !self.connections.stands(connection) {
            return;
        }
        let Some(sections) = self.listening.get_mut(id) else { return };
        let mut begun = vec![];
        for (slot, section) in (0u16..).zip(&mut sections.list) {
            if section.agreed != Agreed::Accepted {
                continue;
            }
            section.agreed = Agreed::Flowing;
            let codec = section.said.clone().unwrap_or_else(|| Codec::offered(section.codec));
            // The client's answer to our offer says whether it takes what we offered.
            let rtx = if section.said.is_some() { codec.rtx } else { section.takes.rtx };
            let published = self.publications.get(section.track);
            begun.push(Subscribe {
                room,
                track: section.track,
                connection,
                slot,
                kind: section.kind,
                source: published.map(|published| published.info.source).unwrap_or_default(),
                top: section.portion.gets.top,
                ssrc: section.ssrc,
                payload_type: codec.pt,
                red: section.takes.red,
                written: section.takes.written,
                repair: rtx.map(|payload_type| (section.repair_ssrc, payload_type)),
                continues: false,
            });
        }
        for subscribe in begun {
            self.tell_taken(subscribe.track);
            self.effect(Effect::Subscribe(Box::new(subscribe)));
        }
    }

    /// The publisher hears once that somebody takes its track.
    fn tell_taken(&mut self, track: TrackId) {
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        if !std::mem::replace(&mut published.taken, true) {
            let (owner, sid) = (published.owner, published.info.sid.clone());
            self.say(owner, Message::TrackSubscribed { sid });
        }
    }
}
