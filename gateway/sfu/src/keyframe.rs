//! How often a publisher may be asked for a keyframe: one costs as much as some seconds of video,
//! and it is paid on the publisher's thin uplink.

use media::Ms;

/// At least so long between two requests for one layer, however many listeners ask.
pub const KEYFRAME_GAP_MS: u64 = 500;
/// After so many requests in a row without a keyframe, the publisher is asked more seldom: a source that stands still
/// makes one in its own time, one that is off makes none.
const PATIENCE: u8 = 8;
/// The gap between two requests from then on.
const UNANSWERED_GAP_MS: u64 = 3_000;

/// Paces the requests of one layer.
#[derive(Debug, Default)]
pub(crate) struct KeyframePacer {
    asked: Option<Ms>,
    /// Requests since the last keyframe, up to [`PATIENCE`].
    unanswered: u8,
    /// A recording needs one, and asked too soon after the last request; a keyframe that comes meanwhile serves it.
    owed: bool,
}

impl KeyframePacer {
    /// Whether a request may go out now.
    pub(crate) fn ready(&self, now: Ms) -> bool {
        let gap = if self.unanswered < PATIENCE { KEYFRAME_GAP_MS } else { UNANSWERED_GAP_MS };
        self.asked.is_none_or(|asked| now.since(asked) >= gap)
    }

    /// Whether a request may go out now; notes it if so.
    pub(crate) fn allow(&mut self, now: Ms) -> bool {
        let allowed = self.ready(now);
        if allowed {
            let unanswered = self.unanswered + u8::from(self.unanswered < PATIENCE);
            *self = Self { asked: Some(now), unanswered, owed: false };
        }
        allowed
    }

    /// A request is owed from here on.
    pub(crate) const fn owe(&mut self) {
        self.owed = true;
    }

    /// Whether a request that was too soon may go out now; notes it if so.
    pub(crate) fn pay(&mut self, now: Ms) -> bool {
        self.owed && self.allow(now)
    }

    /// A keyframe came: it serves all who asked before.
    pub(crate) fn served(&mut self) {
        self.owed = false;
        self.unanswered = 0;
    }

    /// Another listener waits from here on, or the source is another one: a request makes sense again.
    pub(crate) fn renew(&mut self) {
        self.unanswered = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_goes_out_in_500_ms() {
        let mut pacer = KeyframePacer::default();
        for (at, allowed) in [(0, true), (1, false), (499, false), (500, true), (999, false)] {
            assert_eq!(pacer.allow(Ms(at)), allowed, "{at}");
        }
    }

    #[test]
    fn a_request_that_was_too_soon_goes_out_once_later() {
        let mut pacer = KeyframePacer::default();
        assert!(pacer.allow(Ms(0)));
        pacer.owe();
        let paid = [300, 499, 500, 501, 1_200].map(|at| pacer.pay(Ms(at)));
        assert_eq!(paid, [false, false, true, false, false]);
    }

    #[test]
    fn a_keyframe_serves_those_who_asked_before_it() {
        let mut pacer = KeyframePacer::default();
        assert!(pacer.allow(Ms(0)));
        pacer.owe();
        pacer.served();
        assert!(!pacer.pay(Ms(900)));
    }

    #[test]
    fn who_does_not_answer_is_asked_more_seldom_until_it_does_or_somebody_else_waits() {
        let mut pacer = KeyframePacer::default();
        let asked_in = |pacer: &mut KeyframePacer, from: u64, to: u64| {
            (from..to).step_by(50).filter(|at| pacer.allow(Ms(*at))).count()
        };
        assert_eq!(asked_in(&mut pacer, 0, 3_600), 8);
        assert_eq!(asked_in(&mut pacer, 3_600, 33_500), 9, "one in three seconds");
        pacer.renew();
        assert_eq!(asked_in(&mut pacer, 33_500, 37_500), 8);
        pacer.served();
        assert_eq!(asked_in(&mut pacer, 37_500, 39_500), 4);
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_asks_nothing_twice() {
        let mut pacer = KeyframePacer::default();
        assert!(pacer.allow(Ms(5_000)));
        assert!(!pacer.allow(Ms(5_000)) && !pacer.allow(Ms(0)));
    }
}
