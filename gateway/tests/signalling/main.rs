//! What clients hear from the gateway: signalling over WebSocket, in both forms.
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panic; its names are its documentation; it lives in real time; a part of \
              the house is there for other tests"
)]

mod clearing;
mod closing;
mod grants;
mod house;
mod joining;
mod limits;
mod line;
mod malformed;
mod offers;
mod one_line;
mod stalled;
mod tapping;
mod wishes;
mod withdrawing;
