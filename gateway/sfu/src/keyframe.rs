//! How often a publisher may be asked for a keyframe: one costs as much as some seconds of video,
//! and it is paid on the publisher's thin uplink.

use media::Ms;

/// At least so long between two requests for one layer, however many listeners ask.
pub const KEYFRAME_GAP_MS: u64 = 500;

/// Paces the requests of one layer.
#[derive(Debug, Default)]
pub(crate) struct KeyframePacer {
    asked: Option<Ms>,
}

impl KeyframePacer {
    /// Whether a request may go out now; notes it if so.
    pub(crate) fn allow(&mut self, now: Ms) -> bool {
        let allowed = self.asked.is_none_or(|asked| now.since(asked) >= KEYFRAME_GAP_MS);
        if allowed {
            self.asked = Some(now);
        }
        allowed
    }
}
