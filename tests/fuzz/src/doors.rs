//! The gateway's doors: tokens, queries, bodies and frames, and what a room does with them.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::GzEncoder;
use gateway::readers;
use session::{AccessToken, Keys, Ticket};

use crate::network::{identity, start};
use crate::parts::Parts;

/// Calls of LiveKit's room service, and our own.
const CALLS: [&str; 14] = [
    "CreateRoom",
    "ListRooms",
    "DeleteRoom",
    "ListParticipants",
    "GetParticipant",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateSubscriptions",
    "SendData",
    "UpdateRoomMetadata",
    "SetClosing",
    "WithdrawTokens",
    "SetClearance",
];

/// A signalling frame of LiveKit in both forms.
pub(crate) fn frame(data: &[u8]) {
    let _ = (readers::frame(false, data), readers::frame(true, data));
}

/// What comes by HTTP: a query of `/rtc`, a trickle fragment, a call of the room service (the first byte chooses).
pub(crate) fn request(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let text = std::str::from_utf8(rest);
    match (usize::from(*kind), text) {
        (0, Ok(text)) => readers::query(text),
        (1, Ok(text)) => readers::fragment(text),
        (kind, _) => {
            let method = CALLS.get(kind / 2 % CALLS.len()).copied().unwrap_or_default();
            let _ = readers::call(method, kind % 2 == 0, rest);
        }
    }
}

/// What a client of `/rtc/v1` says of itself as it knocks, and the room that it comes into: a query as it comes, or the
/// message that is wrapped in it, plain or compressed (the first byte chooses).
pub(crate) fn join(data: &[u8]) {
    let (Some((kind, rest)), Some(identity)) = (data.split_first(), identity()) else { return };
    let query = match (kind, std::str::from_utf8(rest)) {
        (0, Ok(text)) => text.to_owned(),
        (0, Err(_)) => return,
        (1, _) => wrapped(0, rest),
        (2, _) => wrapped(1, rest), // promised to be compressed
        _ => {
            let mut packed = vec![];
            let read = GzEncoder::new(rest, Compression::fast()).read_to_end(&mut packed);
            assert!(read.is_ok());
            wrapped(1, &packed)
        }
    };
    assert_eq!(readers::join(start(), identity, &query), 0, "entries of those who have gone");
}

/// A WrappedJoinRequest of these bytes as it stands in a query.
fn wrapped(compression: u8, request: &[u8]) -> String {
    let mut message = vec![8, compression, 18];
    let mut len = request.len();
    while len > 127 {
        message.push(len as u8 | 128);
        len >>= 7;
    }
    message.push(len as u8);
    message.extend_from_slice(request);
    format!("join_request={}", URL_SAFE_NO_PAD.encode(message))
}

/// A room with two clients, a device and strangers: nothing is left of them when they have gone.
pub(crate) fn room(data: &[u8]) {
    let Some(identity) = identity() else { return };
    let left = readers::room(start(), identity, Parts(data).take(64));
    assert_eq!(left, 0, "entries in tables of those who have gone");
}

/// A token, which is the first thing that is read of a stranger: none that we did not sign is taken.
pub(crate) fn token(data: &[u8]) {
    let root = "a root that nobody is given, long enough";
    let keys = Keys::new("test", "a secret that is long enough for HS256", root);
    let (Ok(text), Ok(keys)) = (std::str::from_utf8(data), keys) else { return };
    assert!(AccessToken::read(text, &keys, 1_700_000_000).is_err(), "a token of somebody else");
    assert!(Ticket::read(text, &keys, 1_700_000_000).is_err(), "a ticket of somebody else");
}
