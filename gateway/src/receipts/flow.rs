//! One medium in one window: what was sent, what came of it, and in which of its seconds.

/// Length of a window.
pub(crate) const WINDOW_US: u64 = 10_000_000;
/// Layers that are told apart; those beyond count as the last.
pub(crate) const LAYERS: usize = 4;
/// How many media there are.
pub(crate) const MEDIA: usize = 3;
const SECOND_US: u64 = 1_000_000;
const SECONDS: u64 = WINDOW_US / SECOND_US;

/// What a listener gets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Medium {
    #[default]
    Sound,
    /// A camera.
    Picture,
    /// A shared screen.
    Screen,
}

/// Packets, and their bytes as they are on the wire: headers and seal included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PacketCount {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl PacketCount {
    const fn add(&mut self, packets: u64, bytes: u64) {
        self.packets = self.packets.saturating_add(packets);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// Seconds of a window, one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Seconds(u16);

impl Seconds {
    const fn mark(&mut self, us: u64) {
        self.0 |= 1 << (us / SECOND_US % SECONDS);
    }

    const fn count(self) -> u64 {
        self.0.count_ones() as u64
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The seconds of a window that begin after `us`, which is counted from the beginning of the window.
    const fn after(us: u64) -> Self {
        let begun = us / SECOND_US + 1;
        Self(if begun < SECONDS { ((1 << SECONDS) - 1) & !((1 << begun) - 1) } else { 0 })
    }

    const ALL: Self = Self((1 << SECONDS) - 1);
}

/// How many seconds of a window something was received, was not though it was sent, or nobody knows; what is in none of
/// them was not offered, or was paused.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Spans {
    pub(crate) received: u64,
    pub(crate) missed: u64,
    /// The client told nothing at all in this window, or the gateway ended before it could.
    pub(crate) unknown: u64,
    /// Nothing of it was sent, by the mode, the budget or the line.
    pub(crate) paused: u64,
    /// Nothing of it was sent, because its publisher's own line was lost.
    pub(crate) away: u64,
}

/// One medium of one listener in one window.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Flow {
    /// Packets that were sent for the first time and of which the client tells one by one, and those that came.
    numbered: u64,
    told: u64,
    /// Those that the client told to be lost.
    told_lost: u64,
    /// What came of it the first time, by layer, and what came when it was sent again.
    pub(crate) layers: [PacketCount; LAYERS],
    pub(crate) again: PacketCount,
    /// Packets that were lost as receiver reports say, where nothing else is told.
    reported_lost: u64,
    sent: Seconds,
    came: Seconds,
    offered: Seconds,
    /// Seconds in which it was offered while the client was heard of: where nothing was sent, the client listened to
    /// silence.
    quiet: Seconds,
    paused: Seconds,
    /// The lines of all who would have sent it were lost.
    away: Seconds,
    /// Something was sent of which the client could not tell any more.
    unsettled: Seconds,
}

impl Flow {
    /// A packet leaves for the first time.
    pub(super) fn sent(&mut self, now_us: u64, numbered: bool) {
        self.sent.mark(now_us);
        self.numbered += u64::from(numbered);
    }

    /// One that was sent then came.
    pub(super) fn came(&mut self, sent_us: u64, layer: usize, bytes: u64) {
        self.came.mark(sent_us);
        self.told += 1;
        let layer = self.layers.get_mut(layer.min(LAYERS - 1));
        layer.into_iter().for_each(|layer| layer.add(1, bytes));
    }

    /// One that was sent then was lost.
    pub(super) const fn lose(&mut self) {
        self.told_lost += 1;
    }

    /// One that was told to be lost came after all.
    pub(super) const fn find(&mut self) {
        self.told_lost = self.told_lost.saturating_sub(1);
    }

    /// One that was sent again then came, in time to be heard or seen or not.
    pub(super) const fn repaired(&mut self, sent_us: u64, bytes: u64, in_time: bool) {
        if in_time {
            self.came.mark(sent_us);
        }
        self.again.add(1, bytes);
    }

    /// A receiver report tells what came and was lost of a stream without numbers.
    pub(super) fn reported(&mut self, now_us: u64, came: PacketCount, lost: u64) {
        self.reported_lost += lost;
        if let Some(layer) = self.layers.first_mut().filter(|_| came.packets > 0) {
            layer.add(came.packets, came.bytes);
            self.came.mark(now_us);
        }
    }

    /// Something came in this second.
    pub(super) const fn heard(&mut self, us: u64) {
        self.came.mark(us);
    }

    /// There is something of it to be had now; `alive` if the client was heard of lately.
    pub(super) const fn offered(&mut self, now_us: u64, alive: bool, paused: bool) {
        self.offered.mark(now_us);
        if alive {
            self.quiet.mark(now_us);
        }
        if paused {
            self.paused.mark(now_us);
        }
    }

    /// The lines of all who would have sent it were lost in this second.
    pub(super) const fn away(&mut self, us: u64) {
        self.away.mark(us);
    }

    /// What is known of it while the client may still tell more: it has told of what was sent until `settled_us`, counted
    /// from the beginning of the window; of nothing if `None`.
    pub(super) const fn so_far(mut self, settled_us: Option<u64>) -> Self {
        let later = match settled_us {
            Some(us) => Seconds::after(us),
            None => Seconds::ALL,
        };
        self.unsettled = later.and(self.sent);
        self.numbered = self.told + self.told_lost;
        self
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.numbered += other.numbered;
        self.told += other.told;
        self.told_lost += other.told_lost;
        self.layers
            .iter_mut()
            .zip(&other.layers)
            .for_each(|(own, theirs)| own.add(theirs.packets, theirs.bytes));
        self.again.add(other.again.packets, other.again.bytes);
        self.reported_lost += other.reported_lost;
        self.sent = self.sent.or(other.sent);
        self.came = self.came.or(other.came);
        self.offered = self.offered.or(other.offered);
        self.quiet = self.quiet.or(other.quiet);
        self.paused = self.paused.or(other.paused);
        self.away = self.away.or(other.away);
        self.unsettled = self.unsettled.or(other.unsettled);
    }

    /// All that came, whenever it was sent.
    pub(crate) fn all(&self) -> PacketCount {
        self.layers.iter().fold(self.again, |mut sum, layer| {
            sum.add(layer.packets, layer.bytes);
            sum
        })
    }

    /// Packets whose fate is known, the lost ones included.
    pub(super) fn known(&self) -> u64 {
        let came: u64 = self.layers.iter().map(|layer| layer.packets).sum();
        came.saturating_add(self.lost())
    }

    /// Those that were lost on the way the first time, or that nothing was told of although other packets were.
    pub(crate) const fn lost(&self) -> u64 {
        self.numbered.saturating_sub(self.told).saturating_add(self.reported_lost)
    }

    /// How the seconds of the window went; `told` if the client told anything in it.
    pub(crate) fn spans(&self, medium: Medium, told: bool) -> Spans {
        let silent = self.offered.without(self.sent).without(self.came).without(self.paused);
        let away = silent.and(self.away);
        let silent = silent.without(away);
        // A camera sends all the time; a voice may be silent, and a screen still.
        let still = match medium {
            Medium::Sound | Medium::Screen => silent.and(self.quiet),
            Medium::Picture => Seconds::default(),
        };
        let not = self.sent.or(silent).without(self.came).without(still);
        let unknown = if told { not.and(self.unsettled) } else { not };
        Spans {
            received: self.came.or(still).count(),
            missed: not.without(unknown).count(),
            unknown: unknown.count(),
            paused: self.paused.without(self.came).without(self.sent).count(),
            away: away.count(),
        }
    }
}
