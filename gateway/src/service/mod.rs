//! The door for servers: LiveKit's room service over Twirp at `/twirp/livekit.RoomService`.

mod door;
mod forms;

pub(crate) use door::router;
#[cfg(feature = "readers")]
pub(crate) use forms::{Form, call};
