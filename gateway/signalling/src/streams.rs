//! How much of each track comes to a listener: what the allocation must know of subscriptions, and how listeners are told
//! what it decided.

use std::time::Instant;

use session::Mode;

use crate::Signalling;
use crate::ids::{ConnectionId, ParticipantId, TrackId};
use crate::tables::roster::Participant;
use crate::tables::sections::{Agreed, Section};
use crate::words::message::{Message, StreamWord};
use crate::words::stream::{Asks, Cause, StreamState, Streamed, Subscribed};

/// Topic of the data packets in which our page is told why it is sent less.
const TOPIC: &str = "line";

impl Signalling {
    /// The subscriptions of a listening connection whose media flows, for whoever divides its line.
    pub fn subscribed(&self, connection: ConnectionId) -> impl Iterator<Item = Subscribed> {
        let me = self.listener_on(connection);
        let sections = me.and_then(|me| self.listening.get(me.id));
        let flowing = |section: &&Section| section.agreed == Agreed::Flowing;
        let flowing =
            sections.into_iter().flat_map(|sections| &sections.list).filter(flowing).map(portion);
        // A screen takes what it is given.
        let seats = me.and_then(|me| Some(&self.visits.list.get(&me.id)?.seats));
        let seats = seats.into_iter().flatten().filter_map(|seat| seat.track);
        let seats = seats.map(|track| (track, Asks::ALL, None));
        flowing.chain(seats).filter_map(self.subscription_of(me))
    }

    /// What a listener whose path does not stand yet would be sent, to count what it misses.
    pub fn awaited(&self, connection: ConnectionId) -> impl Iterator<Item = Subscribed> {
        let me = self.listener_on(connection);
        let waits = me.filter(|_| !self.connections.stands(connection));
        let sections = waits.and_then(|me| self.listening.get(me.id));
        let used = sections
            .into_iter()
            .flat_map(|sections| &sections.list)
            .filter(|section| section.is_used());
        used.map(portion).filter_map(self.subscription_of(me))
    }

    /// Who listens on this connection.
    fn listener_on(&self, connection: ConnectionId) -> Option<&Participant> {
        let owner = self.connections.get(connection)?.owner;
        self.roster.get(owner).filter(|me| me.paths.subscriber == Some(connection))
    }

    /// How the tracks that `me` takes part of stand, those that are still published.
    fn subscription_of(
        &self,
        me: Option<&Participant>,
    ) -> impl Fn((TrackId, Asks, Option<Cause>)) -> Option<Subscribed> {
        let seen = me.and_then(|me| self.rooms.get(me.room)?.floor.seen_by(me.id));
        move |(track, asks, withheld)| {
            let published = self.publications.get(track)?;
            let publisher = self.roster.get(published.owner);
            Some(Subscribed {
                track,
                kind: published.encoded.kind,
                source: published.info.source,
                asks,
                muted: published.info.muted || published.silenced,
                away_since: publisher.and_then(|publisher| publisher.signal.pulse.away_since()),
                has_floor: seen == Some(published.owner),
                withheld,
            })
        }
    }

    /// How much of the session whoever has this connection is sent, by its own choice, its token and its budget.
    #[must_use]
    pub fn mode_on(&self, connection: ConnectionId) -> Mode {
        self.connections
            .get(connection)
            .map_or(Mode::Full, |connection| self.mode_of(connection.owner))
    }

    /// Lines carry more or less of what listeners are sent.
    pub(crate) fn note_streams(&mut self, now: Instant, streamed: &[Streamed]) {
        for stream in streamed {
            let Some(owner) =
                self.connections.get(stream.connection).map(|connection| connection.owner)
            else {
                continue;
            };
            let Some(sections) = self.listening.get_mut(owner) else { continue };
            let Some(section) = sections.carrying(stream.track) else { continue };
            let state = match (section.portion.why, stream.state) {
                (Some(why), StreamState::Whole) => why,
                (Some(why), _) if why.is_paused() => why,
                (_, state) => state,
            };
            if sections.streams.note(stream.track, state) {
                self.consequences.marks.streams(owner);
            }
        }
        self.tell_streams(now);
    }

    /// Tells whom something is to be told, and may be told now.
    pub(crate) fn tell_streams(&mut self, now: Instant) {
        let due = |id: &ParticipantId| {
            self.listening.get(*id).is_none_or(|sections| sections.streams.due(now))
        };
        let due: Vec<ParticipantId> =
            self.consequences.marks.streams.iter().copied().filter(due).collect();
        for id in due {
            self.consequences.marks.streams.remove(&id);
            let Some(sections) = self.listening.get_mut(id) else { continue };
            let news = sections.streams.tell(now);
            self.tell_paused(id, &news);
            self.tell_why(id, &news);
        }
    }

    /// A page that lost its connection may have missed what it was told.
    pub(crate) fn repeat_streams(&mut self, id: ParticipantId) {
        if self.listening.get_mut(id).is_some_and(|sections| sections.streams.unsay()) {
            self.consequences.marks.streams(id);
        }
    }

    /// Every client is told what is paused and what is not any more.
    fn tell_paused(&mut self, id: ParticipantId, news: &[(TrackId, StreamState, Option<bool>)]) {
        let turned = news.iter().filter(|(_, state, was)| *was != Some(state.is_paused()));
        let words = turned.filter_map(|(track, state, _)| {
            let published = self.publications.get(*track)?;
            Some(StreamWord {
                participant_sid: self.roster.get(published.owner)?.sid.clone(),
                track_sid: published.info.sid.clone(),
                paused: state.is_paused(),
            })
        });
        let words: Vec<StreamWord> = words.collect();
        if !words.is_empty() {
            self.say(id, Message::Streams(words));
        }
    }

    /// Our page is told why, in one data packet.
    fn tell_why(&mut self, id: ParticipantId, news: &[(TrackId, StreamState, Option<bool>)]) {
        let words = news.iter().filter_map(|(track, state, _)| {
            let cause = state.cause();
            Some(serde_json::json!({
                "track": self.publications.get(*track)?.info.sid,
                "state": state.word(),
                "reason": cause.map(|cause| cause.word()),
                "side": cause.map(|cause| cause.side()),
            }))
        });
        let streams: Vec<serde_json::Value> = words.collect();
        if streams.is_empty() {
            return;
        }
        let payload = serde_json::json!({ "streams": streams }).to_string().into_bytes();
        self.say_to_page(id, TOPIC, payload);
    }
}

/// How much of its track a section has, and why its mode leaves nothing.
fn portion(section: &Section) -> (TrackId, Asks, Option<Cause>) {
    let withheld = section.portion.why.and_then(StreamState::paused);
    (section.track, section.portion.gets, withheld)
}
