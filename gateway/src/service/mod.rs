//! The door for servers: LiveKit's room service over Twirp at `/twirp/livekit.RoomService`.

mod calls;
mod content_type;
mod door;
mod refusal;

#[cfg(feature = "readers")]
pub(crate) use calls::call;
#[cfg(feature = "readers")]
pub(crate) use content_type::ContentType;
pub(crate) use door::router;
