//! What a room is cleared for: while it is not for media nobody sends any, and while it is not for a recording nothing of
//! it goes to the recorder. Tokens and the scheduler say it; of two statements the one with the higher version holds.

use std::time::Instant;

use session::{AccessToken, Clearance};

use crate::Signalling;
use crate::ids::{ParticipantId, RoomId};
use crate::words::call::{Answer, Fault, FaultKind, NAME_BYTES, SetClearance};
use crate::words::participant::{LeaveReason, Next, ParticipantKind};

/// Why a take ends before its room does.
const WITHDRAWN: &str = "the clearance to record was withdrawn";

impl Signalling {
    /// The scheduler says what a room is cleared for, whether it is open or not.
    pub(crate) fn set_clearance(
        &mut self,
        now: Instant,
        ask: &SetClearance,
    ) -> Result<Answer, Fault> {
        if !NAME_BYTES.contains(&ask.room.len()) {
            let text = "name the room, in 1 to 256 bytes";
            return Err(Fault { kind: FaultKind::InvalidArgument, text });
        }
        match self.rooms.find(&ask.room).map(|room| room.id) {
            Some(id) => self.hear_of_clearance(now, id, Some(ask.clearance)),
            // A token from before does not open it with what was withdrawn meanwhile.
            None => drop(self.latest_clearance(now, &ask.room, Some(ask.clearance))),
        }
        Ok(Answer::Done)
    }

    /// What a room of this name is cleared for, `said` being one more statement of it; none if nothing was ever said.
    pub(crate) fn latest_clearance(
        &mut self,
        now: Instant,
        name: &str,
        said: Option<Clearance>,
    ) -> Option<Clearance> {
        let now_s = self.rules.clock.wall_s(now);
        if said.is_some_and(|said| !self.door.cleared.note(name, said, now_s)) {
            self.drop_one("clearance_forgotten");
        }
        self.door.cleared.of(name)
    }

    /// Whether nobody who comes with this token may send media.
    pub(crate) fn withholds_from(&self, token: &AccessToken) -> bool {
        let name = token.room().unwrap_or_default();
        let open = self.rooms.find(name);
        let known = open.map_or_else(|| self.door.cleared.of(name), |room| room.clearance);
        let said = token.own.as_ref().and_then(|own| own.clearance);
        let latest = [said, known].into_iter().flatten().max_by_key(|cleared| cleared.version);
        latest.is_some_and(|cleared| !cleared.media)
    }

    /// Takes what is said of an open room, and does what that changes at once.
    pub(crate) fn hear_of_clearance(&mut self, now: Instant, id: RoomId, said: Option<Clearance>) {
        let (Some(room), Some(said)) = (self.rooms.get(id), said) else { return };
        if room.clearance.is_some_and(|known| known.version >= said.version) {
            return;
        }
        let (name, recorded) = (room.name.clone(), room.recorded());
        self.latest_clearance(now, &name, Some(said));
        if recorded && !said.recording {
            // Before tracks end: that they do is not for a recording that is not consented to.
            self.end_recording(now, id, WITHDRAWN);
        }
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.clearance = Some(said);
        if !recorded && room.recorded() {
            self.record_those_inside(now, id);
        }
        self.weigh_grants(now, id);
        self.tell_room(id);
    }

    /// Gives everybody in a room what its clearance leaves, and takes the rest.
    fn weigh_grants(&mut self, now: Instant, id: RoomId) {
        let withheld = self.rooms.get(id).is_some_and(|room| room.withholds_media());
        // A device has made its one offer and hears of nothing: it may come again when something may be sent.
        let goes = |kind: ParticipantKind| withheld && kind == ParticipantKind::Ingress;
        let members = self.members(id).map(|member| (member.id, goes(member.profile.kind)));
        let members: Vec<(ParticipantId, bool)> = members.collect();
        for (member, goes) in members {
            if goes {
                self.send_away(now, member, LeaveReason::ParticipantRemoved, Next::StayAway);
            } else if self.weigh_grant(now, member) {
                self.announce(member);
            }
        }
    }
}
