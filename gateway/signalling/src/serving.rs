//! What servers do to rooms and the people in them (LiveKit's room service).

use std::time::Instant;

use archive::tap::{Body, DataPacket as TapData};
use session::Own;

use crate::Signalling;
use crate::effect::{Deliver, Effect};
use crate::ids::{ParticipantId, RoomId};
use crate::room_state::ROOM_STATE;
use crate::tables::roster::DESCRIPTION_MAX;
use crate::tables::visits::Visit;
use crate::words::call::{
    Answer, Call, CreateRoom, Fault, FaultKind, NAME_BYTES, SendData, UpdateParticipant,
    WithdrawTokens,
};
use crate::words::data::Signature;
use crate::words::message::Message;
use crate::words::participant::{LeaveReason, Next, ParticipantInfo, State};

/// The most data in one packet: with its envelope it fits a message of a data channel.
const DATA_MAX: usize = 60 * 1024;
/// The most people whose tokens are withdrawn by one call.
const PEOPLE_MAX: usize = 256;
const TOO_LONG: &str = "name, metadata and attributes are over 64 KiB";
const METADATA_TOO_LONG: &str = "the metadata is over 64 KiB";

type CallResult = Result<Answer, Fault>;

const fn fault(kind: FaultKind, text: &'static str) -> Fault {
    Fault { kind, text }
}

const fn unfit(text: &'static str) -> Fault {
    fault(FaultKind::InvalidArgument, text)
}

const fn no_room() -> Fault {
    fault(FaultKind::NotFound, "no such room is open")
}

const fn nobody() -> Fault {
    fault(FaultKind::NotFound, "nobody of that identity is in the room")
}

impl Signalling {
    /// Does what a server asks.
    pub(crate) fn serve(&mut self, now: Instant, call: Call) {
        let answer = match call {
            Call::CreateRoom(ask) => self.create_room(now, &ask),
            Call::ListRooms(names) => Ok(self.list_rooms(&names)),
            Call::DeleteRoom(name) => self.delete_room(now, &name),
            Call::ListParticipants(name) => self.list_participants(&name),
            Call::GetParticipant(room, identity) => {
                self.member(&room, &identity).map(|id| self.described(id))
            }
            Call::RemoveParticipant(room, identity) => self.expel(now, &room, &identity),
            Call::Mute { room, identity, track, muted } => {
                self.mute_by_server(now, (&room, &identity), &track, muted)
            }
            Call::UpdateParticipant(ask) => self.update_participant(now, *ask),
            Call::UpdateSubscriptions { room, identity, tracks, wanted } => {
                self.member(&room, &identity).map(|id| {
                    self.subscription(id, &tracks, wanted);
                    Answer::Done
                })
            }
            Call::SendData(ask) => self.send_data(now, *ask),
            Call::UpdateRoomMetadata(room, metadata) => self.update_metadata(&room, metadata),
            Call::SetClosing(ask) => self.set_closing(now, &ask),
            Call::WithdrawTokens(ask) => self.withdraw_tokens(now, &ask),
            Call::SetClearance(ask) => self.set_clearance(now, &ask),
        };
        self.effect(Effect::Called(answer));
    }

    fn create_room(&mut self, now: Instant, ask: &CreateRoom) -> CallResult {
        if !NAME_BYTES.contains(&ask.name.len()) {
            return Err(unfit("a room's name has 1 to 256 bytes"));
        }
        if ask.metadata.len() > DESCRIPTION_MAX {
            return Err(unfit(METADATA_TOO_LONG));
        }
        if ask.beyond {
            let why = "this gateway has no egress, agents, replay or presets: leave them out";
            return Err(fault(FaultKind::Unimplemented, why));
        }
        let id = match self.rooms.find(&ask.name).map(|room| room.id) {
            Some(id) => id,
            None if self.rooms.len() >= self.rules.limits.rooms_max => {
                self.drop_one("rooms_full");
                let why = "no more rooms can be open at a time: delete one first";
                return Err(fault(FaultKind::ResourceExhausted, why));
            }
            None => {
                let id = self.open_room(now, &ask.name, Own::default());
                if let Some(room) = self.rooms.get_mut(id) {
                    room.empty_since = Some(now);
                }
                id
            }
        };
        let Some(room) = self.rooms.get_mut(id) else { return Err(no_room()) };
        let before = room.terms.clone();
        room.terms.take(ask);
        if room.terms != before {
            self.tell_room(id);
        }
        self.room_answer(id)
    }

    fn list_rooms(&self, names: &[String]) -> Answer {
        let rooms = self.rooms.iter();
        let asked = rooms.filter(|room| names.is_empty() || names.contains(&room.name));
        Answer::Rooms(asked.map(|room| self.room_info(room)).collect())
    }

