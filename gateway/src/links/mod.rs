//! Ways to clients that are no UDP addresses: TCP connections, and what is relayed.
//!
//! A connection has a task of its own, which cuts the stream into datagrams; the shard sees each as a datagram from
//! an address of its own ([`path`]). What the shard sends there waits in a bounded queue of the task.

pub(crate) mod door;
pub(crate) mod landing;
pub(crate) mod overhead;
pub(crate) mod path;
mod permits;
pub(crate) mod relays;
pub(crate) mod service;
mod stream;
pub(crate) mod table;

pub(crate) use service::IceServer;
