//! What a client is told that comes when nobody can be let in.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use livekit_protocol as lk;
use lk::signal_response;
use tokio::time::timeout;

use super::frames::{self, Form};
use crate::Entry;

/// Tells a client that no more rooms can be open.
pub(super) async fn turn_away(entry: &Entry, mut socket: WebSocket, form: Form) {
    entry.metrics.refuse("rooms_full");
    let reason = lk::DisconnectReason::JoinFailure.into();
    let leave = lk::LeaveRequest { reason, ..Default::default() };
    let told = frames::write(signal_response::Message::Leave(leave), form);
    let patience = Duration::from_secs(entry.config.stalled_s);
    for frame in told.into_iter().chain([Message::Close(None)]) {
        // A client that is gone cannot be told.
        let _ = timeout(patience, socket.send(frame)).await;
    }
}
