//! What is to be done at the end of a call: marked by the verbs, drained by `settle`.

use std::collections::BTreeSet;

use crate::effect::Describe;
use crate::ids::{ParticipantId, RoomId};

/// What is to be done at the end of the call.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Whose sections may have changed.
    pub(crate) offers: BTreeSet<ParticipantId>,
    /// The same for somebody who has just been told of everybody.
    pub(crate) offers_at_once: BTreeSet<ParticipantId>,
    /// Whose sections may flow now.
    pub(crate) flows: BTreeSet<ParticipantId>,
    /// Rooms whose tracks have changed: their watchers see the best of them.
    pub(crate) watched: BTreeSet<RoomId>,
    /// Rooms whose news is to be told.
    pub(crate) news: BTreeSet<RoomId>,
    /// Rooms whose state has changed.
    pub(crate) states: BTreeSet<RoomId>,
    /// Listeners that are to be told how much of their tracks comes: kept from call to call until they may be told.
    pub(crate) streams: BTreeSet<ParticipantId>,
    /// Answers to offers.
    pub(crate) answers: Vec<(ParticipantId, Describe)>,
    /// Whose signalling connection ends once everything is said.
    pub(crate) hang_ups: Vec<ParticipantId>,
}

impl Marks {
    pub(crate) fn offer(&mut self, id: ParticipantId) {
        self.offers.insert(id);
    }

    pub(crate) fn offer_at_once(&mut self, id: ParticipantId) {
        self.offers_at_once.insert(id);
    }

    pub(crate) fn flow(&mut self, id: ParticipantId) {
        self.flows.insert(id);
    }

    pub(crate) fn watched(&mut self, room: RoomId) {
        self.watched.insert(room);
    }

    pub(crate) fn news(&mut self, room: RoomId) {
        self.news.insert(room);
    }

    pub(crate) fn state(&mut self, room: RoomId) {
        self.states.insert(room);
    }

    pub(crate) fn streams(&mut self, id: ParticipantId) {
        self.streams.insert(id);
    }

    pub(crate) fn answer(&mut self, id: ParticipantId, describe: Describe) {
        self.answers.push((id, describe));
    }

    pub(crate) fn hang_up(&mut self, id: ParticipantId) {
        self.hang_ups.push(id);
    }

    /// Somebody has gone: nothing is to be done for it.
    pub(crate) fn forget(&mut self, id: ParticipantId) {
        self.offers.remove(&id);
        self.offers_at_once.remove(&id);
        self.flows.remove(&id);
        self.streams.remove(&id);
        self.answers.retain(|(of, _)| *of != id);
        self.hang_ups.retain(|of| *of != id);
    }
}
