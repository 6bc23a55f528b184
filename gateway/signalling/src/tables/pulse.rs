//! Who is heard of: any genuine datagram or signalling message is a sign of life.
//!
//! Who sends sound or a camera's picture is heard of many times a second, and who only waits every 2.5 s (its ICE
//! checks) or 6 s (RFC 7675, section 5.1). So a client with a signalling connection is asked there before it is given
//! up; a device without one cannot be asked and has longer. A media path that has fallen silent is a lost line
//! too, however alive the signalling is: the others see a frozen picture.

use std::time::{Duration, Instant};

/// A client that was silent for so long is asked for a sign of life.
const ASK_AFTER: Duration = Duration::from_millis(750);
/// A client that was silent for so long is lost.
const LOST_AFTER: Duration = Duration::from_millis(2_500);
/// The same for a media path on which nothing has to flow but the checks.
const IDLE_LOST_AFTER: Duration = Duration::from_millis(6_500);

/// One participant's signs of life.
#[derive(Debug)]
pub(crate) struct Pulse {
    /// When it last said something on its signalling connection.
    said: Instant,
    /// When something last came on its media path.
    sent: Instant,
    /// Whether it was asked since it was heard.
    asked: bool,
    pub(crate) lost: bool,
}

/// What is to be done about a pulse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Felt {
    /// The client is to be asked for a sign of life.
    pub(crate) ask: bool,
    /// It has just been lost (`true`), or found again (`false`).
    pub(crate) turned: Option<bool>,
}

impl Pulse {
    /// Somebody who has just come.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { said: now, sent: now, asked: false, lost: false }
    }

    /// Since when nothing has come on its media path, if its line is lost.
    pub(crate) fn away_since(&self) -> Option<Instant> {
        self.lost.then_some(self.sent)
    }

    /// It says something, or answers that it is there.
    pub(crate) fn says(&mut self, now: Instant) {
        self.said = now;
        self.asked = false;
    }

    /// Something genuine came on its media path at `at`.
    pub(crate) fn sends(&mut self, at: Instant) {
        if at > self.sent {
            self.sent = at;
            self.asked = false;
        }
    }

    /// Checks the pulse. `flows`: the participant publishes something that never pauses.
    pub(crate) fn feel(&mut self, now: Instant, device: bool, flows: bool) -> Felt {
        let path = now.saturating_duration_since(self.sent);
        let silent = path.min(now.saturating_duration_since(self.said));
        let ask = silent >= ASK_AFTER && !self.asked;
        self.asked |= ask;
        let patience = if flows { LOST_AFTER } else { IDLE_LOST_AFTER };
        let lost = path >= patience || (!device && silent >= LOST_AFTER);
        let turned = (std::mem::replace(&mut self.lost, lost) != lost).then_some(lost);
        Felt { ask, turned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn pulse() -> (Pulse, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Pulse::new(start), move |ms| start + Duration::from_millis(ms))
    }

    #[test]
    fn who_is_silent_is_asked_once_then_lost_and_found_again() {
        let (mut pulse, at) = pulse();
        let felt = |pulse: &mut Pulse, ms| (pulse.feel(at(ms), false, false).turned, pulse.asked);
        assert_eq!(felt(&mut pulse, 749), (None, false));
        assert_eq!(felt(&mut pulse, 750), (None, true));
        pulse.says(at(800));
        assert_eq!(felt(&mut pulse, 1_000), (None, false));
        pulse.sends(at(700));
        assert_eq!(felt(&mut pulse, 3_299), (None, true), "what came before counts from its time");
        assert_eq!(felt(&mut pulse, 3_300), (Some(true), true));
        assert_eq!(felt(&mut pulse, 9_000), (None, true), "it is told once");
        pulse.sends(at(9_100));
        assert_eq!(felt(&mut pulse, 9_250), (Some(false), false));
    }

    #[test]
    fn a_media_path_that_is_silent_is_lost_however_much_is_said() {
        for (flows, patience) in [(true, 2_500), (false, 6_500)] {
            let (mut pulse, at) = pulse();
            pulse.says(at(patience));
            assert_eq!(pulse.feel(at(patience - 1), false, flows).turned, None);
            assert_eq!(pulse.feel(at(patience), false, flows).turned, Some(true));
        }
    }

    #[test]
    fn a_device_that_sends_nothing_may_be_silent_as_long_as_its_checks_may() {
        let (mut pulse, at) = pulse();
        assert_eq!(pulse.feel(at(6_499), true, false).turned, None);
        assert_eq!(pulse.feel(at(6_500), true, false).turned, Some(true));
    }
}
