//! Twirp's two encodings of a message, protobuf and protobuf-JSON.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use livekit_protocol as lk;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use signalling::words::call::Answer;

use super::refusal::{CallRefusal, Code};
use crate::signal::descriptions::{participant, room, track};

/// How a caller writes, and is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ContentType {
    Protobuf,
    Json,
}

impl ContentType {
    /// What a `Content-Type` header names.
    pub(super) fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Protobuf => "application/protobuf",
            Self::Json => "application/json",
        })
    }

    pub(super) fn read<M: Message + Default + DeserializeOwned>(
        self,
        body: &[u8],
    ) -> Result<M, CallRefusal> {
        let read = match self {
            Self::Protobuf => M::decode(body).map_err(|why| why.to_string()),
            Self::Json => return read_json(body),
        };
        read.map_err(|why| unreadable(&why))
    }

    fn write<M: Message + Serialize>(self, message: &M) -> Response {
        let bytes = match self {
            Self::Protobuf => message.encode_to_vec(),
            // A message of the protocol always has a JSON form.
            Self::Json => serde_json::to_vec(message).unwrap_or_default(),
        };
        ([(header::CONTENT_TYPE, self.header())], bytes).into_response()
    }
}

pub(super) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, CallRefusal> {
    serde_json::from_slice(body).map_err(|why| unreadable(&why.to_string()))
}

fn unreadable(why: &str) -> CallRefusal {
    CallRefusal::new(Code::Malformed, format!("the body cannot be read: {why}"))
}

/// Writes an answer; where there is nothing to say, every response of LiveKit is an empty message.
pub(super) fn answer(content_type: ContentType, answer: Answer) -> Response {
    match answer {
        Answer::Room(info) => content_type.write(&room(*info)),
        Answer::Rooms(list) => {
            let rooms = list.into_iter().map(room).collect();
            content_type.write(&lk::ListRoomsResponse { rooms })
        }
        Answer::Participant(info) => content_type.write(&participant(*info)),
        Answer::Participants(list) => {
            let participants = list.into_iter().map(participant).collect();
            content_type.write(&lk::ListParticipantsResponse { participants })
        }
        Answer::Muted(muted) => {
            content_type.write(&lk::MuteRoomTrackResponse { track: muted.map(|info| track(*info)) })
        }
        Answer::Done => content_type.write(&lk::DeleteRoomResponse {}),
    }
}
