//! The steps by which one person is reminded of one session.

use alloc::vec::Vec;

use crate::channel::{Channel, Reach};
use crate::night::Night;

/// How long before the start the first step is due, seconds.
pub const FIRST_S: u64 = 86_400;
/// How long an answer is waited for before the next step, at most, seconds.
pub const WAIT_S: u64 = 4 * 3_600;
/// How long before the start the booker is told that nobody answered, seconds; of a session that was booked later than twice this,
/// half-way to its start.
pub const BOOKER_S: u64 = 4 * 3_600;
/// Most steps of one person: one for each channel. Who has a phone needs no paper.
pub const STEPS_MAX: usize = 5;

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its place in the ladder, from 0; the same channel has the same place in every ladder.
    pub rung: u8,
    /// By what.
    pub channel: Channel,
    /// When, seconds since 1970.
    pub due_s: u64,
}

/// The steps for somebody whom `reach` reaches, of a session that begins at `start_s` and was booked or moved at `now_s`; none of
/// one that has begun. Each step is due from `now_s` on and before the start, each channel has one at most, and none that sounds is
/// at night: one for which there is no such time is left out.
#[must_use]
pub fn ladder(reach: Reach, start_s: u64, now_s: u64, night: &Night<'_>) -> Vec<Step> {
    if start_s <= now_s {
        return Vec::new();
    }
    let first_s = start_s.saturating_sub(FIRST_S).max(now_s);
    let half_way_s = first_s + (start_s - first_s) / 2;
    let booker_s = start_s.saturating_sub(BOOKER_S).max(half_way_s);
    let reached: Vec<(u8, Channel)> =
        (0..).zip(Channel::ALL).filter(|(_, channel)| reach.has(*channel)).collect();
    let count = u64::try_from(reached.len()).unwrap_or(u64::MAX).max(1);
    let wait_s = WAIT_S.min((booker_s - first_s) / count);
    let mut steps = Vec::with_capacity(STEPS_MAX);
    for (place, (rung, channel)) in (0_u64..).zip(reached) {
        let due_s = first_s + place * wait_s;
        if let Some(due_s) = night.kept(channel, due_s, (now_s, start_s)) {
            steps.push(Step { rung, channel, due_s });
        }
    }
    let rung = u8::try_from(Channel::ALL.len() - 1).unwrap_or(u8::MAX);
    steps.push(Step { rung, channel: Channel::Booker, due_s: booker_s });
    steps
}
