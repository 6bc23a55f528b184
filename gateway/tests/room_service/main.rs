//! LiveKit's room service as a server meets it, and the signs that people see of each other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod calls;
mod holding;
mod signs;
mod stage;
