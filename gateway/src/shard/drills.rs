//! Faults that a client orders to see how it bears them (LiveKit's scenarios). Each strikes nobody but
//! the one who orders it.

use std::time::{Duration, Instant};

use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::request_response::Reason;
use lk::signal_response::Message;
use lk::simulate_scenario::Scenario;

use super::Shard;
use super::join::leave;
use crate::ids::ParticipantId;
use crate::room::roster::Drill;

/// The longest that a client may see itself speak, in seconds.
const SPEECH_MAX_S: u64 = 60;

impl Shard {
    /// Does to a participant what it asks for.
    pub(super) fn drill(&mut self, now: Instant, who: ParticipantId, ask: &lk::SimulateScenario) {
        let reason = DisconnectReason::ServerShutdown;
        match ask.scenario {
            Some(Scenario::SpeakerUpdate(seconds)) => {
                let seconds = u64::try_from(seconds).unwrap_or_default().min(SPEECH_MAX_S);
                self.set_drill(who, Drill::SilentAt(now + Duration::from_secs(seconds)));
                self.tell_speech(who, 0.9);
            }
            // Its page hears nothing, comes back, and finds that nobody knows it.
            Some(Scenario::NodeFailure(true)) => self.remove(now, who, reason),
            // Its page hears nothing, comes back, and goes on.
            Some(Scenario::Migration(true)) => {
                let it = self.roster.participants.get_mut(&who);
                it.into_iter().for_each(|it| it.hang_up(now));
            }
            Some(Scenario::ServerLeave(true)) => {
                self.say(who, leave(reason, Action::Disconnect));
                self.remove(now, who, reason);
            }
            Some(Scenario::LeaveRequestFullReconnect(true)) => {
                self.say(who, leave(reason, Action::Reconnect));
                self.remove(now, who, reason);
            }
            Some(Scenario::DisconnectSignalOnResume(true)) => {
                self.set_drill(who, Drill::DropAfterWords);
            }
            Some(Scenario::DisconnectSignalOnResumeNoMessages(true)) => {
                self.set_drill(who, Drill::DropBeforeWords);
            }
            // Its page leaves and comes again, and then finds only this carrier.
            Some(Scenario::SwitchCandidateProtocol(protocol)) => {
                let known = lk::CandidateProtocol::try_from(protocol);
                match known.map(|protocol| self.order_carrier(who, protocol)) {
                    Ok(Ok(())) => {}
                    Ok(Err((reason, why))) => self.decline(who, reason, why),
                    Err(_) => self.decline_drill(who),
                }
            }
            _ => self.decline_drill(who),
        }
    }

    fn decline_drill(&mut self, who: ParticipantId) {
        self.metrics.drop_one("request_unsupported");
        self.decline(who, Reason::UnsupportedType, "this gateway has no such drill");
    }

    fn set_drill(&mut self, who: ParticipantId, drill: Drill) {
        let it = self.roster.participants.get_mut(&who);
        it.into_iter().for_each(|it| it.drill = Some(drill));
    }

    /// Ends what a client was told of its own speech.
    pub(super) fn end_drills(&mut self, now: Instant) {
        let over = |drill: Option<Drill>| matches!(drill, Some(Drill::SilentAt(at)) if at <= now);
        let people = self.roster.participants.values_mut().filter(|it| over(it.drill));
        let silent = people.map(|it| {
            it.drill = None;
            it.id
        });
        let silent: Vec<ParticipantId> = silent.collect();
        silent.into_iter().for_each(|id| self.tell_speech(id, 0.0));
    }

    fn tell_speech(&mut self, who: ParticipantId, level: f32) {
        let Some(sid) = self.roster.participants.get(&who).map(|it| it.sid.clone()) else { return };
        let speakers = vec![lk::SpeakerInfo { sid, level, active: level > 0.0 }];
        self.say(who, Message::SpeakersChanged(lk::SpeakersChanged { speakers }));
    }
}
