//! Faults that a client orders for itself, to see how it copes with them (LiveKit's simulate scenario). Each affects
//! only the client that orders it.

use std::time::{Duration, Instant};

use crate::Signalling;
use crate::ids::ParticipantId;
use crate::tables::roster::Ordered;
use crate::words::message::{Message, Refusal, Speaker};
use crate::words::participant::{LeaveReason, Next};
use crate::words::request::{Forced, Scenario};

/// The longest that a client may see itself speak, in seconds.
const SPEECH_MAX_S: u64 = 60;

impl Signalling {
    /// Does to a participant what it asks for.
    pub(crate) fn simulate(&mut self, now: Instant, who: ParticipantId, scenario: Scenario) {
        let reason = LeaveReason::ServerShutdown;
        match scenario {
            Scenario::SpeakerUpdate(seconds) => {
                let speech = Duration::from_secs(seconds.min(SPEECH_MAX_S));
                self.order(who, Ordered::SilentAt(now + speech));
                self.tell_speech(who, 0.9);
            }
            // Its signalling ends without a word; when it resumes, the gateway does not know it any more.
            Scenario::NodeFailure => self.remove(now, who, reason),
            // Its signalling ends without a word; when it resumes, it goes on.
            Scenario::Migration => self.hang_up(now, who),
            Scenario::ServerLeave => self.send_away(now, who, reason, Next::StayAway),
            Scenario::FullReconnect => self.send_away(now, who, reason, Next::JoinAnew),
            Scenario::DisconnectOnResume => self.order(who, Ordered::DropAfterWords),
            Scenario::DisconnectOnResumeNoMessages => self.order(who, Ordered::DropBeforeWords),
            // Its page leaves and joins anew, and is then offered this carrier only.
            Scenario::SwitchCarrier(forced) => self.order_carrier(who, forced),
            Scenario::Unknown => {
                self.drop_one("request_unsupported");
                let why = "this gateway has no such drill";
                self.decline(who, Refusal::UnsupportedType, why);
            }
        }
    }

    fn order(&mut self, who: ParticipantId, ordered: Ordered) {
        if let Some(participant) = self.roster.get_mut(who) {
            participant.signal.ordered = Some(ordered);
        }
    }

    /// Takes an order for the connections that a person's client makes from now on.
    fn order_carrier(&mut self, who: ParticipantId, forced: Option<Forced>) {
        if forced == Some(Forced::Tls) && !self.rules.limits.relay_over_tls {
            let why = "this gateway has no TURN over TLS";
            return self.decline(who, Refusal::UnsupportedType, why);
        }
        let most = self.rules.limits.participants_per_room_max;
        let Some(me) = self.roster.get(who) else { return };
        let Some(room) = self.rooms.get_mut(me.room) else { return };
        if !room.memory.carriers.order(&me.profile.identity, forced, most) {
            self.drop_one("carriers_full");
            let why = "too many in this room have ordered a carrier";
            self.decline(who, Refusal::LimitExceeded, why);
        }
    }

    /// Ends what a client was told of its own speech.
    pub(crate) fn end_speech(&mut self, now: Instant) {
        let mut silent = vec![];
        for participant in self.roster.iter_mut() {
            if matches!(participant.signal.ordered, Some(Ordered::SilentAt(at)) if at <= now) {
                participant.signal.ordered = None;
                silent.push(participant.id);
            }
        }
        silent.into_iter().for_each(|id| self.tell_speech(id, 0.0));
    }

    fn tell_speech(&mut self, who: ParticipantId, level: f32) {
        let Some(sid) = self.roster.get(who).map(|participant| participant.sid.clone()) else {
            return;
        };
        self.say(who, Message::Speakers(vec![Speaker { sid, level }]));
    }
}
