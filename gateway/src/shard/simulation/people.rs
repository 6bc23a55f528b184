//! Who is in the room.

use std::net::SocketAddr;

use tokio::sync::mpsc;

use super::super::Said;
use super::speaking::Published;
use crate::ids::SignalId;

/// Somebody in the room.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) signal: SignalId,
    pub(super) hears: mpsc::Receiver<Box<Said>>,
    pub(super) at: (SocketAddr, usize),
    pub(super) published: Option<Published>,
    pub(super) speaks: Option<usize>,
    pub(super) listens: Option<usize>,
    /// When a track of another was said to be paused, or to go on.
    pub(super) paused: Vec<(u64, bool)>,
}
