//! Wakes a shard that waits for the system's poll, once something was put into one of its queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use mio::Waker;

/// The shard is at work.
const AWAKE: u8 = 0;
/// The shard waits in the poll.
const ASLEEP: u8 = 1;
/// Something was put into a queue since the shard looked last.
const RUNG: u8 = 2;

/// Wakes a shard for what is put into its queues. Each wake is a system call, so there is one for all that comes during
/// a wait, and none while the shard works: it looks into its queues before it waits again.
#[derive(Clone, Debug)]
pub(crate) struct Bell {
    waker: Arc<Waker>,
    state: Arc<AtomicU8>,
}

impl Bell {
    pub(crate) fn new(waker: Arc<Waker>) -> Self {
        Self { waker, state: Arc::new(AtomicU8::new(AWAKE)) }
    }

    /// Something was put into a queue.
    pub(crate) fn ring(&self) {
        if self.state.swap(RUNG, Ordering::AcqRel) == ASLEEP {
            // A wake that fails costs one tick of delay.
            let _ = self.waker.wake();
        }
    }

    /// The shard looks at all that has come until now.
    pub(crate) fn answer(&self) {
        self.state.swap(AWAKE, Ordering::AcqRel);
    }

    /// The shard is about to wait: from now on whatever is put into a queue wakes it. `false` if something came since
    /// it looked last, so that it must not wait.
    pub(crate) fn may_wait(&self) -> bool {
        let waits = self.state.compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire);
        waits.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn bell() -> (Bell, mio::Poll) {
        let poll = mio::Poll::new().unwrap();
        let waker = Waker::new(poll.registry(), mio::Token(0)).unwrap();
        (Bell::new(Arc::new(waker)), poll)
    }

    /// Whether the poll was woken.
    fn woken(poll: &mut mio::Poll) -> bool {
        let mut events = mio::Events::with_capacity(1);
        poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
        !events.is_empty()
    }

    #[test]
    fn a_wait_is_ended_once_and_who_works_is_not_woken_but_looks_again() {
        let (bell, mut poll) = bell();
        bell.ring();
        assert!(!woken(&mut poll), "the shard works");
        assert!(!bell.may_wait(), "there is something to look at");
        bell.answer();
        assert!(bell.may_wait());
        bell.ring();
        assert!(woken(&mut poll));
        bell.ring();
        assert!(!woken(&mut poll), "once for each wait");
        bell.answer();
        assert!(bell.may_wait() && !woken(&mut poll));
        bell.answer();
        bell.ring();
        assert!(!woken(&mut poll), "the wait has ended by itself");
    }

    #[test]
    fn whatever_is_brought_from_another_thread_is_looked_at_without_a_time_limit() {
        const BROUGHT: usize = 20_000;
        let (bell, mut poll) = bell();
        let (queue, mut brought) = tokio::sync::mpsc::channel(16);
        let ringer = bell.clone();
        let bringer = std::thread::spawn(move || {
            for number in 0..BROUGHT {
                queue.blocking_send(number).unwrap();
                ringer.ring();
            }
        });
        let (mut taken, mut events) = (0, mio::Events::with_capacity(1));
        while taken < BROUGHT {
            // If a ring were lost, this would wait for ever.
            let wait = (!bell.may_wait()).then_some(Duration::ZERO);
            poll.poll(&mut events, wait).unwrap();
            bell.answer();
            while brought.try_recv().is_ok() {
                taken += 1;
            }
        }
        bringer.join().unwrap();
    }
}
