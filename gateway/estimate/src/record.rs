//! What was sent lately, and what became of it.

use alloc::collections::VecDeque;

use crate::PathId;
use crate::path::{PacketReport, ReportedPacket};

/// Packets that are kept, and for how long.
const MOST_PACKETS: usize = 4096;
const KEPT_US: u64 = 4_000_000;
/// A packet told of again is looked for among so many.
const LOOKED_FOR: usize = 512;
/// What was sent is counted in slots of 10 ms, over two seconds.
const SLOT_US: u64 = 10_000;
const SLOTS: usize = 200;
const SECOND_SLOTS: u64 = 100;
/// Less than so many bytes for each told of are the edges of a slot, and more are not believed.
const UNTOLD: f64 = 1.15;
const UNTOLD_MOST: f64 = 4.0;
/// The least wait is that of the last packets of this time, or so many.
const WAIT_US: u64 = 120_000;
const WAIT: u32 = 4;

#[derive(Debug, Default)]
pub(crate) struct Record {
    packets: VecDeque<(PathId, ReportedPacket)>,
    slots: VecDeque<(u64, u64)>,
}

/// Packets of a stretch of time, by when they were sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SentWindow {
    pub(crate) packets: u32,
    pub(crate) lost: u32,
    pub(crate) sent_bytes: u64,
    pub(crate) arrived_bytes: u64,
    /// When the first and the last were sent.
    pub(crate) first_us: u64,
    pub(crate) last_us: u64,
    /// When the first and the last came out of the queue.
    out_first_us: u64,
    out_last_us: u64,
    edge_bytes: u64,
    /// Bytes that were sent for each that was told of.
    untold: f64,
    /// The least wait of the last few packets.
    pub(crate) queue_us: u64,
    /// Packets that count for it.
    recent: u32,
}

impl Record {
    pub(crate) fn sent(&mut self, now_us: u64, bytes: u32) {
        let slot = now_us / SLOT_US;
        match self.slots.back_mut() {
            Some((at, sum)) if *at >= slot => *sum = sum.saturating_add(bytes.into()),
            _ => self.slots.push_back((slot, bytes.into())),
        }
        while self.slots.len() > SLOTS {
            self.slots.pop_front();
        }
    }

    /// What was sent in the last second.
    #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
    pub(crate) fn sent_bits_per_second(&self, now_us: u64) -> f64 {
        let oldest = (now_us / SLOT_US).saturating_sub(SECOND_SLOTS);
        self.bytes_after(oldest) as f64 * 8.0
    }

    /// What was sent after slot `oldest`.
    fn bytes_after(&self, oldest: u64) -> u64 {
        let later = self.slots.iter().rev().take_while(|slot| slot.0 > oldest).map(|slot| slot.1);
        later.fold(0, u64::saturating_add)
    }

    /// How long what was sent after `since_us` takes to be served, less the time since then: what the queue has grown by.
    #[expect(clippy::cast_precision_loss, reason = "bits of two seconds")]
    pub(crate) fn grown_us(&self, since_us: u64, now_us: u64, served: f64) -> f64 {
        let oldest = since_us / SLOT_US;
        let bytes = self.bytes_after(oldest);
        let begun_us = (oldest + 1) * SLOT_US;
        bytes as f64 * 8e6 / served.max(1e3) - now_us.saturating_sub(begun_us) as f64
    }

    pub(crate) fn told(&mut self, path: PathId, report: &PacketReport) {
        let packet = report.packet;
        if report.again {
            let mut late = self.packets.iter_mut().rev().take(LOOKED_FOR);
            let known = late.find(|(of, sent)| {
                *of == path && sent.sent_us == packet.sent_us && sent.queue_us.is_none()
            });
            if let (Some((_, known)), Some(queue_us)) = (known, packet.queue_us) {
                known.queue_us = Some(queue_us);
            }
            return;
        }
        self.packets.push_back((path, packet));
        let old_us = packet.sent_us.saturating_sub(KEPT_US);
        while self.packets.len() > MOST_PACKETS
            || self.packets.front().is_some_and(|(_, sent)| sent.sent_us < old_us)
        {
            self.packets.pop_front();
        }
    }

