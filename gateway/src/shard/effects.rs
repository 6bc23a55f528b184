//! What the signalling core asks for is done: each effect by one call.

use std::time::Instant;

use session::AccessToken;
use signalling::effect::{Counted, Describe, Effect, Event, Visited};
use signalling::ids::ParticipantId;
use signalling::words::call::{Answer, Fault};
use signalling::words::message::Message;
use signalling::words::visit::{Fragment, Precondition, VisitFault};
use transport::sdp::Kind;

use super::Shard;
use super::said::{Said, VisitDone};
use crate::ids::{ConnectionId, SignalId};

/// A restart of ICE that a client asked for by HTTP.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) connection: ConnectionId,
    /// The first section of its offer, under which candidates are named.
    pub(super) lead: (String, Kind),
    pub(super) condition: Precondition,
    pub(super) fragment: Fragment,
}

/// What became of a visit.
#[derive(Debug)]
pub(super) enum VisitAnswer {
    Done(VisitDone),
    Patch(Patch),
}

/// What the core answered to the present command.
#[derive(Debug, Default)]
pub(super) struct CommandAnswers {
    pub(super) called: Option<Result<Answer, Fault>>,
    pub(super) visited: Option<Result<VisitAnswer, VisitFault>>,
    pub(super) renewed: Option<Box<AccessToken>>,
}

impl Shard {
    /// Does one thing.
    pub(super) fn carry_out(&mut self, now: Instant, effect: Effect) {
        let media = &mut self.media;
        match effect {
            Effect::Admit(id, who) => self.admit(id, who),
            Effect::Say(id, message) => self.say(id, message),
            Effect::Probe(id) => self.signals.probe(id),
            Effect::HangUp(id) => self.signals.end(id),
            Effect::Offer(id, describe) => self.say_offer(id, *describe),
            Effect::Answer(id, describe) => self.say_answer(id, *describe),
            Effect::Open(open) => media.open(now, &open, &mut self.pending),
            Effect::Meet(meet) => media.meet(now, &meet, &mut self.pending),
            Effect::RestartIce(id) => media.connections.restart_ice(now, id),
            Effect::Close(id) => media.close(now, id),
            Effect::Publish(publish) => media.publish(now, &publish),
            Effect::Unpublish(room, track) => media.unpublish(now, room, track),
            Effect::Mute(room, track, muted) => media.mute(now, room, track, muted),
            Effect::Silence(track, silenced) => media.silence(track, silenced),
            Effect::Expect(room, track) => media.expect(now, room, track),
            Effect::Subscribe(subscribe) => media.subscribe(now, &subscribe),
            Effect::Unsubscribe { room, track, connection, slot } => {
                media.unsubscribe(now, (room, track), connection, slot);
            }
            Effect::Want { room, track, connection, top } => {
                media.want(now, (room, track), connection, top);
            }
            Effect::Keyframe(room, track) => media.refresh(now, room, track),
            Effect::Record(room) => media.recorded.begin(room),
            Effect::StopRecording(room) => media.recorded.end(room),
            Effect::CloseRoom(room) => media.close_room(now, room),
            Effect::Tap { room, at_us, body } => media.recorded.event(room, at_us, body),
            Effect::Deliver(delivery) => self.deliver(now, *delivery),
            Effect::Called(answer) => self.answers.called = Some(answer),
            Effect::Visited(answer) => self.visited(answer),
            Effect::Renewed(token) => self.answers.renewed = Some(token),
            Effect::Count(what) => self.count(what),
            Effect::Event(event) => log(&event),
        }
    }

    fn admit(&mut self, id: SignalId, who: ParticipantId) {
        if !self.signals.admit(id, who) {
            self.signals.end(id);
            self.pending.lost(id);
        }
    }

    fn say(&mut self, id: SignalId, message: Message) {
        let said = self.media.welcome(message);
        self.tell(id, said);
    }

    fn say_offer(&mut self, id: SignalId, describe: Describe) {
        let offer = self.media.offer(describe).map(Said::Offer);
        offer.into_iter().for_each(|said| self.tell(id, said));
    }

    fn say_answer(&mut self, id: SignalId, describe: Describe) {
        let answer = self.media.answer(describe).map(Said::Answer);
        answer.into_iter().for_each(|said| self.tell(id, said));
    }

    /// Says something to a client. One that takes nothing is cut off by its own door when its queue ends here.
    fn tell(&mut self, id: SignalId, said: Said) {
        if !self.signals.say(id, said) {
            self.metrics.drop_one("signal_queue");
            self.pending.lost(id);
        }
    }

    fn visited(&mut self, answer: Result<Visited, VisitFault>) {
        let answer = answer.and_then(|visited| match visited {
            Visited::Created { describe, resource, sid, forced } => {
                let created = self.media.created(*describe, resource, (&sid, forced));
                created.map(VisitAnswer::Done).ok_or(VisitFault::Internal)
            }
            Visited::Patch { connection, lead, condition, fragment } => {
                Ok(VisitAnswer::Patch(Patch { connection, lead, condition, fragment }))
            }
            Visited::Ended => Ok(VisitAnswer::Done(VisitDone::Ended)),
        });
        self.answers.visited = Some(answer);
    }

    fn count(&self, what: Counted) {
        match what {
            Counted::Dropped(reason) => self.metrics.drop_one(reason),
            Counted::Refused(reason) => self.metrics.refuse(reason),
            Counted::JoinWaits => drop(self.metrics.joins_waited.inc()),
        }
    }
}

/// Tells an operator who follows the log.
fn log(event: &Event) {
    match event {
        Event::RoomOpened(room) => tracing::info!(room.id = room.0, "a room is open"),
        Event::RoomClosed(room) => tracing::info!(room.id = room.0, "a room is over"),
        Event::Joined { room, participant, sid } => {
            tracing::info!(room.id = room.0, participant.id = participant.0, participant.sid = %sid, "joined");
        }
        Event::Active { participant, took_ms } => {
            tracing::info!(participant.id = participant.0, took_ms, "active");
        }
        Event::Left { room, participant, sid, reason } => {
            let reason = reason.word();
            tracing::info!(room.id = room.0, participant.id = participant.0, participant.sid = %sid, reason, "left");
        }
        Event::ClockSet(moved_ms) => tracing::warn!(moved_ms, "the wall clock was set"),
    }
}
