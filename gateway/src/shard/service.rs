//! What LiveKit's room service does to rooms and the people in them.

use std::time::Instant;

use archive::tap::{Body, DataPacket as TapData};
use livekit_protocol as lk;
use lk::leave_request::Action;
use lk::signal_response::Message;
use lk::{DisconnectReason, data_packet};
use session::{Own, VideoGrant};
use sfu::{RoomId, TrackId};

use super::Shard;
use super::calls::{Answer, Call, Code, Fault};
use super::join::leave;
use crate::ids::ParticipantId;
use crate::room::roster::{DESCRIPTION_MAX, Room, source_word};

/// The longest name of a room, in bytes.
const NAME_MAX: usize = 256;
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
        }
    }

    fn create_room(&mut self, now: Instant, ask: &lk::CreateRoomRequest) -> Outcome {
        if ask.name.is_empty() || ask.name.len() > NAME_MAX {
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
        let members: Vec<ParticipantId> = self.roster.members(id).map(|it| it.id).collect();
        for member in members {
            self.say(member, leave(DisconnectReason::RoomDeleted, Action::Disconnect));
            self.remove(now, member, DisconnectReason::RoomDeleted);
        }
        self.end_room(now, id, "deleted");
        Ok(Answer::Done)
    }

    fn list_participants(&self, name: &str) -> Outcome {
        let room = self.room_named(name)?;
        let members = self.roster.members(room);
        let participants = members.map(|it| it.info(self.publications.infos(it.id))).collect();
        Ok(Answer::Participants(lk::ListParticipantsResponse { participants }))
    }

    /// Its token stays good: to keep somebody out, whoever mints tokens gives none.
    fn expel(&mut self, now: Instant, room: &str, identity: &str) -> Outcome {
        let id = self.member(room, identity)?;
        let reason = DisconnectReason::ParticipantRemoved;
        self.say(id, leave(reason, Action::Disconnect));
        self.remove(now, id, reason);
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
        self.say(id, Message::Mute(wish));
        Ok(Answer::Muted(lk::MuteRoomTrackResponse { track }))
    }

    fn update_participant(&mut self, now: Instant, ask: lk::UpdateParticipantRequest) -> Outcome {
        let id = self.member(&ask.room, &ask.identity)?;
        let Some(it) = self.roster.participants.get_mut(&id) else { return Err(nobody()) };
        if !it.describe(ask.name, ask.metadata, ask.attributes) {
            return Err(Fault::unfit("name, metadata and attributes are over 64 KiB"));
        }
        if let Some(permission) = ask.permission {
            self.permit(now, id, &permission);
        }
        self.announce(id);
        Ok(self.described(id))
    }

    /// Sets what a participant may do. What it does and may no longer do ends.
    #[expect(deprecated, reason = "older servers tell a recorder by its permission")]
    fn permit(&mut self, now: Instant, id: ParticipantId, set: &lk::ParticipantPermission) {
        let Some(it) = self.roster.participants.get_mut(&id) else { return };
        let before = it.grant.clone();
        it.grant = VideoGrant {
            can_publish: Some(set.can_publish),
            can_subscribe: Some(set.can_subscribe),
            can_publish_data: Some(set.can_publish_data),
            can_publish_sources: set.can_publish_sources().map(source_word).collect(),
            can_update_own_metadata: set.can_update_metadata,
            hidden: set.hidden,
            recorder: set.recorder,
            ..before.clone()
        };
        let (room, grant) = (it.room, it.grant.clone());
        if grant.hidden && !before.hidden {
            self.hide(id);
        }
        if !grant.may_publish() {
            self.publications.announced.remove(&id);
        }
        let refused = |info: &lk::TrackInfo| !grant.may_publish_source(&source_word(info.source()));
        let own = self.publications.of(id).filter(|(_, it)| refused(&it.info));
        let over: Vec<(TrackId, String)> =
            own.map(|(track, it)| (track, it.info.sid.clone())).collect();
        for (track, track_sid) in over {
            self.end_track(now, track);
            let told = lk::TrackUnpublishedResponse { track_sid };
            self.say(id, Message::TrackUnpublished(told));
        }
        match (before.may_subscribe(), grant.may_subscribe()) {
            (true, false) => {
                let heard: Vec<TrackId> =
                    self.publications.in_room(room).map(|(track, _)| track).collect();
                heard.into_iter().for_each(|track| self.unsubscribe(now, id, track));
                self.offer(now, id);
            }
            (false, true) => {
                self.subscribe_to_all(id);
                self.offer(now, id);
            }
            _ => {}
        }
    }

    /// To the others, somebody who hides has left.
    fn hide(&mut self, id: ParticipantId) {
        let Some(it) = self.roster.participants.get(&id) else { return };
        let mut info = it.info(vec![]);
        info.state = lk::participant_info::State::Disconnected.into();
        let update = Message::Update(lk::ParticipantUpdate { participants: vec![info] });
        let others = self.roster.members(it.room).filter(|other| other.id != id);
        let others: Vec<ParticipantId> = others.map(|other| other.id).collect();
        others.into_iter().for_each(|to| self.say(to, update.clone()));
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

    /// Tells everybody in a room how the room is now.
    fn tell_room(&mut self, id: RoomId) {
        let room = self.roster.rooms.get(&id).map(|room| self.room_info(room));
        let update = Message::RoomUpdate(lk::RoomUpdate { room });
        self.tell_all(id, &update);
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

fn no_room() -> Fault {
    Fault::missing("no such room is open")
}

fn nobody() -> Fault {
    Fault::missing("nobody of that identity is in the room")
}
