//! Media of clients that have no UDP.
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test fails by panic; its names are its documentation; it lives in real time; it uses only a part of the house"
)]

mod bridge;
#[path = "../signalling/house.rs"]
mod house;
#[path = "../signalling/line.rs"]
mod line;
mod tcp;
mod turn;
