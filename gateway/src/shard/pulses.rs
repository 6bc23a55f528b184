//! Signs of life: who is not heard of any more is told to the room within three seconds.

use std::collections::BTreeSet;
use std::time::Instant;

use livekit_protocol::ConnectionQuality;
use livekit_protocol::participant_info::State;

use super::{Shard, Ticket};
use crate::ids::ParticipantId;

impl Shard {
    /// A client has said something, or answered that it is there.
    pub(super) fn alive(&mut self, now: Instant, ticket: Ticket) {
        let it = self.roster.participants.get_mut(&ticket.who);
        if let Some(it) = it.filter(|it| it.turn == ticket.turn) {
            it.pulse.says(now);
        }
    }

    /// Looks for those who have fallen silent, and for those who are back.
    pub(super) fn feel_pulses(&mut self, now: Instant) {
        let mut turned: Vec<(ParticipantId, bool)> = vec![];
        let flowing = self.publications.tracks.values().filter(|track| track.flows());
        let sending: BTreeSet<ParticipantId> = flowing.map(|track| track.owner).collect();
        for it in self.roster.participants.values_mut().filter(|it| it.state == State::Active) {
            let lines = [it.publisher, it.subscriber].into_iter().flatten();
            for line in lines.filter_map(|id| self.connections.get(id)) {
                it.pulse.sends(line.heard_at);
            }
            let device = self.visits.has(it.id);
            let flows = sending.contains(&it.id);
            turned.extend(it.pulse.feel(now, device, flows).map(|lost| (it.id, lost)));
        }
        let told = |(who, lost)| (who, self.lines.turn(who, lost));
        let changes: Vec<(ParticipantId, ConnectionQuality)> =
            turned.into_iter().map(told).collect();
        self.tell_lines(changes);
    }
}