    fn delete_room(&mut self, now: Instant, name: &str) -> CallResult {
        let id = self.room_named(name)?;
        self.clear_room(now, id, LeaveReason::RoomDeleted, "deleted");
        Ok(Answer::Done)
    }

    fn list_participants(&self, name: &str) -> CallResult {
        let room = self.room_named(name)?;
        let people = self
            .members(room)
            .map(|participant| participant.info(self.publications.infos(participant.id)));
        Ok(Answer::Participants(people.collect()))
    }

    /// Removes somebody with all screens that watch with its token, and keeps it out: its token stays good.
    fn expel(&mut self, now: Instant, room: &str, identity: &str) -> CallResult {
        let room = self.room_named(room)?;
        let is_screen = |id: &ParticipantId| self.visits.list.get(id).is_some_and(Visit::watches);
        let all = self.everywhere(room, identity);
        if all.is_empty() {
            return Err(nobody());
        }
        // A screen that is named by itself was one of many screens of a person who may stay.
        let one_screen = all.iter().all(is_screen) && self.member_of(room, identity).is_some();
        if !one_screen {
            self.decide_on(room, identity, |decision| decision.removed = true);
        }
        for id in all {
            self.send_away(now, id, LeaveReason::ParticipantRemoved, Next::StayAway);
        }
        Ok(Answer::Done)
    }

    /// Sends away the people whose tokens do not hold any more, and keeps those tokens out, whether the room is open or
    /// not. Somebody with a later token is let in.
    fn withdraw_tokens(&mut self, now: Instant, ask: &WithdrawTokens) -> CallResult {
        if !NAME_BYTES.contains(&ask.room.len()) {
            return Err(unfit("name the room, in 1 to 256 bytes"));
        }
        if ask.people.len() > PEOPLE_MAX {
            return Err(unfit("at most 256 people at once"));
        }
        let now_s = self.rules.clock.wall_s(now);
        let open = self.rooms.find(&ask.room).map(|room| room.id);
        for person in &ask.people {
            let all = open.map(|room| self.everywhere(room, &person.identity)).unwrap_or_default();
            let mut until_s = person.until;
            for id in all {
                let made_s =
                    self.roster.get(id).map(|participant| participant.profile.token_made_s);
                if made_s.is_some_and(|made_s| made_s <= person.until) {
                    self.send_away(now, id, LeaveReason::ParticipantRemoved, Next::StayAway);
                    // The token may have been renewed while this was on its way.
                    until_s = until_s.max(now_s);
                }
            }
            let withdrawn = &mut self.door.withdrawn;
            if !withdrawn.note(&ask.room, &person.identity, until_s, now_s) {
                self.drop_one("withdrawn_forgotten");
            }
        }
        Ok(Answer::Done)
    }

    fn mute_by_server(
        &mut self,
        now: Instant,
        (room, identity): (&str, &str),
        sid: &str,
        muted: bool,
    ) -> CallResult {
        let id = self.member(room, identity)?;
        if self.track_info(id, sid).is_none() {
            return Err(fault(FaultKind::NotFound, "the participant has no such track"));
        }
        if !muted {
            let why = "nobody's microphone or camera is opened from afar: ask the participant";
            return Err(fault(FaultKind::FailedPrecondition, why));
        }
        self.mute(now, id, sid, true);
        let track = self.track_info(id, sid);
        let source = track.as_ref().map(|info| info.source).unwrap_or_default();
        let room = self.room_named(room)?;
        self.decide_on(room, identity, |decision| decision.muted.extend([source]));
        let own = self.publications.find(sid).map(|(own, _)| own);
        if let Some(own) = own
            && let Some(published) = self.publications.tracks.get_mut(&own)
        {
            published.silenced = true;
            self.effect(Effect::Silence(own, true));
        }
        self.say(id, Message::Mute { sid: sid.to_owned() });
        Ok(Answer::Muted(track.map(Box::new)))
    }

    /// A decision holds for everybody who comes with that identity later; it also lets somebody in again who was
    /// removed.
    fn update_participant(&mut self, now: Instant, ask: UpdateParticipant) -> CallResult {
        let room = self.room_named(&ask.room)?;
        let present = self.member_of(room, &ask.identity);
        let decisions = self.rooms.get(room).map(|room| &room.memory.decisions);
        let known = decisions.and_then(|decisions| decisions.of(&ask.identity));
        if present.is_none() && known.is_none() {
            return Err(nobody());
        }
        if known.map_or(0, |decision| decision.len_with(&ask)) > DESCRIPTION_MAX {
            return Err(unfit(TOO_LONG));
        }
        if let Some(participant) = present.and_then(|id| self.roster.get_mut(id))
            && !participant.profile.describe(&ask.name, &ask.metadata, &ask.attributes)
        {
            return Err(unfit(TOO_LONG));
        }
        self.decide_on(room, &ask.identity, |decision| {
            decision.describe(&ask);
            decision.removed = false;
            if ask.permission.is_some() {
                decision.permission.clone_from(&ask.permission);
                decision.muted.clear();
            }
        });
        if let Some(permission) = &ask.permission {
            for id in self.everywhere(room, &ask.identity) {
                self.permit(now, id, permission);
            }
        }
        match present {
            Some(id) => {
                self.announce(id);
                Ok(self.described(id))
            }
            None => Ok(Answer::Participant(Box::new(absent(ask)))),
        }
    }

