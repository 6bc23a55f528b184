//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of the client arrived.

use crate::rtp::rtcp;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long arrivals are gathered for one feedback packet.
const FEEDBACK: Duration = Duration::from_millis(50);
/// Most numbers that one feedback packet covers and that are kept; what arrives beyond counts as lost.
const MAX_ARRIVALS: usize = 2_000;

/// Arrivals since the last feedback.
#[derive(Default, Debug)]
pub(super) struct Arrivals {
    times: BTreeMap<u64, Instant>,
    highest: Option<u64>,
    base: Option<Instant>,
    count: u8,
    due: Option<Instant>,
}

impl Arrivals {
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn note(&mut self, now: Instant, seq: u16) {
        let base = *self.base.get_or_insert(now);
        let highest = self.highest.unwrap_or(65_536 + u64::from(seq));
        let delta = seq.wrapping_sub(highest as u16).cast_signed();
        let seq = highest.saturating_add_signed(i64::from(delta));
        self.highest = Some(highest.max(seq));
        if self.times.len() < MAX_ARRIVALS {
            self.times.insert(seq, now.max(base));
        }
        self.due.get_or_insert(now + FEEDBACK);
    }

    /// The feedback that is due, all statuses in two-bit vectors; `media` is any SSRC of the client.
    pub(super) fn feedback(&mut self, now: Instant, sender: u32, media: u32) -> Option<Vec<u8>> {
        self.due.take_if(|t| *t <= now)?;
        let base = self.base?;
        let times = std::mem::take(&mut self.times);
        let (&first, at) = times.first_key_value()?;
        let (&last, _) = times.last_key_value()?;
        let last = last.min(first + MAX_ARRIVALS as u64 - 1);
        let since = |at: &Instant| at.saturating_duration_since(base);
        let reference = u32::try_from(since(at).as_millis() / 64).unwrap_or(u32::MAX) & 0xff_ffff;
        let mut clock = i64::try_from(since(at).as_millis() / 64 * 256).unwrap_or(i64::MAX); // ticks of 250 us
        let (mut symbols, mut deltas) = (vec![], vec![]);
        for seq in first..=last {
            let Some(at) = times.get(&seq) else {
                symbols.push(0u16);
                continue;
            };
            let tick = i64::try_from(since(at).as_micros() / 250).unwrap_or(i64::MAX);
            let delta = i16::try_from(tick - clock).unwrap_or(if tick < clock {
                i16::MIN
            } else {
                i16::MAX
            });
            clock += i64::from(delta);
            if let Ok(small) = u8::try_from(delta) {
                symbols.push(1);
                deltas.push(small);
            } else {
                symbols.push(2);
                deltas.extend_from_slice(&delta.to_be_bytes());
            }
        }
        let mut body = [sender.to_be_bytes(), media.to_be_bytes()].concat();
        body.extend_from_slice(&(first as u16).to_be_bytes());
        body.extend_from_slice(&(symbols.len() as u16).to_be_bytes());
        body.extend_from_slice(&(reference << 8 | u32::from(self.count)).to_be_bytes());
        self.count = self.count.wrapping_add(1);
        for chunk in symbols.chunks(7) {
            let bits = (0..).zip(chunk).fold(0xc000u16, |bits, (i, s)| bits | s << (12 - 2 * i));
            body.extend_from_slice(&bits.to_be_bytes());
        }
        body.extend_from_slice(&deltas);
        Some(rtcp(15, 205, &body))
    }
}
