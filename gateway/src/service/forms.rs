//! Twirp's two forms of a message, protobuf and protobuf-JSON, and its errors.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use livekit_protocol as lk;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::shard::{Answer, Call, Code, Fault};

/// How a caller writes, and is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Protobuf,
    Json,
}

impl Form {
    /// The form that a content type names.
    pub(super) fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Protobuf => "application/protobuf",
            Self::Json => "application/json",
        })
    }

    fn read<M: Message + Default + DeserializeOwned>(self, body: &[u8]) -> Result<M, Fault> {
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
        ([(header::CONTENT_TYPE, self.content_type())], bytes).into_response()
    }
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|why| unreadable(&why.to_string()))
}

fn unreadable(why: &str) -> Fault {
    Fault::new(Code::Malformed, format!("the body cannot be read: {why}"))
}

/// The call that `method` names, with its message.
pub(crate) fn call(method: &str, form: Form, body: &[u8]) -> Result<Call, Fault> {
    Ok(match method {
        "CreateRoom" => Call::CreateRoom(Box::new(form.read(body)?)),
        "ListRooms" => Call::ListRooms(form.read(body)?),
        "DeleteRoom" => Call::DeleteRoom(form.read(body)?),
        "ListParticipants" => Call::ListParticipants(form.read(body)?),
        "GetParticipant" => Call::GetParticipant(form.read(body)?),
        "RemoveParticipant" => Call::RemoveParticipant(form.read(body)?),
        "MutePublishedTrack" => Call::MutePublishedTrack(form.read(body)?),
        "UpdateParticipant" => Call::UpdateParticipant(form.read(body)?),
        "UpdateSubscriptions" => Call::UpdateSubscriptions(form.read(body)?),
        "SendData" => Call::SendData(form.read(body)?),
        "UpdateRoomMetadata" => Call::UpdateRoomMetadata(form.read(body)?),
        "SetClosing" => {
            if form != Form::Json {
                let why = "this call is not LiveKit's and has no protobuf form: write JSON";
                return Err(Fault::new(Code::Unimplemented, why));
            }
            Call::SetClosing(read_json(body)?)
        }
        "ForwardParticipant" | "MoveParticipant" => {
            let why = "people stay in the room that they joined: give them another token";
            return Err(Fault::new(Code::Unimplemented, why));
        }
        "PerformRpc" => {
            let why = "a server calls nobody: send data instead";
            return Err(Fault::new(Code::Unimplemented, why));
        }
        _ => return Err(Fault::new(Code::BadRoute, format!("no such call: {method:.64}"))),
    })
}

/// Writes an answer.
pub(super) fn answer(form: Form, answer: &Answer) -> Response {
    match answer {
        Answer::Room(it) => form.write(it),
        Answer::Rooms(it) => form.write(it),
        Answer::Participant(it) => form.write(it),
        Answer::Participants(it) => form.write(it),
        Answer::Muted(it) => form.write(it),
        Answer::Done => form.write(&lk::DeleteRoomResponse {}),
    }
}

/// Writes an error: JSON in either form, with the status that Twirp gives its code.
pub(super) fn fault(fault: &Fault) -> Response {
    let (code, status) = match fault.code {
        Code::BadRoute => ("bad_route", StatusCode::NOT_FOUND),
        Code::Malformed => ("malformed", StatusCode::BAD_REQUEST),
        Code::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST),
        Code::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
        Code::PermissionDenied => ("permission_denied", StatusCode::FORBIDDEN),
        Code::NotFound => ("not_found", StatusCode::NOT_FOUND),
        Code::FailedPrecondition => ("failed_precondition", StatusCode::PRECONDITION_FAILED),
        Code::ResourceExhausted => ("resource_exhausted", StatusCode::TOO_MANY_REQUESTS),
        Code::Unimplemented => ("unimplemented", StatusCode::NOT_IMPLEMENTED),
        Code::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
    };
    let body = axum::Json(serde_json::json!({ "code": code, "msg": fault.message }));
    (status, body).into_response()
}