    fn send_data(&mut self, now: Instant, mut ask: SendData) -> CallResult {
        let room = self.room_named(&ask.room)?;
        if ask.payload.len() > DATA_MAX {
            return Err(unfit("the data is over 60 KiB"));
        }
        if ask.topic.as_deref() == Some(ROOM_STATE) {
            return Err(unfit("the topic room-state is the gateway's own"));
        }
        let to_all = ask.to.is_empty() && ask.to_sids.is_empty();
        let sids = std::mem::take(&mut ask.to_sids);
        let meant = self.members(room).filter(|member| sids.contains(&member.sid));
        let meant: Vec<String> = meant.map(|member| member.profile.identity.clone()).collect();
        ask.to.extend(meant);
        if to_all {
            let topic = ask.topic.clone().unwrap_or_default();
            let (identity, payload) = (String::new(), ask.payload.clone());
            self.tap(now, room, Body::Data(TapData { identity, topic, payload }));
        } else if ask.to.is_empty() {
            return Ok(Answer::Done); // meant for people who have left
        } else if self.names_minor(room, &ask.to) {
            // Whoever leads a session may call this with the own room token.
            let why = "a minor is among those who are meant: send it to everybody in the room";
            return Err(fault(FaultKind::FailedPrecondition, why));
        }
        let to = self.listeners_of(room, None, &ask.to);
        let (meant, reliable) = (ask.to.clone(), ask.reliable);
        let said = Some(Box::new(ask));
        let signature = Signature::default();
        let deliver = Deliver { signature, meant, to, reliable, spare: false, said };
        self.effect(Effect::Deliver(Box::new(deliver)));
        Ok(Answer::Done)
    }

    /// Whether a minor of this room is among these.
    fn names_minor(&self, room: RoomId, identities: &[String]) -> bool {
        let mut minors = self.members(room).filter(|member| member.profile.minor);
        minors.any(|minor| identities.contains(&minor.profile.identity))
    }

    fn update_metadata(&mut self, name: &str, metadata: String) -> CallResult {
        let id = self.room_named(name)?;
        if metadata.len() > DESCRIPTION_MAX {
            return Err(unfit(METADATA_TOO_LONG));
        }
        let Some(room) = self.rooms.get_mut(id) else { return Err(no_room()) };
        room.terms.metadata = Some(metadata);
        self.tell_room(id);
        self.room_answer(id)
    }

    fn room_answer(&self, id: RoomId) -> CallResult {
        let room = self.rooms.get(id).ok_or_else(no_room)?;
        Ok(Answer::Room(Box::new(self.room_info(room))))
    }

    fn room_named(&self, name: &str) -> Result<RoomId, Fault> {
        self.rooms.find(name).map(|room| room.id).ok_or_else(no_room)
    }

    fn member(&self, room: &str, identity: &str) -> Result<ParticipantId, Fault> {
        let room = self.rooms.find(room).ok_or_else(no_room)?;
        room.members.get(identity).copied().ok_or_else(nobody)
    }

    fn member_of(&self, room: RoomId, identity: &str) -> Option<ParticipantId> {
        self.rooms.get(room).and_then(|room| room.members.get(identity)).copied()
    }

    /// A person in a room, with all screens that watch with its token.
    fn everywhere(&self, room: RoomId, identity: &str) -> Vec<ParticipantId> {
        let named = self.member_of(room, identity);
        // A screen may be the one that was named.
        let screens = self.visits.screens_of(room, identity).filter(|id| named != Some(*id));
        screens.chain(named).collect()
    }

    fn described(&self, id: ParticipantId) -> Answer {
        Answer::Participant(Box::new(self.info(id).unwrap_or_default()))
    }
}

/// How somebody is described who is not there and may come.
fn absent(ask: UpdateParticipant) -> ParticipantInfo {
    ParticipantInfo {
        identity: ask.identity,
        name: ask.name,
        metadata: ask.metadata,
        attributes: ask.attributes,
        permission: ask.permission,
        state: State::Disconnected,
        ..ParticipantInfo::default()
    }
}
