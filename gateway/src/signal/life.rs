//! A client's signs of life on its signalling connection: the shard asks for them, and is told of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use tokio::sync::Notify;
use tokio::time::timeout;

/// The shard is told so often, at most, that a client is there.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// One client's.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// The shard wants one.
    pub(super) probe: Arc<Notify>,
    told: Option<Instant>,
}

impl Life {
    /// Asks the client for an answer that needs nothing of its page; `Err` if the connection has ended.
    pub(super) async fn demand(socket: &mut WebSocket, patience: Duration) -> Result<(), ()> {
        let asked = socket.send(Message::Ping(Bytes::new()));
        timeout(patience, asked).await.map_err(drop)?.map_err(drop)
    }

    /// The client is there: whether the shard is to be told.
    pub(super) fn shows(&mut self, now: Instant) -> bool {
        let late = |at| now.saturating_duration_since(at) >= TOLD_EVERY;
        let due = self.told.is_none_or(late);
        if due {
            self.told = Some(now);
        }
        due
    }
}
