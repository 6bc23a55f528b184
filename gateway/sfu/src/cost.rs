//! What a keyframe costs the listeners that did not ask for it, and how much of that one listener may cause.

use alloc::collections::VecDeque;

use media::{Ms, Packet, RtpTime};

/// What one listener's keyframes add to what others receive of a track is judged over so long.
const WINDOW_MS: u64 = 30_000;
/// And is at most so much of it.
const PERCENT: u64 = 3;
/// A keyframe that costs more than that by itself is asked for once its share of time has passed, but after so long at
/// the latest: a slide is not missed for minutes.
const LONGEST_MS: u64 = 60_000;
/// Keyframes that are remembered of one listener: more are not asked for within the time.
const REMEMBERED: usize = 16;
/// An average of frames moves by one part in so many with each frame.
const FRAMES: u32 = 16;

/// How large the frames of a layer are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrameBytes {
    time: RtpTime,
    present: u32,
    keyframe: bool,
    last_keyframe: u32,
    others: u32,
}

impl FrameBytes {
    /// Takes a packet with media.
    pub(crate) fn note(&mut self, packet: &Packet) {
        if packet.time != self.time {
            self.end();
            (self.time, self.present, self.keyframe) = (packet.time, 0, false);
        }
        self.keyframe |= packet.keyframe;
        self.present = self.present.saturating_add(packet.bytes.into());
    }

    fn end(&mut self) {
        match (self.keyframe, self.others) {
            (true, _) => self.last_keyframe = self.present,
            (false, 0) => self.others = self.present,
            (false, others) => {
                self.others = (others - others / FRAMES).saturating_add(self.present / FRAMES);
            }
        }
    }

    /// Bytes of a keyframe beyond those of the frame that it is in place of.
    pub(crate) fn excess(&self) -> u64 {
        let keyframe =
            if self.keyframe { self.present.max(self.last_keyframe) } else { self.last_keyframe };
        keyframe.saturating_sub(self.others).into()
    }
}

/// The keyframes that others paid for, of one listener of one track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caused {
    /// When, and how many ms of the layer's own rate the excess was.
    asked: VecDeque<(Ms, u64)>,
}

impl Caused {
    /// Whether a keyframe may be asked for now that is so many bytes in excess in a layer of so many bytes a second.
    pub(crate) fn allows(&self, now: Ms, excess: u64, bytes_per_second: u64) -> bool {
        let Some(ms) = worth_ms(excess, bytes_per_second) else { return true };
        let wait = (ms * 100 / PERCENT).clamp(WINDOW_MS, LONGEST_MS);
        let recent = self.asked.iter().filter(|(at, _)| now.since(*at) < wait);
        let (count, caused) =
            recent.fold((0, 0), |(count, sum), (_, caused)| (count + 1, sum + caused));
        count == 0 || count < REMEMBERED && caused + ms <= WINDOW_MS * PERCENT / 100
    }

    /// It was asked for.
    pub(crate) fn note(&mut self, now: Ms, excess: u64, bytes_per_second: u64) {
        let Some(ms) = worth_ms(excess, bytes_per_second) else { return };
        while self.asked.len() >= REMEMBERED {
            self.asked.pop_front();
        }
        self.asked.push_back((now, ms));
    }
}

/// For how many ms a layer sends so many bytes; `None` where it sends nothing that is known.
fn worth_ms(excess: u64, bytes_per_second: u64) -> Option<u64> {
    excess.saturating_mul(1_000).checked_div(bytes_per_second).filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use media::{Layer, Picture};

    fn frame(time: u32, bytes: &[u16], keyframe: bool) -> Vec<Packet> {
        let (seq, layer, picture) = (0, Layer(0), Picture::default());
        let (time, temporal) = (RtpTime(time), None);
        let packet = |(place, bytes): (usize, &u16)| Packet {
            seq,
            time,
            layer,
            keyframe: keyframe && place == 0,
            picture,
            frame: None,
            temporal,
            bytes: *bytes,
        };
        bytes.iter().enumerate().map(packet).collect()
    }

    #[test]
    fn the_excess_is_what_a_keyframe_has_beyond_other_frames() {
        let mut sizes = FrameBytes::default();
        for time in 0..40 {
            frame(time * 3_600, &[1_000, 500], false).iter().for_each(|it| sizes.note(it));
        }
        assert_eq!(sizes.excess(), 0, "none was seen");
        frame(200_000, &[1_000; 12], true).iter().for_each(|it| sizes.note(it));
        assert_eq!(sizes.excess(), 10_500);
        frame(203_600, &[1_500], false).iter().for_each(|it| sizes.note(it));
        assert_eq!(sizes.excess(), 10_500);
    }

    /// When requests that come every 100 ms are granted, in ms.
    fn asked(excess: u64, bytes_per_second: u64, until_ms: u64) -> Vec<u64> {
        let mut caused = Caused::default();
        (0..until_ms)
            .step_by(100)
            .filter(|at| {
                let allowed = caused.allows(Ms(*at), excess, bytes_per_second);
                if allowed {
                    caused.note(Ms(*at), excess, bytes_per_second);
                }
                allowed
            })
            .collect()
    }

    #[test]
    fn keyframes_that_others_pay_for_are_three_percent_of_any_thirty_seconds() {
        assert_eq!(asked(20_000, 50_000, 61_000), [0, 100, 30_000, 30_100, 60_000, 60_100]);
        assert_eq!(asked(60_000, 50_000, 121_000), [0, 40_000, 80_000, 120_000], "one is 1.2 s");
        assert_eq!(asked(500_000, 50_000, 121_000), [0, 60_000, 120_000], "a slide");
        assert_eq!(asked(50, 50_000, 30_000).len(), REMEMBERED);
        assert_eq!(asked(0, 50_000, 1_000).len(), 10, "it costs nothing");
        assert_eq!(asked(1_000, 0, 1_000).len(), 10, "nothing is known");
    }
}
