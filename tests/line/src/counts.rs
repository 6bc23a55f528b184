//! What became of a flow's packets.

/// Why a packet was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// By chance, alone or in a burst.
    Random,
    /// The queue was full.
    Queue,
    /// The policer had no tokens.
    Policer,
    /// The line was away.
    Outage,
}

/// Packets of one flow; `sent` is more than the rest by what is on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that were sent.
    pub sent: u64,
    /// Packets that arrive, copies not counted.
    pub delivered: u64,
    /// Bytes of those.
    pub delivered_bytes: u64,
    /// Copies that the line made.
    pub duplicated: u64,
    /// Lost by chance.
    pub random: u64,
    /// Lost because the queue was full.
    pub queue: u64,
    /// Lost to the policer.
    pub policer: u64,
    /// Lost while the line was away.
    pub outage: u64,
}

impl Counts {
    /// Packets whose sender caused their loss: by the queue or the policer.
    #[must_use]
    pub const fn self_caused(&self) -> u64 {
        self.queue + self.policer
    }

    pub(crate) const fn lose(&mut self, loss: Loss) {
        match loss {
            Loss::Random => self.random += 1,
            Loss::Queue => self.queue += 1,
            Loss::Policer => self.policer += 1,
            Loss::Outage => self.outage += 1,
        }
    }
}
