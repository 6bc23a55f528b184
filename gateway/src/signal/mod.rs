//! The door for clients: LiveKit's signalling over WebSocket at `/rtc`.

mod door;
mod frames;
mod knock;
mod life;
mod measure;
mod wrapped;

pub(crate) use door::{read_join, read_query, read_token, router};
pub(crate) use frames::{read_binary, read_text};
pub(crate) use measure::fits;
