//! What binds a room's name to its shard: leases, held by the shard while the room is open and by whoever is on the way
//! into it. When the last one is dropped the name is free, and the room may open in another shard.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A permit to have one more room open; dropped, it is given back.
#[derive(Debug)]
pub(crate) struct RoomPermit(Arc<AtomicUsize>);

impl RoomPermit {
    /// A permit, if fewer than `most` of those that `taken` counts are taken.
    pub(crate) fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let more = |now: usize| (now < most).then_some(now + 1);
        let one = taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        one.ok().map(|_| Self(Arc::clone(taken)))
    }
}

impl Drop for RoomPermit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The right to open a room in one shard.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) room: Arc<str>,
    /// While somebody has it, the name belongs to the shard.
    pub(crate) home: Arc<()>,
    /// While somebody has it, the room counts as open.
    pub(crate) permit: Arc<RoomPermit>,
}

#[derive(Debug)]
struct LeasedName {
    home: Arc<()>,
    permit: Option<Arc<RoomPermit>>,
}

/// The leases of one shard, by the room's name.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: BTreeMap<Arc<str>, LeasedName>,
    permits: usize,
}

impl Leases {
    /// Keeps a lease that came with a command.
    pub(crate) fn hold(&mut self, lease: Lease) {
        let Lease { room, home, permit } = lease;
        let before = self.held.insert(room, LeasedName { home, permit: Some(permit) });
        self.permits += usize::from(before.is_none_or(|held| held.permit.is_none()));
    }

    /// For how many rooms a permit is held.
    pub(crate) const fn permits(&self) -> usize {
        self.permits
    }

    /// Lets go of the permits of rooms that are not `open` and that nobody is on the way into, and of names that are
    /// not `remembered` either.
    pub(crate) fn release(
        &mut self,
        open: impl Fn(&str) -> bool,
        remembered: impl Fn(&str) -> bool,
    ) {
        self.held.retain(|room, held| {
            let wanted = held.permit.as_ref().is_some_and(|permit| Arc::strong_count(permit) > 1);
            if !wanted && !open(room) {
                held.permit = None;
            }
            held.permit.is_some() || Arc::strong_count(&held.home) > 1 || remembered(room)
        });
        self.permits = self.held.values().filter(|held| held.permit.is_some()).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_held_while_the_room_is_open_or_wanted_and_a_name_while_it_is_remembered() {
        let taken = Arc::new(AtomicUsize::new(0));
        let lease = |room: &str, most| {
            let permit = Arc::new(RoomPermit::take(&taken, most)?);
            Some(Lease { room: room.into(), home: Arc::default(), permit })
        };
        let (a, b) = (lease("a", 2).unwrap(), lease("b", 2).unwrap());
        assert!(lease("c", 2).is_none(), "both permits are taken");
        let (home, permit) = (Arc::downgrade(&a.home), Arc::downgrade(&a.permit));
        let mut leases = Leases::default();
        leases.hold(a.clone());
        leases.hold(b);
        leases.hold(a.clone());
        assert_eq!(leases.permits(), 2);
        // `b` is open; somebody is on the way into `a`.
        leases.release(|room| room == "b", |_| false);
        assert_eq!(leases.permits(), 2);
        drop(a);
        leases.release(|room| room == "b", |room| room == "a");
        assert_eq!((leases.permits(), permit.strong_count(), home.strong_count()), (1, 0, 1));
        assert_eq!(taken.load(Ordering::Relaxed), 1, "the permit is free");
        leases.release(|room| room == "b", |_| false);
        assert_eq!(home.strong_count(), 0, "and the name, when it is not remembered any more");
        leases.release(|_| false, |_| false);
        assert_eq!((leases.permits(), taken.load(Ordering::Relaxed)), (0, 0));
    }
}
