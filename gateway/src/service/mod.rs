//! The door for servers: LiveKit's room service over Twirp at `/twirp/livekit.RoomService`.

mod calls;
mod door;
mod forms;
mod refusal;

#[cfg(feature = "readers")]
pub(crate) use calls::call;
pub(crate) use door::router;
#[cfg(feature = "readers")]
pub(crate) use forms::Form;
