//! The door for clients: LiveKit's signalling over WebSocket at `/rtc`.

mod door;
mod frames;
mod knock;
mod life;
mod measure;
mod refusal;
mod wrapped;

pub(crate) use door::{read_token, router};
#[cfg(feature = "readers")]
pub(crate) use frames::{read_binary, read_text};
#[cfg(feature = "readers")]
pub(crate) use knock::{read_join, read_query};
#[cfg(feature = "readers")]
pub(crate) use measure::fits;
