//! Which shard has which room: looked up when somebody comes in or a server calls, never on the media path.

mod placement;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use session::AccessToken;

use crate::config::Config;
use crate::leases::{Lease, RoomPermit};
use crate::shard::{Command, ShardHandle};
use placement::Load;

/// What a room brings is in the measured load after so long.
const FRESH: Duration = Duration::from_secs(10);
/// Below so many names, those of rooms that are over are not looked for.
const NAMES_KEPT: usize = 1_024;

/// As many rooms are open as may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

/// The shard of a room. For somebody who comes into it the room keeps its place in that shard while this lives.
#[derive(Debug)]
pub(crate) struct RoomShard {
    shard: ShardHandle,
    lease: Option<Lease>,
}

impl RoomShard {
    /// Hands over a command; `false` if the shard has ended.
    pub(crate) async fn send(&self, command: Command) -> bool {
        self.shard.order(command, self.lease.clone()).await
    }

    /// The shard itself, to which everything goes once the room is open.
    pub(crate) const fn shard(&self) -> &ShardHandle {
        &self.shard
    }
}

#[derive(Debug)]
struct RoomHome {
    shard: usize,
    site: String,
    since: Instant,
    home: Weak<()>,
    permit: Weak<RoomPermit>,
}

#[derive(Debug)]
struct RoomNames {
    by_room: HashMap<Arc<str>, RoomHome>,
    /// At so many names those of rooms that are over are forgotten.
    sweep_at: usize,
}

/// All shards, and which has which room.
#[derive(Debug)]
pub(crate) struct Directory {
    first: ShardHandle,
    /// All, the first as well.
    shards: Vec<ShardHandle>,
    rooms_max: usize,
    site_in_one_shard: bool,
    /// How many rooms are open, in all shards.
    open: Arc<AtomicUsize>,
    names: Mutex<RoomNames>,
}

impl Directory {
    /// No room is open yet.
    pub(crate) fn new(config: &Config, first: ShardHandle, others: Vec<ShardHandle>) -> Self {
        let shards = [vec![first.clone()], others].concat();
        let names = RoomNames { by_room: HashMap::new(), sweep_at: NAMES_KEPT };
        Self {
            first,
            shards,
            rooms_max: config.rooms_max,
            site_in_one_shard: config.site_in_one_shard,
            open: Arc::default(),
            names: Mutex::new(names),
        }
    }

    fn names(&self) -> MutexGuard<'_, RoomNames> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every shard.
    pub(crate) fn all(&self) -> impl Iterator<Item = RoomShard> {
        self.shards.iter().map(|shard| RoomShard { shard: shard.clone(), lease: None })
    }

    /// The shard that knows a room if it is open.
    pub(crate) fn find(&self, room: &str) -> RoomShard {
        let names = self.names();
        let known = names.by_room.get(room).filter(|known| known.home.strong_count() > 0);
        let shard = self.numbered(known.map_or(0, |known| known.shard));
        RoomShard { shard, lease: None }
    }

    fn numbered(&self, shard: usize) -> ShardHandle {
        self.shards.get(shard).unwrap_or(&self.first).clone()
    }

    /// The shard of the room that a token opens.
    ///
    /// # Errors
    /// [`Full`] if the room is not open and no more can be.
    pub(crate) fn enter(&self, now: Instant, token: &AccessToken) -> Result<RoomShard, Full> {
        let site = token.attributes.get("site").map_or("", String::as_str);
        self.open(now, token.room().unwrap_or_default(), site)
    }

    /// The shard of a room that somebody of this site enters, or nobody yet.
    ///
    /// # Errors
    /// [`Full`] if the room is not open and no more can be.
    pub(crate) fn open(&self, now: Instant, room: &str, site: &str) -> Result<RoomShard, Full> {
        let mut names = self.names();
        let known = names.by_room.get(room).and_then(|known| Some((known, known.home.upgrade()?)));
        let (index, home, permit) = match known {
            Some((known, home)) => (known.shard, home, known.permit.upgrade()),
            None => (self.choose(now, &names, site), Arc::default(), None),
        };
        let shard = self.numbered(index);
        let room: Arc<str> = room.into();
        if let Some(permit) = permit {
            let lease = Some(Lease { room, home, permit });
            return Ok(RoomShard { shard, lease });
        }
        let permit = Arc::new(RoomPermit::take(&self.open, self.rooms_max).ok_or(Full)?);
        let lease = Lease { room, home, permit };
        names.note(now, &lease, index, site);
        Ok(RoomShard { shard, lease: Some(lease) })
    }

