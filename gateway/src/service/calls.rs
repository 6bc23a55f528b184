//! Calls of LiveKit's room service in the core's words.

use livekit_protocol as lk;
use lk::data_packet::Kind;
use signalling::words::call::{Call, CreateRoom, SendData, UpdateParticipant};

use super::content_type::{ContentType, read_json};
use super::refusal::{CallRefusal, Code};
use crate::signal::descriptions::permission_of;
use crate::signal::tracks;

/// The call that `method` names, with its message.
pub(crate) fn call(
    method: &str,
    content_type: ContentType,
    body: &[u8],
) -> Result<Call, CallRefusal> {
    Ok(match method {
        "CreateRoom" => Call::CreateRoom(create_room(content_type.read(body)?)),
        "ListRooms" => Call::ListRooms(content_type.read::<lk::ListRoomsRequest>(body)?.names),
        "DeleteRoom" => Call::DeleteRoom(content_type.read::<lk::DeleteRoomRequest>(body)?.room),
        "ListParticipants" => {
            Call::ListParticipants(content_type.read::<lk::ListParticipantsRequest>(body)?.room)
        }
        "GetParticipant" => {
            let of: lk::RoomParticipantIdentity = content_type.read(body)?;
            Call::GetParticipant(of.room, of.identity)
        }
        "RemoveParticipant" => {
            let of: lk::RoomParticipantIdentity = content_type.read(body)?;
            Call::RemoveParticipant(of.room, of.identity)
        }
        "MutePublishedTrack" => mute(content_type.read(body)?),
        "UpdateParticipant" => update_participant(content_type.read(body)?),
        "UpdateSubscriptions" => update_subscriptions(content_type.read(body)?),
        "SendData" => send_data(content_type.read(body)?),
        "UpdateRoomMetadata" => {
            let of: lk::UpdateRoomMetadataRequest = content_type.read(body)?;
            Call::UpdateRoomMetadata(of.room, of.metadata)
        }
        "SetClosing" | "WithdrawTokens" | "SetClearance" if content_type != ContentType::Json => {
            let why = "this call is not LiveKit's and has no protobuf form: write JSON";
            return Err(CallRefusal::new(Code::Unimplemented, why));
        }
        "SetClosing" => Call::SetClosing(read_json(body)?),
        "WithdrawTokens" => Call::WithdrawTokens(read_json(body)?),
        "SetClearance" => Call::SetClearance(read_json(body)?),
        "ForwardParticipant" | "MoveParticipant" => {
            let why = "people stay in the room that they joined: give them another token";
            return Err(CallRefusal::new(Code::Unimplemented, why));
        }
        "PerformRpc" => {
            let why = "a server calls nobody: send data instead";
            return Err(CallRefusal::new(Code::Unimplemented, why));
        }
        _ => return Err(CallRefusal::new(Code::BadRoute, format!("no such call: {method:.64}"))),
    })
}

fn create_room(request: lk::CreateRoomRequest) -> CreateRoom {
    let automatic =
        request.egress.is_some() || !request.agents.is_empty() || request.replay_enabled;
    CreateRoom {
        beyond: automatic || !request.room_preset.is_empty(),
        name: request.name,
        empty_timeout_s: request.empty_timeout,
        departure_timeout_s: request.departure_timeout,
        max_participants: request.max_participants,
        metadata: request.metadata,
    }
}

fn mute(request: lk::MuteRoomTrackRequest) -> Call {
    Call::Mute {
        room: request.room,
        identity: request.identity,
        track: request.track_sid,
        muted: request.muted,
    }
}

fn update_participant(request: lk::UpdateParticipantRequest) -> Call {
    Call::UpdateParticipant(Box::new(UpdateParticipant {
        room: request.room,
        identity: request.identity,
        name: request.name,
        metadata: request.metadata,
        attributes: request.attributes.into_iter().collect(),
        permission: request.permission.as_ref().map(permission_of),
    }))
}

fn update_subscriptions(request: lk::UpdateSubscriptionsRequest) -> Call {
    Call::UpdateSubscriptions {
        room: request.room,
        identity: request.identity,
        wanted: request.subscribe,
        tracks: tracks(request.track_sids, request.participant_tracks),
    }
}

