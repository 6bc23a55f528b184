//! What the doors may ask of a shard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use session::AccessToken;
use signalling::ids::ParticipantId;
use signalling::words::call::{Answer, Call, Fault};
use signalling::words::request::{Join, Request};
use signalling::words::visit::{VisitFault, Want};
use tokio::sync::{Notify, mpsc, oneshot};

use super::said::{Said, VisitDone};
use crate::bell::Bell;
use crate::ids::SignalId;
use crate::leases::Lease;

/// Commands waiting for a shard; senders wait when it is full.
pub(crate) const COMMANDS_QUEUED: usize = 1_024;
/// Messages waiting for one client; a client that lets more pile up is cut off.
pub(crate) const SIGNALS_QUEUED: usize = 256;

/// The way to a client's signalling connection.
#[derive(Debug)]
pub(crate) struct SignalWay {
    /// Boxed, because the queue keeps room for dozens, and a message is most of a kilobyte.
    pub(crate) said: mpsc::Sender<Box<Said>>,
    /// Has the connection ask the client for a sign of life.
    pub(crate) probe: Arc<Notify>,
    /// Its key in its room. Dropped without a value if the client may not come in; it has then been told why.
    pub(crate) admitted: oneshot::Sender<ParticipantId>,
}

/// A command.
#[derive(Debug)]
pub(crate) enum Command {
    /// Somebody is at the door with a good token.
    Join(SignalId, Box<Join>, SignalWay),
    /// A client says something.
    Request(SignalId, Box<Request>),
    /// The client is there, and said nothing that needs an answer.
    Alive(SignalId),
    /// A signalling connection has ended.
    SignalLost(SignalId),
    /// A fresh token for somebody who is in the room; dropped without an answer if it is gone.
    Renew(SignalId, Box<AccessToken>, oneshot::Sender<AccessToken>),
    /// A server asks something by the room service.
    Call(Box<Call>, oneshot::Sender<Result<Answer, Fault>>),
    /// A client that came by HTTP asks something.
    Visit(Box<Want>, oneshot::Sender<Result<VisitDone, VisitFault>>),
    /// Tells everybody to come back, and ends.
    Stop(oneshot::Sender<()>),
}

/// A command on its way, with the lease of the room that it may open.
#[derive(Debug)]
pub(crate) struct Order {
    pub(super) command: Command,
    pub(super) lease: Option<Lease>,
}

/// The sending end of a shard's queue of commands.
#[derive(Clone, Debug)]
pub(crate) struct ShardHandle {
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) bell: Bell,
    pub(super) packets_per_s: Arc<AtomicU64>,
}

impl ShardHandle {
    /// A handle to a shard that never runs.
    #[cfg(test)]
    pub(crate) fn idle() -> Self {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
        let bell = Bell::new(Arc::new(waker));
        Self { orders: mpsc::channel(1).0, bell, packets_per_s: Arc::default() }
    }

    /// Hands a command over; `false` if the shard has ended.
    pub(crate) async fn send(&self, command: Command) -> bool {
        self.order(command, None).await
    }

    /// Hands over a command with the lease of the room that it may open; `false` if the shard has ended.
    pub(crate) async fn order(&self, command: Command, lease: Option<Lease>) -> bool {
        let sent = self.orders.send(Order { command, lease }).await.is_ok();
        self.bell.ring();
        sent
    }

    /// How many packets the shard sent to listeners in the last second.
    pub(crate) fn packets_per_s(&self) -> u64 {
        self.packets_per_s.load(Ordering::Relaxed)
    }
}
