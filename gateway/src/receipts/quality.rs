//! How good a voice was, estimated: the E-model of ITU-T G.107 (06/2015) with its default values, simplified for a call over
//! packets.
//!
//! R = 93.2 - Id - Ie,eff, where
//! - 93.2 is what G.107 gives for a line without fault (annex A: all values at their defaults);
//! - Id = 0.024 d + 0.11 (d - 177.3) for d over 177.3 ms, else 0.024 d: its delay impairment, as R. G. Cole and
//!   J. H. Rosenbluth drew it as two straight lines (2001); d is the time from mouth to ear in ms: half the round trip, and
//!   [`HELD_MS`] for the frame, the codec and the listener's buffer;
//! - Ie,eff = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl), with the loss Ppl in percent that is left after copies (equation
//!   7-29). BurstR is how many packets are lost in a row over how many would be by chance. For Opus no values are
//!   standardized: Ie is taken as 0, as it is at the rates that browsers choose, and Bpl as 20, between those that G.113
//!   (appendix I) gives for G.711 with concealment (25.1) and for GSM EFR (10), which conceals less.
//!
//! The opinion (MOS) follows from R as annex B has it. Echo, noise and the microphone are not in it.

/// A voice in one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VoiceWindow {
    /// Packets whose fate is known, and those of them that were lost, before copies.
    pub(crate) packets: u64,
    pub(crate) lost: u64,
    /// Lost ones that came as copies.
    pub(crate) recovered: u64,
    /// Times that packets began to be lost in a row.
    pub(crate) bursts: u64,
    pub(crate) round_trip_ms: Option<u64>,
}

/// Frame, codec and listener's buffer, in ms.
const HELD_MS: f64 = 50.0;
/// What a voice is worth without fault.
const BEST: f64 = 93.2;
const ROBUSTNESS: f64 = 20.0;
/// BurstR of which the model was made, at most; beyond it is not known.
const BURST_MAX: f64 = 8.0;
/// Below it an opinion is 1.
const WORST: f64 = 6.5;

/// The estimated opinion of a listener, 1 (bad) to 4.4; `None` where no packet's fate is known.
#[expect(clippy::cast_precision_loss, reason = "packets of ten seconds")]
pub(crate) fn opinion(voice: VoiceWindow) -> Option<f64> {
    if voice.packets == 0 {
        return None;
    }
    let part = |packets: u64| (packets as f64 / voice.packets as f64).clamp(0.0, 1.0);
    let lost_percent = 100.0 * part(voice.lost.saturating_sub(voice.recovered));
    let in_a_row = voice.lost as f64 / voice.bursts.max(1) as f64;
    let burst = (in_a_row * (1.0 - part(voice.lost))).clamp(1.0, BURST_MAX);
    let impaired = 95.0 * lost_percent / (lost_percent / burst + ROBUSTNESS);
    let late_ms = voice.round_trip_ms.unwrap_or_default() as f64 / 2.0 + HELD_MS;
    let late = 0.024 * late_ms + 0.11 * (late_ms - 177.3).max(0.0);
    let rating = (BEST - late - impaired).clamp(0.0, 100.0);
    let opinion = 1.0 + 0.035 * rating + 7e-6 * rating * (rating - 60.0) * (100.0 - rating);
    Some(if rating < WORST { 1.0 } else { opinion })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lost: u64, recovered: u64, bursts: u64, round_trip_ms: u64) -> f64 {
        let round_trip_ms = Some(round_trip_ms);
        opinion(VoiceWindow { packets: 500, lost, recovered, bursts, round_trip_ms }).unwrap()
    }

    #[test]
    fn a_good_line_is_good_and_each_fault_makes_it_worse() {
        assert!((4.35..4.45).contains(&of(0, 0, 0, 40)));
        let five = of(25, 0, 25, 40);
        assert!((3.4..3.8).contains(&five), "{five} at 5 %");
        assert!(of(25, 24, 25, 40) > 4.3, "copies make up for it");
        assert!(of(25, 0, 5, 40) < five, "in bursts");
        assert!(of(25, 0, 25, 600) < five - 0.4, "by satellite");
        assert!((1.0..2.0).contains(&of(250, 0, 100, 600)));
        assert!((of(500, 0, 1, 60_000) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn whose_packets_are_not_known_is_not_judged() {
        let none =
            VoiceWindow { packets: 0, lost: 0, recovered: 0, bursts: 0, round_trip_ms: None };
        assert_eq!(opinion(none), None);
        let odd = VoiceWindow { packets: 1, lost: 9, recovered: 90, bursts: 700, ..none };
        assert!(opinion(odd).is_some_and(|it| (1.0..=4.5).contains(&it)), "what does not add up");
    }
}