#[expect(deprecated, reason = "older servers name people by their sid")]
fn send_data(request: lk::SendDataRequest) -> Call {
    Call::SendData(Box::new(SendData {
        reliable: request.kind() == Kind::Reliable,
        room: request.room,
        to: request.destination_identities,
        to_sids: request.destination_sids,
        topic: request.topic,
        payload: request.data,
        nonce: request.nonce,
    }))
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use session::Clearance;
    use signalling::words::call::{
        ClosingReason, SetClearance, SetClosing, WithdrawTokens, Withdrawn,
    };
    use signalling::words::participant::Permission;
    use signalling::words::track::TrackSource;

    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|it| (*it).to_owned()).collect()
    }

    fn tracks_of(sids: &[&str]) -> Vec<lk::ParticipantTracks> {
        vec![lk::ParticipantTracks { track_sids: texts(sids), ..Default::default() }]
    }

    /// What a call becomes, as it prints, in either encoding; they are the same.
    fn read<M: Message + serde::Serialize>(method: &str, message: &M) -> String {
        let json = call(method, ContentType::Json, &serde_json::to_vec(message).unwrap());
        let binary = call(method, ContentType::Protobuf, &message.encode_to_vec());
        let [json, binary] = [json, binary].map(|it| format!("{:?}", it.unwrap()));
        assert_eq!(json, binary);
        json
    }

    fn same<M: Message + serde::Serialize>(method: &str, message: &M, expected: &Call) {
        assert_eq!(read(method, message), format!("{expected:?}"));
    }

    #[test]
    fn calls_on_rooms_keep_what_they_say() {
        let (room, name) = (|| "ward".to_owned(), "ward".to_owned());
        let names = texts(&["ward", "class"]);
        same("ListRooms", &lk::ListRoomsRequest { names: names.clone() }, &Call::ListRooms(names));
        same("DeleteRoom", &lk::DeleteRoomRequest { room: room() }, &Call::DeleteRoom(room()));
        let list = lk::ListParticipantsRequest { room: room() };
        same("ListParticipants", &list, &Call::ListParticipants(room()));
        let update = lk::UpdateRoomMetadataRequest { room: room(), metadata: "m".to_owned() };
        let expected = Call::UpdateRoomMetadata(room(), "m".to_owned());
        same("UpdateRoomMetadata", &update, &expected);
        let ask = lk::CreateRoomRequest {
            name: name.clone(),
            empty_timeout: 1,
            departure_timeout: 2,
            max_participants: 3,
            metadata: "m".to_owned(),
            ..Default::default()
        };
        let create = |beyond: bool| {
            Call::CreateRoom(CreateRoom {
                name: name.clone(),
                empty_timeout_s: 1,
                departure_timeout_s: 2,
                max_participants: 3,
                metadata: "m".to_owned(),
                beyond,
            })
        };
        same("CreateRoom", &ask, &create(false));
        let beyond = [
            lk::CreateRoomRequest { room_preset: "p".to_owned(), ..ask.clone() },
            lk::CreateRoomRequest { replay_enabled: true, ..ask.clone() },
            lk::CreateRoomRequest { egress: Some(lk::RoomEgress::default()), ..ask.clone() },
            lk::CreateRoomRequest { agents: vec![lk::RoomAgentDispatch::default()], ..ask },
        ];
        beyond.iter().for_each(|ask| same("CreateRoom", ask, &create(true)));
    }

    #[test]
    fn calls_on_people_keep_what_they_say() {
        let (room, identity) = (|| "ward".to_owned(), || "li".to_owned());
        let of = lk::RoomParticipantIdentity {
            room: room(),
            identity: identity(),
            ..Default::default()
        };
        same("GetParticipant", &of, &Call::GetParticipant(room(), identity()));
        same("RemoveParticipant", &of, &Call::RemoveParticipant(room(), identity()));
        let (track, muted) = ("TR_1".to_owned(), true);
        let ask = lk::MuteRoomTrackRequest {
            room: room(),
            identity: identity(),
            track_sid: track.clone(),
            muted,
        };
        let expected = Call::Mute { room: room(), identity: identity(), track, muted };
        same("MutePublishedTrack", &ask, &expected);
        let ask = lk::UpdateSubscriptionsRequest {
            room: room(),
            identity: identity(),
            track_sids: texts(&["TR_1"]),
            subscribe: true,
            participant_tracks: tracks_of(&["TR_2", "TR_3"]),
        };
        let (tracks, wanted) = (texts(&["TR_1", "TR_2", "TR_3"]), true);
        let expected =
            Call::UpdateSubscriptions { room: room(), identity: identity(), tracks, wanted };
        same("UpdateSubscriptions", &ask, &expected);
    }

    #[test]
    #[expect(deprecated, reason = "older servers say it so")]
    fn descriptions_of_people_and_data_keep_what_they_say() {
        let (room, identity) = (|| "ward".to_owned(), || "li".to_owned());
        let attributes = [("role".to_owned(), String::new())];
        let ask = lk::UpdateParticipantRequest {
            room: room(),
            identity: identity(),
            name: "Li".to_owned(),
            metadata: "m".to_owned(),
            attributes: attributes.clone().into(),
            permission: Some(lk::ParticipantPermission {
                can_publish: true,
                can_publish_sources: vec![lk::TrackSource::Camera.into()],
                recorder: true,
                ..Default::default()
            }),
        };
        let permission = Some(Permission {
            can_publish: true,
            sources: vec![TrackSource::Camera],
            recorder: true,
            ..Default::default()
        });
        let update = UpdateParticipant {
            room: room(),
            identity: identity(),
            name: "Li".to_owned(),
            metadata: "m".to_owned(),
            attributes: attributes.into(),
            permission,
        };
        same("UpdateParticipant", &ask, &Call::UpdateParticipant(Box::new(update)));
        let ask = lk::SendDataRequest {
            room: room(),
            data: vec![1, 2],
            kind: Kind::Lossy.into(),
            destination_sids: texts(&["PA_1"]),
            destination_identities: texts(&["li"]),
            topic: Some("t".to_owned()),
            nonce: vec![3],
        };
        let data = SendData {
            room: room(),
            to: texts(&["li"]),
            to_sids: texts(&["PA_1"]),
            reliable: false,
            topic: Some("t".to_owned()),
            payload: vec![1, 2],
            nonce: vec![3],
        };
        same("SendData", &ask, &Call::SendData(Box::new(data.clone())));
        let reliable = lk::SendDataRequest { kind: Kind::Reliable.into(), ..ask };
        let data = SendData { reliable: true, ..data };
        same("SendData", &reliable, &Call::SendData(Box::new(data)));
    }

    #[test]
    fn our_own_call_is_json_and_others_calls_are_refused_in_words() {
        let body = br#"{"room":"ward","ends":1,"closes":2,"why":"cancelled"}"#;
        let (room, why) = ("ward".to_owned(), ClosingReason::Cancelled);
        let expected = Call::SetClosing(SetClosing { room, ends: 1, closes: 2, why });
        let read = call("SetClosing", ContentType::Json, body).unwrap();
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
        let withdrawn = br#"{"room":"ward","people":[{"identity":"li","until":7}]}"#;
        let people = vec![Withdrawn { identity: "li".to_owned(), until: 7 }];
        let expected = Call::WithdrawTokens(WithdrawTokens { room: "ward".to_owned(), people });
        let read = call("WithdrawTokens", ContentType::Json, withdrawn).unwrap();
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
        let cleared =
            br#"{"room":"ward","clearance":{"version":3,"media":true,"recording":false}}"#;
        let clearance = Clearance { version: 3, media: true, recording: false };
        let expected = Call::SetClearance(SetClearance { room: "ward".to_owned(), clearance });
        let read = call("SetClearance", ContentType::Json, cleared).unwrap();
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
        let refused = |method: &str, content_type: ContentType, body: &[u8]| {
            call(method, content_type, body).unwrap_err().response().status().as_u16()
        };
        assert_eq!(refused("SetClosing", ContentType::Protobuf, body), 501);
        assert_eq!(refused("WithdrawTokens", ContentType::Protobuf, withdrawn), 501);
        assert_eq!(refused("SetClearance", ContentType::Protobuf, cleared), 501);
        assert_eq!(refused("SetClearance", ContentType::Json, br#"{"room":"ward"}"#), 400);
        for method in ["ForwardParticipant", "MoveParticipant", "PerformRpc"] {
            assert_eq!(refused(method, ContentType::Json, b"{}"), 501);
        }
        assert_eq!(refused("Nothing", ContentType::Json, b"{}"), 404);
        assert_eq!(refused("ListRooms", ContentType::Json, b"{"), 400);
        assert_eq!(refused("ListRooms", ContentType::Protobuf, &[0xff]), 400);
    }
}
