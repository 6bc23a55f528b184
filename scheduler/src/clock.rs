//! Where the time comes from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use booking::UnixS;

/// The room's clock: the machine's, or one that a test sets.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place where this room reads the clock"
            )]
            let now = SystemTime::now();
            now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
        }))
    }

    /// A clock that shows whatever `seconds` (since 1970, UTC) was last set to.
    #[must_use]
    pub fn told(seconds: Arc<AtomicU64>) -> Self {
        Self(Arc::new(move || seconds.load(Ordering::Relaxed)))
    }

    /// The time now.
    pub(crate) fn now(&self) -> UnixS {
        UnixS((self.0)())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").finish_non_exhaustive()
    }
}
