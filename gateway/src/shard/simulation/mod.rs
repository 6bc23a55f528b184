//! The whole shard on simulated access links: the loop's verbs with the time told, and a port in memory in place of UDP.
//!
//! Real are the signalling core and what carries out its effects, transport (ICE, DTLS, SRTP), ingress, the forwarding core,
//! lines with estimator, allocation and pacer, egress. Models are the clients: `speaking` publishes, `hearing` and `seeing`
//! play as a browser does. One seed, one trace. The table of the lines that the browsers are measured on:
//! `cargo test -p gateway --lib simulation::table -- --ignored --nocapture`.

mod announcing;
mod channels;
mod connection;
mod descriptions;
mod figures;
mod hearing;
mod listening;
mod missing;
mod packets;
mod people;
mod scenarios;
mod security;
mod seeing;
mod speaking;
mod trace;
mod wire;
mod world;
