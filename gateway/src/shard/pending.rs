//! What waits while the effects of one input are carried out: nothing is called back from there.

use std::collections::VecDeque;

use signalling::input::{ConnectionEvent, Input};
use transport::peer::Output;

use crate::ids::{ConnectionId, SignalId};

/// One thing that waits.
#[derive(Debug)]
pub(super) enum PendingItem {
    /// What a connection's transport wants done.
    Output(ConnectionId, Output),
    /// What the signalling core is told.
    Input(Input<'static>),
}

/// Everything that waits, in order. It is empty again before anything else is taken in, so that it holds what follows
/// from one datagram, command or tick.
#[derive(Debug, Default)]
pub(super) struct Pending(VecDeque<PendingItem>);

impl Pending {
    pub(super) fn next(&mut self) -> Option<PendingItem> {
        self.0.pop_front()
    }

    /// What the transport of a connection wants done.
    pub(super) fn outputs(&mut self, id: ConnectionId, outputs: Vec<Output>) {
        self.0.extend(outputs.into_iter().map(|output| PendingItem::Output(id, output)));
    }

    /// One thing of those.
    pub(super) fn output(&mut self, id: ConnectionId, output: Output) {
        self.0.push_back(PendingItem::Output(id, output));
    }

    /// Something became of a connection.
    pub(super) fn event(&mut self, id: ConnectionId, event: ConnectionEvent) {
        self.0.push_back(PendingItem::Input(Input::Connection(id, event)));
    }

    /// Messages from a connection's client do not reach everybody they are for.
    pub(super) fn skipped(&mut self, id: ConnectionId) {
        self.0.push_back(PendingItem::Input(Input::Skipped(id)));
    }

    /// A signalling connection takes nothing, or has ended.
    pub(super) fn lost(&mut self, id: SignalId) {
        self.0.push_back(PendingItem::Input(Input::SignalLost(id)));
    }

    /// Any other fact.
    pub(super) fn input(&mut self, input: Input<'static>) {
        self.0.push_back(PendingItem::Input(input));
    }
}
