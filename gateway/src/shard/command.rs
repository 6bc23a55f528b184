//! What the signalling side may ask of a shard.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use livekit_protocol as lk;
use lk::{signal_request, signal_response};
use mio::Waker;
use session::AccessToken;
use tokio::sync::{Notify, mpsc, oneshot};

use super::calls::{Answer, Call, Fault};
use super::http::HttpAsk;
use crate::ids::ParticipantId;
use crate::leases::Lease;
use crate::room::roster::Abilities;

/// Commands waiting for a shard; senders wait when it is full.
pub(crate) const COMMANDS_QUEUED: usize = 1_024;
/// Messages waiting for one client; a client that lets more pile up is cut off.
pub(crate) const SIGNALS_QUEUED: usize = 256;

/// How often a client says that it is there, in seconds.
pub(crate) const PING_INTERVAL_S: i32 = 5;
/// How long a client waits for an answer to that, in seconds.
pub(crate) const PING_TIMEOUT_S: i32 = 15;

/// One signalling connection of one participant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) who: ParticipantId,
    pub(crate) turn: u32,
}

/// What a client with one connection for both directions says as it knocks.
#[derive(Debug, Default)]
pub(crate) struct First {
    pub(crate) offer: Option<lk::SessionDescription>,
    pub(crate) tracks: Vec<lk::AddTrackRequest>,
    pub(crate) metadata: String,
    pub(crate) attributes: HashMap<String, String>,
}

/// Somebody is at the door with a good token.
#[derive(Debug)]
pub(crate) struct JoinAsk {
    pub(crate) token: AccessToken,
    pub(crate) auto_subscribe: bool,
    /// The participant id under which the client was here before, if it wants to go on.
    pub(crate) resume: Option<String>,
    /// Comes in anew if there is nothing to go on with.
    pub(crate) or_join: bool,
    /// It comes back by itself: when its person chose that device, in milliseconds since 1970.
    pub(crate) chosen_ms: Option<u64>,
    /// The client can follow a section that carries another track than before.
    pub(crate) reuses_sections: bool,
    /// The client finds every track by its section.
    pub(crate) finds_by_section: bool,
    /// The client's answers to an ICE-lite agent always say `setup:passive` (Pion, the Go SDK).
    pub(crate) answers_passive: bool,
    pub(crate) abilities: Abilities,
    /// One connection for both directions, and what the client says as it knocks.
    pub(crate) first: Option<First>,
    /// Has the signalling connection ask the client for a sign of life.
    pub(crate) ask: Arc<Notify>,
    /// Boxed, because the queue keeps room for dozens, and a message is most of a kilobyte.
    pub(crate) signal: mpsc::Sender<Box<signal_response::Message>>,
    /// Dropped without a ticket if the client may not come in; it has then been told why.
    pub(crate) admitted: oneshot::Sender<Ticket>,
}

/// A command.
#[derive(Debug)]
pub(crate) enum Command {
    Join(Box<JoinAsk>),
    Signal(Ticket, Box<signal_request::Message>),
    SignalLost(Ticket),
    /// The client is there, and said nothing that needs an answer.
    Alive(Ticket),
    /// A server asks something by the room service.
    Serve(Box<Call>, oneshot::Sender<Result<Answer, Fault>>),
    Http(Box<HttpAsk>),
    /// A fresh token for somebody who is in the room; dropped without an answer if it is gone.
    Renew(Ticket, Box<AccessToken>, oneshot::Sender<AccessToken>),
    /// Tells everybody to come back, and ends.
    Stop(oneshot::Sender<()>),
}

/// A command on its way, with the lease of the room that it may open.
#[derive(Debug)]
pub(crate) struct Order {
    pub(super) command: Command,
    pub(super) lease: Option<Lease>,
}

/// The way to a shard.
#[derive(Clone, Debug)]
pub(crate) struct ShardHandle {
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) waker: Arc<Waker>,
    pub(super) packets_per_s: Arc<AtomicU64>,
}

impl ShardHandle {
    /// Ends the shard's wait.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Hands a command over; `false` if the shard has ended.
    pub(crate) async fn send(&self, command: Command) -> bool {
        self.order(command, None).await
    }

    /// Hands over a command with the lease of the room that it may open; `false` if the shard has ended.
    pub(crate) async fn order(&self, command: Command, lease: Option<Lease>) -> bool {
        let sent = self.orders.send(Order { command, lease }).await.is_ok();
        // A wake that fails costs one tick of delay.
        let _ = self.waker.wake();
        sent
    }

    /// How many packets the shard sent to listeners in the last second.
    pub(crate) fn packets_per_s(&self) -> u64 {
        self.packets_per_s.load(Ordering::Relaxed)
    }
}
