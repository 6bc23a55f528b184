//! What LiveKit's room service does to rooms and the people in them.

use std::time::Instant;

use archive::tap::{Body, DataPacket as TapData};
use livekit_protocol as lk;
use lk::leave_request::Action;
use lk::signal_response::Message;
use lk::{DisconnectReason, data_packet};
use session::Own;
use sfu::RoomId;

use super::Shard;
use super::calls::{Answer, Call, Code, Fault, NAME_BYTES};
use super::join::leave;
use crate::ids::ParticipantId;
use crate::room::roster::{DESCRIPTION_MAX, Room};
use crate::room::visits::Visit;

/// The most data in one packet: with its envelope it fits a message of a data channel.
const DATA_MAX: usize = 60 * 1024;

type Outcome = Result<Answer, Fault>;

impl Shard {
    /// Does what a server asks.
    pub(super) fn serve(&mut self, now: Instant, call: Call) -> Outcome {
        match call {
            Call::CreateRoom(ask) => self.create_room(now, &ask),
            Call::ListRooms(ask) => Ok(self.list_rooms(&ask.names)),
            Call::DeleteRoom(ask) => self.delete_room(now, &ask.room),
            Call::ListParticipants(ask) => self.list_participants(&ask.room),
            Call::GetParticipant(ask) => {
                self.member(&ask.room, &ask.identity).map(|id| self.described(id))
            }
            Call::RemoveParticipant(ask) => self.expel(now, &ask.room, &ask.identity),
            Call::MutePublishedTrack(ask) => self.mute_by_server(now, ask),
            Call::UpdateParticipant(ask) => self.update_participant(now, ask),
            Call::UpdateSubscriptions(ask) => self.update_subscriptions(now, ask),
            Call::SendData(ask) => self.send_data(now, ask),
            Call::UpdateRoomMetadata(ask) => self.update_room_metadata(ask),
            Call::SetClosing(ask) => self.set_closing(now, &ask),
        }
    }

    fn create_room(&mut self, now: Instant, ask: &lk::CreateRoomRequest) -> Outcome {
        if !NAME_BYTES.contains(&ask.name.len()) {
            return Err(Fault::unfit("a room's name has 1 to 256 bytes"));
        }
        if ask.metadata.len() > DESCRIPTION_MAX {
            return Err(Fault::unfit("the metadata is over 64 KiB"));
        }
        let beyond = ask.egress.is_some() || !ask.agents.is_empty() || ask.replay_enabled;
        if beyond || !ask.room_preset.is_empty() {
            let why = "this gateway has no egress, agents, replay or presets: leave them out";
            return Err(Fault::new(Code::Unimplemented, why));
        }
        let id = match self.roster.find(&ask.name).map(|room| room.id) {
            Some(id) => id,
            None if self.roster.rooms.len() >= self.config.rooms_max => {
                self.metrics.drop_one("rooms_full");
                let why = "no more rooms can be open at a time: delete one first";
                return Err(Fault::new(Code::ResourceExhausted, why));
            }
            None => {
                let id = self.open_room(now, &ask.name, Own::default());
                let room = self.roster.rooms.get_mut(&id).into_iter();
                room.for_each(|room| room.empty_since = Some(now));
                id
            }
        };
        let Some(room) = self.roster.rooms.get_mut(&id) else { return Err(no_room()) };
        let before = room.terms.clone();
        room.terms.take(ask);
        if room.terms != before {
            self.tell_room(id);
        }
        self.count();
        self.room_answer(id)
    }

    fn list_rooms(&self, names: &[String]) -> Answer {
        let asked = |room: &&Room| names.is_empty() || names.contains(&room.name);
        let rooms = self.roster.rooms.values().filter(asked).map(|room| self.room_info(room));
        Answer::Rooms(lk::ListRoomsResponse { rooms: rooms.collect() })
    }

    fn delete_room(&mut self, now: Instant, name: &str) -> Outcome {
        let id = self.room_named(name)?;
        self.clear_room(now, id, DisconnectReason::RoomDeleted, "deleted");
        Ok(Answer::Done)
    }

    fn list_participants(&self, name: &str) -> Outcome {
        let room = self.room_named(name)?;
        let members = self.roster.members(room);
        let participants = members.map(|it| it.info(self.publications.infos(it.id))).collect();
        Ok(Answer::Participants(lk::ListParticipantsResponse { participants }))
    }

