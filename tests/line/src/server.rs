//! The bottleneck: a policer, a queue, and the server that empties it.

use std::collections::VecDeque;

use crate::counts::Loss;
use crate::shape::Shape;

#[derive(Debug)]
pub(crate) struct Server<C> {
    waiting: VecDeque<Waiting<C>>,
    waiting_bytes: u64,
    /// When it is done with the first of them.
    done_us: Option<u64>,
    /// Of the policer, in bits times a million, so that no part of one is forgotten.
    tokens: u128,
    filled_us: Option<u64>,
}

#[derive(Debug)]
struct Waiting<C> {
    flow: u32,
    bytes: u32,
    sent_us: u64,
    cargo: C,
}

/// A packet that the server is done with.
#[derive(Debug)]
pub(crate) struct Served<C> {
    pub(crate) flow: u32,
    pub(crate) bytes: u32,
    pub(crate) sent_us: u64,
    pub(crate) done_us: u64,
    pub(crate) cargo: C,
}

impl<C> Default for Server<C> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            done_us: None,
            tokens: 0,
            filled_us: None,
        }
    }
}

impl<C> Server<C> {
    /// Takes a packet in, or gives it back with what it was lost to.
    pub(crate) fn enter(
        &mut self,
        now_us: u64,
        flow: u32,
        bytes: u32,
        cargo: C,
        shape: &Shape,
    ) -> Result<(), (Loss, C)> {
        if !self.police(now_us, bytes, shape) {
            return Err((Loss::Policer, cargo));
        }
        let queue = shape.queue;
        let full = self.waiting.len() as u64 >= queue.packets
            || self.waiting_bytes.saturating_add(bytes.into()) > queue.bytes
            || self.backlog_us(now_us, shape) > queue.wait_us;
        if full && !self.waiting.is_empty() {
            return Err((Loss::Queue, cargo));
        }
        self.waiting_bytes += u64::from(bytes);
        self.waiting.push_back(Waiting { flow, bytes, sent_us: now_us, cargo });
        if self.done_us.is_none() {
            self.serve(now_us, shape);
        }
        Ok(())
    }

    /// When it is done with the packet that it serves.
    pub(crate) const fn done_us(&self) -> Option<u64> {
        self.done_us
    }

    /// The packet that it is done with by `now_us`; begins to serve the next one.
    pub(crate) fn finish(&mut self, now_us: u64, shape: &Shape) -> Option<Served<C>> {
        let done_us = self.done_us.filter(|it| *it <= now_us)?;
        let Waiting { flow, bytes, sent_us, cargo } = self.waiting.pop_front()?;
        self.waiting_bytes -= u64::from(bytes);
        self.done_us = None;
        self.serve(done_us, shape);
        Some(Served { flow, bytes, sent_us, done_us, cargo })
    }

    /// Begins anew with the packet that it serves, at another rate.
    pub(crate) fn begin_again(&mut self, now_us: u64, shape: &Shape) {
        self.done_us = None;
        self.serve(now_us, shape);
    }

    /// How long a packet that comes now waits until it is served, without an outage to come.
    pub(crate) fn backlog_us(&self, now_us: u64, shape: &Shape) -> u64 {
        let Some(done_us) = self.done_us else { return 0 };
        let served = self.waiting.front().map_or(0, |it| u64::from(it.bytes));
        let behind = self.waiting_bytes.saturating_sub(served);
        done_us.saturating_sub(now_us).saturating_add(time_us(behind, shape.bits_per_second))
    }

    fn serve(&mut self, now_us: u64, shape: &Shape) {
        let Some(next) = self.waiting.front() else { return };
        let held = shape.outages.iter().filter(|it| it.holds && it.covers(now_us));
        let begins_us = held.map(crate::shape::Outage::end_us).max().unwrap_or(now_us);
        let took_us = time_us(next.bytes.into(), shape.bits_per_second);
        self.done_us = Some(begins_us.saturating_add(took_us));
    }

    /// Whether the policer lets a packet through.
    fn police(&mut self, now_us: u64, bytes: u32, shape: &Shape) -> bool {
        let Some(policer) = shape.policer else { return true };
        let most = u128::from(policer.burst_bytes) * 8_000_000;
        self.tokens = match self.filled_us {
            Some(then) => {
                let passed_us = u128::from(now_us.saturating_sub(then));
                most.min(self.tokens + passed_us * u128::from(policer.bits_per_second))
            }
            None => most,
        };
        self.filled_us = Some(now_us);
        let cost = u128::from(bytes) * 8_000_000;
        let passes = cost <= self.tokens;
        if passes {
            self.tokens -= cost;
        }
        passes
    }
}

/// How long `bytes` take; a line that carries nothing takes a day.
fn time_us(bytes: u64, bits_per_second: Option<u64>) -> u64 {
    let Some(rate) = bits_per_second else { return 0 };
    (bytes * 8_000_000).checked_div(rate).unwrap_or(86_400_000_000)
}
