//! Traffic of others in the same queue.

use std::collections::VecDeque;

use crate::shape::{Cross, Traffic};

/// Bytes of each packet on the wire.
const PACKET_BYTES: u32 = 1200;
/// Packets that a download begins with (RFC 6928).
const FIRST_WINDOW: f64 = 10.0;
/// CUBIC's constants (RFC 9438, section 4.1): how fast the window grows, and what of it is left after a loss.
const GROWTH: f64 = 0.4;
const LEFT: f64 = 0.7;

/// Packets that the other end of a download takes, and how far away it is at least.
const MOST_WINDOW: f64 = 1000.0;
const LEAST_TRIP_US: u64 = 10_000;

#[derive(Debug)]
pub(crate) struct Sender {
    traffic: Traffic,
    end_us: u64,
    /// When a constant stream sends next, or a download may.
    due_us: u64,
    window: Window,
    /// What comes back to a download, and when; in the order of sending, so almost sorted.
    news: VecDeque<News>,
    flying: u32,
}

#[derive(Debug, Clone, Copy)]
struct News {
    at_us: u64,
    trip_us: u64,
    lost: bool,
}

/// How much of a download may be on the way.
#[derive(Debug)]
struct Window {
    packets: f64,
    /// Below it the window doubles in a round trip.
    threshold: f64,
    /// The window before the last loss, and when that was.
    full: f64,
    cut_us: u64,
    /// Losses known before this belong to the last cut.
    blind_us: u64,
}

impl Sender {
    pub(crate) const fn new(cross: Cross) -> Self {
        let window = Window {
            packets: FIRST_WINDOW,
            threshold: f64::MAX,
            full: 0.0,
            cut_us: 0,
            blind_us: 0,
        };
        Self {
            traffic: cross.traffic,
            end_us: cross.at_us.saturating_add(cross.length_us),
            due_us: cross.at_us,
            window,
            news: VecDeque::new(),
            flying: 0,
        }
    }

    /// When it sends or hears next.
    pub(crate) fn next_us(&self) -> Option<u64> {
        let news = self.news.front().map(|it| it.at_us);
        let due = Some(self.due_us).filter(|it| *it < self.end_us);
        [news, due].into_iter().flatten().min()
    }

    /// Bytes of the packet that it sends now; to be asked until there is none.
    pub(crate) fn send(&mut self, now_us: u64) -> Option<u32> {
        while let Some(news) = self.news.front().copied().filter(|it| it.at_us <= now_us) {
            self.news.pop_front();
            self.flying = self.flying.saturating_sub(1);
            if news.lost {
                self.window.cut(now_us, news.trip_us);
            } else {
                self.window.grow(now_us, news.trip_us);
            }
            self.due_us = self.due_us.min(now_us);
        }
        if self.due_us > now_us || now_us >= self.end_us {
            return None;
        }
        match self.traffic {
            Traffic::Constant { bits_per_second } => {
                let gap_us = u64::from(PACKET_BYTES) * 8_000_000 / bits_per_second.max(1);
                self.due_us += gap_us.max(1);
            }
            Traffic::Greedy if f64::from(self.flying) + 1.0 > self.window.packets => {
                self.due_us = u64::MAX;
                return None;
            }
            Traffic::Greedy => self.flying += 1,
        }
        Some(PACKET_BYTES)
    }

    /// A packet of it that was sent at `sent_us` will be known at `back_us` to have arrived.
    pub(crate) fn acknowledged(&mut self, sent_us: u64, back_us: u64) {
        self.hear(News { at_us: back_us, trip_us: back_us.saturating_sub(sent_us), lost: false });
    }

    /// A packet of it will be known at `known_us` to be lost.
    pub(crate) fn lost(&mut self, known_us: u64, trip_us: u64) {
        self.hear(News { at_us: known_us, trip_us, lost: true });
    }

    fn hear(&mut self, news: News) {
        if self.traffic == Traffic::Greedy {
            let near_us = LEAST_TRIP_US.saturating_sub(news.trip_us);
            let news = News { at_us: news.at_us.saturating_add(near_us), ..news };
            let place = self.news.partition_point(|it| it.at_us <= news.at_us);
            self.news.insert(place, news);
        }
    }
}

impl Window {
    /// Slow start, then CUBIC, and never slower than Reno (RFC 9438, sections 4.2 and 4.3).
    fn grow(&mut self, now_us: u64, trip_us: u64) {
        if self.packets < self.threshold {
            self.packets = (self.packets + 1.0).min(MOST_WINDOW);
            return;
        }
        let seconds = |us: u64| std::time::Duration::from_micros(us).as_secs_f64();
        let since = seconds(now_us.saturating_sub(self.cut_us));
        let back = (self.full * (1.0 - LEFT) / GROWTH).cbrt();
        let cubic = GROWTH * (since + seconds(trip_us) - back).powi(3) + self.full;
        let reno = self.full * LEFT + 0.53 * since / seconds(trip_us.max(LEAST_TRIP_US));
        let aim = cubic.max(reno).clamp(self.packets, 1.5 * self.packets);
        self.packets = (self.packets + (aim - self.packets) / self.packets).min(MOST_WINDOW);
    }

    /// One loss in a round trip halves the window, or nearly; those that follow it were of the same queue.
    fn cut(&mut self, now_us: u64, trip_us: u64) {
        if now_us < self.blind_us {
            return;
        }
        self.blind_us = now_us.saturating_add(trip_us);
        self.full = self.packets;
        self.cut_us = now_us;
        self.packets = (self.packets * LEFT).max(2.0);
        self.threshold = self.packets;
    }
}