    /// Removes somebody with all screens that watch with its token, and keeps it out: its token stays good.
    fn expel(&mut self, now: Instant, room: &str, identity: &str) -> Outcome {
        let room = self.room_named(room)?;
        let is_screen = |id: &ParticipantId| self.visits.list.get(id).is_some_and(Visit::watches);
        let all = self.connections_of(room, identity);
        if all.is_empty() {
            return Err(nobody());
        }
        // A screen that is named by its own name was one among many of a person who may stay.
        let one_screen = all.iter().all(is_screen) && self.member_of(room, identity).is_some();
        if !one_screen {
            self.decide_on(room, identity, |it| it.removed = true);
        }
        let reason = DisconnectReason::ParticipantRemoved;
        for id in all {
            self.say(id, leave(reason, Action::Disconnect));
            self.remove(now, id, reason);
        }
        Ok(Answer::Done)
    }

    fn mute_by_server(&mut self, now: Instant, ask: lk::MuteRoomTrackRequest) -> Outcome {
        let id = self.member(&ask.room, &ask.identity)?;
        if self.track_info(id, &ask.track_sid).is_none() {
            return Err(Fault::missing("the participant has no such track"));
        }
        if !ask.muted {
            let why = "nobody's microphone or camera is opened from afar: ask the participant";
            return Err(Fault::new(Code::FailedPrecondition, why));
        }
        let wish = lk::MuteTrackRequest { sid: ask.track_sid, muted: true };
        self.mute(now, id, &wish);
        let track = self.track_info(id, &wish.sid);
        let source = track.as_ref().map_or(0, |it| it.source);
        let room = self.room_named(&ask.room)?;
        self.decide_on(room, &ask.identity, |it| it.muted.extend([source]));
        if let Some((own, _)) = self.publications.find(&wish.sid)
            && let Some(it) = self.publications.tracks.get_mut(&own)
        {
            it.silenced = true;
        }
        self.say(id, Message::Mute(wish));
        Ok(Answer::Muted(lk::MuteRoomTrackResponse { track }))
    }

    /// What is decided holds for whoever comes with that identity later; it lets somebody in again who was removed.
    fn update_participant(&mut self, now: Instant, ask: lk::UpdateParticipantRequest) -> Outcome {
        let room = self.room_named(&ask.room)?;
        let present = self.member_of(room, &ask.identity);
        let known = self.roster.rooms.get(&room).and_then(|it| it.decisions.of(&ask.identity));
        if present.is_none() && known.is_none() {
            return Err(nobody());
        }
        if known.map_or(0, |it| it.len_with(&ask)) > DESCRIPTION_MAX {
            return Err(Fault::unfit("name, metadata and attributes are over 64 KiB"));
        }
        if let Some(it) = present.and_then(|id| self.roster.participants.get_mut(&id)) {
            let (name, metadata) = (ask.name.clone(), ask.metadata.clone());
            if !it.describe(name, metadata, ask.attributes.clone()) {
                return Err(Fault::unfit("name, metadata and attributes are over 64 KiB"));
            }
        }
        self.decide_on(room, &ask.identity, |it| {
            it.describe(&ask);
            it.removed = false;
            if ask.permission.is_some() {
                it.permission.clone_from(&ask.permission);
                it.muted.clear();
            }
        });
        if let Some(permission) = &ask.permission {
            let all = self.connections_of(room, &ask.identity);
            all.into_iter().for_each(|id| self.permit(now, id, permission));
        }
        match present {
            Some(id) => {
                self.announce(id);
                Ok(self.described(id))
            }
            None => Ok(Answer::Participant(absent(ask))),
        }
    }

    fn update_subscriptions(
        &mut self,
        now: Instant,
        ask: lk::UpdateSubscriptionsRequest,
    ) -> Outcome {
        let id = self.member(&ask.room, &ask.identity)?;
        let (track_sids, subscribe) = (ask.track_sids, ask.subscribe);
        let participant_tracks = ask.participant_tracks;
        let wish = lk::UpdateSubscription { track_sids, subscribe, participant_tracks };
        self.subscription(now, id, &wish);
        Ok(Answer::Done)
    }

