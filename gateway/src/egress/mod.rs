//! The one home of sending to clients.
//!
//! # The way of a packet
//! `forward` takes what the core decided, listener by listener, and is where a packet is bound to leave → `header`
//! writes RTP header and extensions, copies the payload and seals it in place → `outbox` groups datagrams into few
//! system calls → `media_socket` hands them to the system or to a link.

pub(crate) mod backlog;
pub(crate) mod carry;
mod forward;
pub(crate) mod gather;
mod header;
pub(crate) mod kept;
pub(crate) mod media_socket;
mod outbox;
pub(crate) mod stream;

use transport::peer::Peer;

pub(crate) use forward::picture;

use crate::ids::ConnectionId;
use crate::metrics::Metrics;
use outbox::Outbox;
use stream::{Losing, Stream};

/// What sending needs of one connection.
#[derive(Debug)]
pub(crate) struct Listener<'a> {
    pub(crate) peer: &'a mut Peer,
    /// By slot.
    pub(crate) streams: &'a mut [Option<Stream>],
    pub(crate) losing: Losing,
}

/// Those who are sent something.
pub(crate) trait Listeners {
    /// `None` for one that is gone.
    fn listener(&mut self, id: ConnectionId) -> Option<Listener<'_>>;
}

/// Everything that a shard sends leaves through here.
#[derive(Debug)]
pub(crate) struct Egress {
    outbox: Outbox,
    metrics: Metrics,
}

impl Egress {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self { outbox: Outbox::default(), metrics: metrics.clone() }
    }
}
