//! What is on the wire, both ways: how it is counted, what a budget makes of it, and what clients tell to have got of it.

#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panic; its names are its documentation; it lives in real time; it uses only a part of the house"
)]

mod counted;
#[path = "../signalling/house.rs"]
mod house;
mod killed;
#[path = "../signalling/line.rs"]
mod line;
mod receipts;
mod usage;

/// IPv4 and UDP.
const HEADERS: u64 = 20 + 8;
/// Of an offer: packets carry numbers of the connection.
const NUMBERED: &str = "transport-wide-cc";
