//! What a client is told that comes when nobody can be let in.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use signalling::words::message::Message as Told;
use signalling::words::participant::{LeaveReason, Next};
use tokio::time::timeout;

use super::frames::{self, FrameFormat};
use super::messages::response;
use crate::Entry;
use crate::shard::Said;

/// Tells a client that no more rooms can be open.
pub(super) async fn turn_away(entry: &Entry, mut socket: WebSocket, format: FrameFormat) {
    entry.metrics.refuse("rooms_full");
    let leave = Told::Leave { reason: LeaveReason::JoinFailure, next: Next::StayAway };
    let told = frames::write(response(Said::Message(leave)), format);
    let patience = Duration::from_secs(entry.config.stalled_s);
    for frame in told.into_iter().chain([Message::Close(None)]) {
        // A client that is gone cannot be told.
        let _ = timeout(patience, socket.send(frame)).await;
    }
}
