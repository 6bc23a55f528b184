//! How loud a track of sound is, from the loudness that publishers write next to it (RFC 6464).
//!
//! A voice is judged over a window: it speaks if a good part of its packets is loud, so that a
//! cough or a door is no speech. Its level follows over several windows.

/// Speech is at least so loud, in -dBov; quiet rooms are at 50 to 70.
const SPEECH: u8 = 35;
/// Speech has at least so many of 100 packets that loud, and so many at all.
const LOUD_OF_100: u32 = 40;
const LOUD_MIN: u32 = 3;
/// The new window's part in the level.
const FRESH: f32 = 2.0 / 3.0;

/// The loudness of one track in the present window, and what was made of those before.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    packets: u32,
    loud: u32,
    /// The sum of loud packets' levels, in dB above [`SPEECH`].
    above: u32,
    level: f32,
}

impl Voice {
    /// One packet, in -dBov: 0 is the loudest, 127 silence.
    pub(crate) fn hear(&mut self, level: u8) {
        self.packets = self.packets.saturating_add(1);
        if level <= SPEECH {
            self.loud = self.loud.saturating_add(1);
            self.above = self.above.saturating_add(u32::from(SPEECH - level));
        }
    }

    /// Ends the window: the level, 0 to 1, or 0 if it does not speak. Muted is silent at once.
    pub(crate) fn end_window(&mut self, muted: bool) -> f32 {
        let speaks = self.loud >= LOUD_MIN && self.loud * 100 >= self.packets * LOUD_OF_100;
        let fresh = match speaks {
            // From the threshold of speech, a little over nothing, to the loudest there is.
            true => 0.1 + 0.9 * (self.above as f32 / self.loud as f32) / f32::from(SPEECH),
            false => 0.0,
        };
        let level = if muted { 0.0 } else { self.level + (fresh - self.level) * FRESH };
        // One silent window is a breath: the level falls, the second ends it.
        let level = if level < 0.05 { 0.0 } else { level };
        *self = Self { level, ..Self::default() };
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(voice: &mut Voice, loud: u32, quiet: u32) -> f32 {
        (0..loud).for_each(|_| voice.hear(20));
        (0..quiet).for_each(|_| voice.hear(60));
        voice.end_window(false)
    }

    #[test]
    fn speech_is_heard_at_once_and_a_cough_is_not() {
        let mut voice = Voice::default();
        assert!(window(&mut voice, 20, 0) > 0.2);
        let mut voice = Voice::default();
        assert_eq!(window(&mut voice, 2, 0), 0.0);
        assert_eq!(window(&mut voice, 7, 13), 0.0);
        assert!(window(&mut voice, 8, 12) > 0.0);
    }

    #[test]
    fn a_breath_does_not_end_speech_and_silence_does() {
        let mut voice = Voice::default();
        (0..5).for_each(|_| assert!(window(&mut voice, 20, 0) > 0.0));
        assert!(window(&mut voice, 0, 20) > 0.0, "a breath");
        assert_eq!((0..3).map(|_| window(&mut voice, 0, 20)).last(), Some(0.0));
        (0..5).for_each(|_| assert!(window(&mut voice, 20, 0) > 0.0));
        assert_eq!((0..4).map(|_| window(&mut voice, 0, 0)).last(), Some(0.0), "nothing came");
    }

    #[test]
    fn muted_is_silent_at_once() {
        let mut voice = Voice::default();
        window(&mut voice, 20, 0);
        (0..20).for_each(|_| voice.hear(5));
        assert_eq!(voice.end_window(true), 0.0);
    }

    #[test]
    fn louder_is_higher_and_never_over_one() {
        let level = |loudness: u8| {
            let mut voice = Voice::default();
            let windows = (0..10).map(|_| {
                (0..20).for_each(|_| voice.hear(loudness));
                voice.end_window(false)
            });
            windows.last().unwrap()
        };
        assert!(level(30) < level(20) && level(20) < level(0) && level(0) <= 1.0);
        assert_eq!(level(36), 0.0);
    }
}
