//! What ends a shard's wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::Waker;

/// Ends the wait once for all that is brought before the shard looks: each wake is a system call.
#[derive(Clone, Debug)]
pub(crate) struct Bell {
    waker: Arc<Waker>,
    rung: Arc<AtomicBool>,
}

impl Bell {
    pub(crate) fn new(waker: Arc<Waker>) -> Self {
        Self { waker, rung: Arc::default() }
    }

    /// Something was brought.
    pub(crate) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            // A wake that fails costs one tick of delay.
            let _ = self.waker.wake();
        }
    }

    /// The shard looks at what was brought until now; what comes later ends its next wait.
    pub(crate) fn answer(&self) {
        self.rung.swap(false, Ordering::AcqRel);
    }
}
