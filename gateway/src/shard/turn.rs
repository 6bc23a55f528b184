//! One turn of the signalling core: it is told something, and what it asks for is done.

use std::time::Instant;

use signalling::input::Input;

use super::Shard;

impl Shard {
    /// Tells the core something, and carries out what follows. What connections answer to that waits.
    pub(super) fn put(&mut self, now: Instant, input: Input<'_>) {
        let mut effects = std::mem::take(&mut self.effects);
        self.core.handle(now, input, &mut effects);
        // Before anybody is told: a client that hears that a room is gone may ask for it at once.
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (rooms, participants) = self.core.count();
        self.metrics.rooms.set(count(rooms));
        self.metrics.participants.set(count(participants));
        effects.drain(..).for_each(|effect| self.carry_out(now, effect));
        self.effects = effects;
    }
}