    /// Where a new room opens.
    fn choose(&self, now: Instant, names: &RoomNames, site: &str) -> usize {
        if self.shards.len() < 2 {
            return 0;
        }
        let measured = self.shards.iter().map(|shard| shard.packets_per_s());
        let load = |packets_per_s| Load { packets_per_s, ..Load::default() };
        let mut loads: Vec<Load> = measured.map(load).collect();
        let mut near = None;
        for known in names.by_room.values().filter(|known| known.permit.strong_count() > 0) {
            let Some(load) = loads.get_mut(known.shard) else { continue };
            load.rooms += 1;
            load.fresh += usize::from(now.saturating_duration_since(known.since) < FRESH);
            if self.site_in_one_shard && !site.is_empty() && known.site == site {
                near = near.max(Some((known.since, known.shard)));
            }
        }
        placement::choose(&loads, near.map(|(_, shard)| shard))
    }
}

impl RoomNames {
    /// Keeps where a room opens.
    fn note(&mut self, since: Instant, lease: &Lease, shard: usize, site: &str) {
        if self.by_room.len() >= self.sweep_at {
            self.by_room.retain(|_, known| known.home.strong_count() > 0);
            self.sweep_at = (2 * self.by_room.len()).max(NAMES_KEPT);
        }
        let (home, permit) = (Arc::downgrade(&lease.home), Arc::downgrade(&lease.permit));
        let known = RoomHome { shard, site: site.to_owned(), since, home, permit };
        self.by_room.insert(Arc::clone(&lease.room), known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn directory(shards: usize, change: impl FnOnce(&mut Config)) -> (Directory, Instant) {
        let mut config = Config::default();
        change(&mut config);
        let handles: Vec<ShardHandle> = (0..shards).map(|_| ShardHandle::idle()).collect();
        (Directory::new(&config, handles[0].clone(), handles[1..].to_vec()), Instant::now())
    }

    fn shard_of(directory: &Directory, room: &str) -> usize {
        directory.names().by_room[room].shard
    }

    #[test]
    fn a_name_belongs_to_one_shard_as_long_as_anybody_holds_its_lease() {
        let (directory, now) = directory(4, |_| {});
        let first = directory.open(now, "first", "").unwrap();
        let others: Vec<RoomShard> =
            (0..7).map(|it| directory.open(now, &format!("other {it}"), "").unwrap()).collect();
        let own = shard_of(&directory, "first");
        let again = directory.open(now, "first", "").unwrap();
        drop(first);
        assert_eq!(shard_of(&directory, "first"), own);
        // Its room was closed, and its shard remembers that: it counts as no open room.
        let Lease { home, permit, .. } = again.lease.unwrap();
        drop(permit);
        let once_more = directory.open(now, "first", "").unwrap();
        assert_eq!(shard_of(&directory, "first"), own);
        drop((home, once_more));
        // Forgotten, it may open anywhere, and another shard has less than its own by now.
        let more = ["one more", "yet one more"].map(|it| directory.open(now, it, "").unwrap());
        let _first = directory.open(now, "first", "").unwrap();
        assert_ne!(shard_of(&directory, "first"), own);
        drop((others, more));
    }

    #[test]
    fn no_more_rooms_are_open_in_all_shards_than_may_be() {
        let (directory, now) = directory(4, |it| it.rooms_max = 3);
        let mut held: Vec<RoomShard> =
            ["a", "b", "c"].map(|it| directory.open(now, it, "").unwrap()).into();
        assert_eq!(directory.open(now, "d", "").err(), Some(Full));
        assert!(directory.open(now, "a", "").is_ok(), "it is open");
        held.pop();
        assert!(directory.open(now, "d", "").is_ok());
        // Looking for a room opens none.
        drop(directory.find("e"));
        assert_eq!(directory.names().by_room.len(), 4);
    }

    #[test]
    fn rooms_of_one_site_go_to_one_shard_if_that_is_set() {
        for (together, shards) in [(true, 1), (false, 4)] {
            let (directory, now) = directory(4, |it| it.site_in_one_shard = together);
            let names = ["a", "b", "c", "d"];
            let held = names.map(|it| directory.open(now, it, "clinic").unwrap());
            let mut used = names.map(|it| shard_of(&directory, it)).to_vec();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), shards, "{used:?}");
            drop(held);
        }
    }

    #[test]
    fn names_of_rooms_that_are_over_are_forgotten() {
        let (directory, now) = directory(2, |_| {});
        let kept = directory.open(now, "kept", "").unwrap();
        for room in 0..10 * NAMES_KEPT {
            drop(directory.open(now, &room.to_string(), "").unwrap());
        }
        assert!(directory.names().by_room.len() <= NAMES_KEPT);
        assert!(directory.names().by_room.contains_key("kept"));
        drop(kept);
    }
}