    /// When the newest packet that was told of was sent.
    pub(crate) fn newest_us(&self) -> Option<u64> {
        self.packets.back().map(|(_, sent)| sent.sent_us)
    }

    /// Packets sent up to `end_us`, back to `begin_us`, and on back to `oldest_us` while they are fewer than `wanted`.
    pub(crate) fn window(
        &self,
        begin_us: u64,
        end_us: u64,
        oldest_us: u64,
        wanted: u32,
    ) -> SentWindow {
        let mut window = SentWindow::default();
        for (_, packet) in self.packets.iter().rev() {
            if packet.sent_us > end_us {
                continue;
            }
            let enough = packet.sent_us < begin_us && window.packets >= wanted;
            if enough || packet.sent_us < oldest_us {
                break;
            }
            window.add(packet);
        }
        window.untold = self.untold(&window);
        window
    }

    /// How many bytes were sent for each that was told of: feedback is lost, and some clients give none.
    #[expect(clippy::cast_precision_loss, reason = "bytes of two seconds")]
    fn untold(&self, window: &SentWindow) -> f64 {
        let slots = window.first_us / SLOT_US..=window.last_us / SLOT_US;
        let sent = self.slots.iter().rev().skip_while(|slot| slot.0 > *slots.end());
        let sent = sent.take_while(|slot| slot.0 >= *slots.start()).map(|slot| slot.1);
        let ratio = sent.fold(0, u64::saturating_add) as f64 / window.sent_bytes.max(1) as f64;
        if ratio < UNTOLD { 1.0 } else { ratio.min(UNTOLD_MOST) }
    }
}

impl SentWindow {
    /// Takes the packet before those in it.
    fn add(&mut self, packet: &ReportedPacket) {
        if self.packets == 0 {
            self.last_us = packet.sent_us;
        }
        self.packets += 1;
        self.sent_bytes += u64::from(packet.bytes);
        self.first_us = packet.sent_us;
        let Some(queue_us) = packet.queue_us else {
            self.lost += 1;
            return;
        };
        let out_us = packet.sent_us.saturating_add(queue_us);
        if self.arrived_bytes == 0 {
            (self.out_first_us, self.out_last_us) = (out_us, out_us);
            self.queue_us = u64::MAX;
        }
        self.arrived_bytes += u64::from(packet.bytes);
        if out_us <= self.out_first_us {
            self.out_first_us = out_us;
            self.edge_bytes = packet.bytes.into();
        }
        self.out_last_us = self.out_last_us.max(out_us);
        if self.recent < WAIT || self.last_us.saturating_sub(packet.sent_us) < WAIT_US {
            self.recent += 1;
            self.queue_us = self.queue_us.min(queue_us);
        }
    }

    /// Whether anything came of it.
    pub(crate) const fn arrived(&self) -> bool {
        self.arrived_bytes > 0
    }

    /// What part is lost.
    pub(crate) fn lost_part(&self) -> f64 {
        f64::from(self.lost) / f64::from(self.packets.max(1))
    }

    /// How fast it was sent.
    #[expect(clippy::cast_precision_loss, reason = "bits of seconds")]
    pub(crate) fn sent_bits_per_second(&self) -> Option<f64> {
        let span_us = self.last_us.saturating_sub(self.first_us);
        let mean = self.sent_bytes / u64::from(self.packets.max(1));
        let bytes = self.sent_bytes.saturating_sub(mean);
        (span_us >= 50_000).then(|| bytes as f64 * self.untold * 8e6 / span_us as f64)
    }

    /// How fast it came out of the queue, what was lost by chance, `of_all` in the mean, counted as if it had.
    #[expect(clippy::cast_precision_loss, reason = "bits of seconds")]
    pub(crate) fn served_bits_per_second(&self, of_all: f64) -> Option<f64> {
        let span_us = self.out_last_us.saturating_sub(self.out_first_us);
        let lost_bytes = self.sent_bytes.saturating_sub(self.arrived_bytes) as f64;
        let by_chance = lost_bytes.min(self.sent_bytes as f64 * of_all);
        let bytes = self.arrived_bytes.saturating_sub(self.edge_bytes) as f64 + by_chance;
        (span_us >= 50_000).then(|| bytes * self.untold * 8e6 / span_us as f64)
    }
}
