//! One connection over the link: its receiver's clock, and how far its reports are believed.

use crate::Fate;

/// How long ago a packet may have been sent that is told of.
const OLD_US: u64 = 10_000_000;
/// A delay that changes by more from one packet to the next is a clock that was set.
const JUMP_US: i64 = 5_000_000;
/// The least delay is looked for in the last two to three of these.
const BASE_US: u64 = 10_000_000;
/// A receiver that gets none of so many packets is away, or lies; it says nothing of the link.
const LOST_IN_A_ROW: u32 = 20;
/// A path that has told nothing for longer is not waited for.
const QUIET_US: u64 = 1_000_000;

#[derive(Debug, Default)]
pub(crate) struct ReceiverPath {
    sent_bytes: u64,
    told_bytes: u64,
    last_sent_us: u64,
    newest_told_us: Option<u64>,
    heard_us: Option<u64>,
    /// Since when something is sent and nothing is heard.
    waiting_us: Option<u64>,
    last_delay_us: Option<i64>,
    lost_in_a_row: u32,
    /// The least delay of this time, of the one before and of the one before that.
    least: [Option<Least>; 3],
    turned_us: u64,
    /// The least of the last second or two, for a route that is new.
    recent: [Option<Least>; 2],
    recent_turned_us: u64,
}

/// The least delay, and the size of the packet that had it: some of its delay was its own size.
#[derive(Debug, Clone, Copy)]
struct Least {
    delay_us: i64,
    bytes: u32,
}

/// A packet as its receiver told of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportedPacket {
    pub(crate) sent_us: u64,
    pub(crate) bytes: u32,
    /// How long it waited in the queue; `None`: it is lost.
    pub(crate) queue_us: Option<u64>,
}

/// News of a packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PacketReport {
    pub(crate) packet: ReportedPacket,
    /// It was told of before.
    pub(crate) again: bool,
}

impl ReceiverPath {
    pub(crate) fn sent(&mut self, now_us: u64, bytes: u32) {
        self.sent_bytes = self.sent_bytes.saturating_add(bytes.into());
        self.last_sent_us = now_us;
        self.waiting_us = self.waiting_us.or(Some(now_us));
    }

    /// What a receiver tells of a packet, as far as it can be true. `rate` is what the link serves, in bits a second.
    pub(crate) fn told(&mut self, now_us: u64, fate: &Fate, rate: f64) -> Option<PacketReport> {
        let bytes = u64::from(fate.bytes);
        let old = now_us.saturating_sub(fate.sent_us) > OLD_US;
        let more = self.told_bytes.saturating_add(bytes) > self.sent_bytes;
        if old || fate.sent_us > now_us || fate.sent_us > self.last_sent_us {
            return None;
        }
        let again = self.newest_told_us.is_some_and(|told_us| fate.sent_us < told_us);
        if more && !again {
            return None;
        }
        if !again {
            self.told_bytes += bytes;
            self.newest_told_us = Some(fate.sent_us);
        }
        self.heard_us = Some(now_us);
        let behind = self.newest_told_us.is_some_and(|told_us| told_us < self.last_sent_us);
        self.waiting_us = behind.then_some(now_us);
        self.lost_in_a_row =
            if fate.arrived_us.is_some() { 0 } else { self.lost_in_a_row.saturating_add(1) };
        if self.lost_in_a_row > LOST_IN_A_ROW {
            return None;
        }
        let queue_us = fate.arrived_us.map(|arrived_us| self.queue_us(fate, arrived_us, rate));
        Some(PacketReport {
            packet: ReportedPacket { sent_us: fate.sent_us, bytes: fate.bytes, queue_us },
            again,
        })
    }

    /// Up to when all that was sent has been told of; `None` if that is all.
    pub(crate) fn complete_us(&self, now_us: u64) -> Option<u64> {
        let heard = self.heard_us.filter(|heard_us| now_us.saturating_sub(*heard_us) < QUIET_US);
        heard.and(self.newest_told_us).filter(|told_us| *told_us < self.last_sent_us)
    }

    /// How long it has been waiting for feedback; `None` if it gives none, or has none to give.
    pub(crate) fn unanswered_us(&self, now_us: u64) -> Option<u64> {
        self.heard_us.and(self.waiting_us).map(|waiting_us| now_us.saturating_sub(waiting_us))
    }

    /// Whether feedback came in the last seconds.
    pub(crate) fn gives_feedback(&self, now_us: u64) -> bool {
        self.heard_us.is_some_and(|heard_us| now_us.saturating_sub(heard_us) < 5 * QUIET_US)
    }

    /// Forgets the oldest of what is known; with `keep` the least delay stays, because another sender's queue hides it
    /// at present.
    pub(crate) fn age(&mut self, now_us: u64, keep: bool) {
        if now_us.saturating_sub(self.turned_us) > BASE_US {
            self.turned_us = now_us;
            let [this, last, _] = self.least;
            if !keep {
                self.least = [None, this, last];
            }
        }
        if now_us.saturating_sub(self.recent_turned_us) > QUIET_US {
            self.recent_turned_us = now_us;
            let [this, _] = self.recent;
            self.recent = [None, this];
        }
    }

    /// The route is new: the delay of the last second is what it takes.
    pub(crate) fn begin_anew(&mut self) {
        let [this, last] = self.recent;
        self.least = [this, last, None];
    }

    fn queue_us(&mut self, fate: &Fate, arrived_us: u64, rate: f64) -> u64 {
        let difference = i128::from(arrived_us) - i128::from(fate.sent_us);
        let delay_us = i64::try_from(difference).unwrap_or(i64::MAX / 4).max(i64::MIN / 4);
        if self.last_delay_us.is_some_and(|last_us| (delay_us - last_us).abs() > JUMP_US) {
            self.least = [None; 3];
            self.recent = [None; 2];
        }
        self.last_delay_us = Some(delay_us);
        let here = Least { delay_us, bytes: fate.bytes };
        let [now, ..] = &mut self.least;
        take_less(now, here);
        let [now, _] = &mut self.recent;
        take_less(now, here);
        let least = self.least.iter().flatten().min_by_key(|least| least.delay_us);
        let Some(least) = least else { return 0 };
        let waited_us = delay_us.saturating_sub(least.delay_us);
        let own_us = own_us(fate.bytes, rate) - own_us(least.bytes, rate);
        u64::try_from(waited_us.saturating_sub(own_us)).unwrap_or_default()
    }
}

fn take_less(so_far: &mut Option<Least>, here: Least) {
    if so_far.is_none_or(|least| here.delay_us < least.delay_us) {
        *so_far = Some(here);
    }
}

/// How long `bytes` take by themselves.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn own_us(bytes: u32, rate: f64) -> i64 {
    (f64::from(bytes) * 8e6 / rate.max(1e4)) as i64
}
