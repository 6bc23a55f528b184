//! What a listener had in a span of a call.

use std::fmt;

use super::world::World;

/// A span, in seconds.
pub(super) type Span = (u64, u64);

/// What one listener had.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figures {
    pub(super) fps: f64,
    pub(super) width: u16,
    /// Parts of the time, in hundredths: the picture stood still though it was not said to be paused; it was said to be.
    pub(super) frozen: f64,
    pub(super) paused: f64,
    /// The part of the sound that was made up, in hundredths.
    pub(super) concealed: f64,
    /// From the microphone to the ear.
    pub(super) delay_p95_ms: u64,
    pub(super) kbit_per_s: f64,
    pub(super) keyframes_asked: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fps, width, frozen, paused, concealed, delay_p95_ms, .. } = self;
        let (rate, asked) = (self.kbit_per_s, self.keyframes_asked);
        write!(
            to,
            "{fps:5.1} {width:5} {frozen:7.1} {paused:7.1} {concealed:9.2} {delay_p95_ms:6} {rate:7.0} {asked:6}"
        )
    }
}

/// The heading of a table of figures.
pub(super) const HEADING: &str = "  fps width frozen% paused% concealed%  delay  kbit/s  asked";

/// What was counted of a listener before a span.
struct Before {
    played: u64,
    concealed: u64,
    delays: usize,
    bytes: u64,
}

fn counted(world: &World, listener: usize) -> Before {
    let heard = || world.listener(listener).heard();
    Before {
        played: heard().map(|it| it.played).sum(),
        concealed: heard().map(|it| it.concealed).sum(),
        delays: heard().map(|it| it.delays_us.len()).sum(),
        bytes: world.bytes_down(listener),
    }
}

/// Goes on to the end of a span; answers what these listeners of one voice and one camera had in it.
pub(super) fn measure(
    world: &mut World,
    listeners: &[usize],
    (from_s, to_s): Span,
) -> Vec<Figures> {
    let (from_us, to_us) = (from_s * 1_000_000, to_s * 1_000_000);
    world.run_until(from_us);
    let before: Vec<_> = listeners.iter().map(|it| counted(world, *it)).collect();
    world.run_until(to_us);
    let each = listeners.iter().zip(before);
    each.map(|(listener, before)| figures(world, *listener, &before, (from_us, to_us))).collect()
}

fn figures(world: &World, listener: usize, before: &Before, (from_us, to_us): Span) -> Figures {
    let after = counted(world, listener);
    let seconds = (to_us - from_us) as f64 / 1_000_000.0;
    let (played, concealed) = (after.played - before.played, after.concealed - before.concealed);
    let heard = world.listener(listener).heard();
    let mut delays_us: Vec<u64> = heard.flat_map(|it| it.delays_us.iter().copied()).collect();
    delays_us.drain(..before.delays);
    delays_us.sort_unstable();
    let within = |at_us: u64| (from_us..to_us).contains(&at_us);
    let seen = || world.listener(listener).seen();
    let shown = || seen().flat_map(|it| &it.shown).filter(|it| within(it.0));
    let mut widths: Vec<u16> = shown().map(|it| it.1).collect();
    widths.sort_unstable();
    let paused_us = paused_us(world.paused(listener), (from_us, to_us));
    let frozen_us: u64 = seen().map(|it| it.frozen_us(from_us, to_us)).sum();
    let part = |us: u64| us as f64 / 10_000.0 / seconds;
    Figures {
        fps: widths.len() as f64 / seconds,
        width: widths.get(widths.len() / 2).copied().unwrap_or_default(),
        frozen: part(frozen_us.saturating_sub(paused_us)),
        paused: part(paused_us),
        concealed: 100.0 * concealed as f64 / (played + concealed).max(1) as f64,
        delay_p95_ms: delays_us.get(delays_us.len() * 95 / 100).copied().unwrap_or_default()
            / 1_000,
        kbit_per_s: (after.bytes - before.bytes) as f64 * 8.0 / 1_000.0 / seconds,
        keyframes_asked: seen().flat_map(|it| &it.asked_us).filter(|it| within(**it)).count(),
    }
}

/// How long a track was said to be paused in a span, by when it was said to be paused and to go on.
fn paused_us(told: &[(u64, bool)], (from_us, to_us): Span) -> u64 {
    let (mut since_us, mut sum_us) = (None, 0);
    for (at_us, paused) in told.iter().copied().chain([(to_us, false)]) {
        let at_us = at_us.clamp(from_us, to_us);
        match (paused, since_us) {
            (true, None) => since_us = Some(at_us),
            (false, Some(begun_us)) => (since_us, sum_us) = (None, sum_us + at_us - begun_us),
            _ => {}
        }
    }
    sum_us
}
