//! What cannot be brought about from outside, or only by waiting: signalling in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod absence;
mod chat;
mod clearance;
mod cleared_recording;
mod clock;
mod data;
mod devices;
mod joining;
mod modes;
mod news;
mod offers;
mod presence;
mod room_state;
mod sides;
mod stills;
mod streams;
mod world;
