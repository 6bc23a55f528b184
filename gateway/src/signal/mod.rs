//! The door for clients: LiveKit's signalling over WebSocket at `/rtc`. LiveKit's types are translated here, in the
//! client's own task, to the core's words and back.

pub(crate) mod descriptions;
mod door;
mod frames;
mod knock;
mod life;
mod measure;
mod messages;
mod refusal;
mod requests;
mod wrapped;

pub(crate) use door::{read_token, router};
#[cfg(feature = "readers")]
pub(crate) use frames::{read_binary, read_text};
#[cfg(feature = "readers")]
pub(crate) use knock::{read_join, read_query};
#[cfg(feature = "readers")]
pub(crate) use measure::fits;
#[cfg(feature = "readers")]
pub(crate) use requests::request;
pub(crate) use requests::tracks;
