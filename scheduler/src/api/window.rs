use booking::{Interval, UnixS};

use crate::config::Config;
use crate::store::Session;

/// When a session can be joined: some time before its start until some time after its end, or until
/// whoever leads it ends it for all.
pub(super) struct Window(Interval);

impl Window {
    /// The window of a session; none if it is cancelled.
    pub(super) fn of(config: &Config, session: &Session) -> Option<Self> {
        let opens = opens(config, session.interval);
        let closes = session.interval.end().plus(config.join_late_s);
        let closes = session.ended.map_or(closes, |ended| ended.min(closes));
        Interval::new(opens, closes).ok().filter(|_| !session.cancelled).map(Self)
    }

    pub(super) const fn opens(&self) -> UnixS {
        self.0.start()
    }

    /// The first moment at which it cannot be joined any more.
    pub(super) const fn closes(&self) -> UnixS {
        self.0.end()
    }

    pub(super) fn is_open(&self, now: UnixS) -> bool {
        self.opens() <= now && now < self.closes()
    }
}

/// First second in which people may enter a session at this time.
pub(super) fn opens(config: &Config, at: Interval) -> UnixS {
    at.start().minus(config.join_early_s)
}
