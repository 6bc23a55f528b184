//! One call: the token is read first, then the body, then the grant is held against what is asked.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use axum::routing::any;
use session::{AccessToken, Purpose, VideoGrant};
use signalling::words::call::{Answer, Call, Fault, FaultKind, NAME_BYTES};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::calls;
use super::content_type::{self, ContentType};
use super::refusal::{CallRefusal, Code};
use crate::Entry;
use crate::clock::{now, unix_s};
use crate::directory::{Directory, Full, RoomShard};
use crate::shard::Command;

/// The longest body that is read, in bytes.
const BODY_MAX: usize = 256 * 1024;
/// A body must be there, and an answer given, within so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// `/twirp/livekit.RoomService/`, and `/twirp/shanqiao.RoomService/` with the same calls and one of our own.
pub(crate) fn router(entry: Entry) -> Router {
    Router::new()
        .route("/twirp/livekit.RoomService/{method}", any(answer))
        .route("/twirp/shanqiao.RoomService/{method}", any(answer))
        .with_state(entry)
}

async fn answer(
    State(entry): State<Entry>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    match serve(&entry, &method, request).await {
        Ok((content_type, answer)) => content_type::answer(content_type, answer),
        Err(refusal) => refusal.response(),
    }
}

async fn serve(
    entry: &Entry,
    method: &str,
    request: Request,
) -> Result<(ContentType, Answer), CallRefusal> {
    if request.method() != Method::POST {
        return Err(CallRefusal::new(Code::BadRoute, "only POST calls"));
    }
    let headers = request.headers();
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = named.and_then(ContentType::of).ok_or_else(|| {
        let why = "the content type must be application/protobuf or application/json";
        CallRefusal::new(Code::BadRoute, why)
    })?;
    let token = admit(entry, headers)?;
    let body = axum::body::to_bytes(request.into_body(), BODY_MAX);
    let Ok(Ok(body)) = timeout(PATIENCE, body).await else {
        entry.metrics.drop_one("service_body");
        return Err(CallRefusal::new(
            Code::InvalidArgument,
            "the body is over 256 KiB, or did not come in 5 s",
        ));
    };
    let call = calls::call(method, content_type, &body)?;
    if !allowed(&token.video, &call) {
        entry.metrics.refuse("service_grant");
        let why = "the token does not grant this call: rooms are made and deleted with roomCreate, \
                   listed with roomList, and one room is governed with roomAdmin and its name";
        return Err(CallRefusal::new(Code::PermissionDenied, why));
    }
    ask(entry, call).await.map(|answer| (content_type, answer))
}

fn admit(entry: &Entry, headers: &HeaderMap) -> Result<AccessToken, CallRefusal> {
    let text = session::bearer(headers).unwrap_or_default();
    let refuse = |why: String| {
        entry.metrics.refuse("service_token");
        CallRefusal::new(Code::Unauthenticated, why)
    };
    let token = AccessToken::read(text, &entry.keys.borrow(), unix_s());
    let token = token.map_err(|refused| refuse(refused.to_string()))?;
    match token.purpose {
        Purpose::Room | Purpose::Service => Ok(token),
        _ => Err(refuse("this token is for something else than the room service".to_owned())),
    }
}

/// Whether the grant covers the call, by LiveKit's rules.
fn allowed(grant: &VideoGrant, call: &Call) -> bool {
    match call {
        Call::CreateRoom(_) | Call::DeleteRoom(_) => grant.room_create,
        Call::SetClosing(_) | Call::WithdrawTokens(_) | Call::SetClearance(_) => grant.room_create,
        Call::ListRooms(_) => grant.room_list,
        _ => {
            let room = room_of(call);
            grant.room_admin && !room.is_empty() && grant.room == room
        }
    }
}

/// The room that a call is about; none for a list.
fn room_of(call: &Call) -> &str {
    match call {
        Call::CreateRoom(ask) => &ask.name,
        Call::SetClosing(ask) => &ask.room,
        Call::WithdrawTokens(ask) => &ask.room,
        Call::SetClearance(ask) => &ask.room,
        Call::ListRooms(_) => "",
        Call::DeleteRoom(room) | Call::ListParticipants(room) => room,
        Call::GetParticipant(room, _) | Call::RemoveParticipant(room, _) => room,
        Call::UpdateRoomMetadata(room, _) => room,
        Call::Mute { room, .. } | Call::UpdateSubscriptions { room, .. } => room,
        Call::UpdateParticipant(ask) => &ask.room,
        Call::SendData(ask) => &ask.room,
    }
}

async fn ask(entry: &Entry, call: Call) -> Result<Answer, CallRefusal> {
    let rooms = &entry.rooms;
    let asked = async {
        match call {
            Call::ListRooms(names) => list(rooms, &names).await,
            // Each shard must know what a room is closed to and cleared for, wherever it is opened next.
            call @ (Call::SetClosing(_) | Call::WithdrawTokens(_) | Call::SetClearance(_)) => {
                let mut done = None;
                for shard in rooms.all() {
                    done = Some(answered(&shard, call.clone()).await?);
                }
                done
            }
            Call::CreateRoom(ask) if NAME_BYTES.contains(&ask.name.len()) => {
                match rooms.open(now(), &ask.name, "") {
                    Ok(shard) => answered(&shard, Call::CreateRoom(ask)).await,
                    Err(Full) => {
                        entry.metrics.drop_one("rooms_full");
                        let text = "no more rooms can be open at a time: delete one first";
                        Some(Err(Fault { kind: FaultKind::ResourceExhausted, text }))
                    }
                }
            }
            call => answered(&rooms.find(room_of(&call)), call).await,
        }
    };
    match timeout(PATIENCE, asked).await {
        Ok(Some(answer)) => answer.map_err(CallRefusal::from),
        _ => {
            entry.metrics.drop_one("service_unanswered");
            Err(CallRefusal::new(Code::Unavailable, "the gateway stops or is too busy: try again"))
        }
    }
}

/// What a shard answers; none if it has ended.
async fn answered(shard: &RoomShard, call: Call) -> Option<Result<Answer, Fault>> {
    let (done, answer) = oneshot::channel();
    let sent = shard.send(Command::Call(Box::new(call), done)).await;
    if sent { answer.await.ok() } else { None }
}

/// The rooms of all shards, in the order in which they were opened.
async fn list(rooms: &Directory, names: &[String]) -> Option<Result<Answer, Fault>> {
    let mut all = vec![];
    for shard in rooms.all() {
        match answered(&shard, Call::ListRooms(names.to_vec())).await? {
            Ok(Answer::Rooms(its)) => all.extend(its),
            other => return Some(other),
        }
    }
    all.sort_by_key(|room| room.created_ms);
    Some(Ok(Answer::Rooms(all)))
}