    #[expect(deprecated, reason = "older servers name people by their sid")]
    fn send_data(&mut self, now: Instant, ask: lk::SendDataRequest) -> Outcome {
        let room = self.room_named(&ask.room)?;
        if ask.data.len() > DATA_MAX {
            return Err(Fault::unfit("the data is over 60 KiB"));
        }
        let reliable = ask.kind() == data_packet::Kind::Reliable;
        let (named, by_sid) = (ask.destination_identities, ask.destination_sids);
        let to_all = named.is_empty() && by_sid.is_empty();
        let meant = self.roster.members(room).filter(|it| by_sid.contains(&it.sid));
        let meant = meant.map(|it| it.identity.clone());
        let destination_identities: Vec<String> = named.into_iter().chain(meant).collect();
        if to_all {
            let topic = ask.topic.clone().unwrap_or_default();
            let (identity, payload) = (String::new(), ask.data.clone());
            self.tap_event(now, room, Body::Data(TapData { identity, topic, payload }));
        } else if destination_identities.is_empty() {
            return Ok(Answer::Done); // meant for people who have left
        }
        let user = lk::UserPacket {
            payload: ask.data,
            topic: ask.topic,
            nonce: ask.nonce,
            destination_identities: destination_identities.clone(),
            ..Default::default()
        };
        let packet = lk::DataPacket {
            kind: ask.kind,
            destination_identities,
            value: Some(data_packet::Value::User(user)),
            ..Default::default()
        };
        self.deliver(now, room, None, reliable, &packet);
        Ok(Answer::Done)
    }

    fn update_room_metadata(&mut self, ask: lk::UpdateRoomMetadataRequest) -> Outcome {
        let id = self.room_named(&ask.room)?;
        if ask.metadata.len() > DESCRIPTION_MAX {
            return Err(Fault::unfit("the metadata is over 64 KiB"));
        }
        let Some(room) = self.roster.rooms.get_mut(&id) else { return Err(no_room()) };
        room.terms.metadata = Some(ask.metadata);
        self.tell_room(id);
        self.room_answer(id)
    }

    fn room_answer(&self, id: RoomId) -> Outcome {
        let room = self.roster.rooms.get(&id).ok_or_else(no_room)?;
        Ok(Answer::Room(self.room_info(room)))
    }

    fn room_named(&self, name: &str) -> Result<RoomId, Fault> {
        self.roster.find(name).map(|room| room.id).ok_or_else(no_room)
    }

    fn member(&self, room: &str, identity: &str) -> Result<ParticipantId, Fault> {
        let room = self.roster.find(room).ok_or_else(no_room)?;
        room.members.get(identity).copied().ok_or_else(nobody)
    }

    fn member_of(&self, room: RoomId, identity: &str) -> Option<ParticipantId> {
        self.roster.rooms.get(&room).and_then(|it| it.members.get(identity)).copied()
    }

    /// A person in a room, with all screens that watch with its token.
    fn connections_of(&self, room: RoomId, identity: &str) -> Vec<ParticipantId> {
        let screens = self.visits.screens_of(room, identity).filter(|id| {
            // It may be the one that was named.
            self.member_of(room, identity) != Some(*id)
        });
        screens.chain(self.member_of(room, identity)).collect()
    }

    fn described(&self, id: ParticipantId) -> Answer {
        let it = self.roster.participants.get(&id);
        let info = it.map(|it| it.info(self.publications.infos(id)));
        Answer::Participant(info.unwrap_or_default())
    }

    /// A track of a participant, announced or in the room.
    fn track_info(&self, id: ParticipantId, sid: &str) -> Option<lk::TrackInfo> {
        let waiting = self.publications.announced.get(&id).into_iter().flatten();
        let own = self.publications.of(id).map(|(_, it)| &it.info);
        own.chain(waiting.map(|it| &it.info)).find(|it| it.sid == sid).cloned()
    }
}

/// How somebody is described who is not there and may come.
fn absent(ask: lk::UpdateParticipantRequest) -> lk::ParticipantInfo {
    lk::ParticipantInfo {
        identity: ask.identity,
        name: ask.name,
        metadata: ask.metadata,
        attributes: ask.attributes,
        permission: ask.permission,
        state: lk::participant_info::State::Disconnected.into(),
        ..Default::default()
    }
}

fn no_room() -> Fault {
    Fault::missing("no such room is open")
}

fn nobody() -> Fault {
    Fault::missing("nobody of that identity is in the room")
}
