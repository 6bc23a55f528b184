//! What waits is done, until nothing waits any more.

use std::time::Instant;

use super::Shard;
use super::pending::PendingItem;

impl Shard {
    /// Does everything that follows from what was taken in.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some(next) = self.pending.next() {
            match next {
                PendingItem::Output(id, output) => self.output(now, id, output),
                PendingItem::Input(input) => self.put(now, input),
            }
        }
    }
}
