//! What a room and its recorder know of each other: whether it is recorded, and what time it is.

use std::time::Instant;

use archive::tap::{Body, ClockSet};
use sfu::RoomId;

use super::Shard;
use crate::room::roster::Room;

/// The wall clock was set if it is so far from where it should be, microseconds.
const SET_US: u64 = 50_000;

impl Shard {
    /// Whether what is said in a room is being recorded now.
    pub(super) fn is_on_disk(&self, room: &Room) -> bool {
        let refused = self.recording.stopped || self.recording.refused.contains(&room.id.0);
        room.recorded() && self.recorder_seen && !refused
    }

    /// People must see whether they are recorded: only while a recorder listens and takes their
    /// room.
    pub(super) fn watch_recorder(&mut self) {
        if let Some(said) = self.tap.heard() {
            self.recording = said;
        }
        self.recorder_seen = self.metrics.tap_readers.get() > 0;
        let rooms = self.roster.rooms.values().filter(|room| room.recorded());
        let now: Vec<(RoomId, bool)> = rooms.map(|it| (it.id, self.is_on_disk(it))).collect();
        let changed = now.iter().filter(|(id, lit)| self.lamps.get(id) != Some(lit));
        let changed: Vec<RoomId> = changed.map(|(id, _)| *id).collect();
        self.lamps = now.into_iter().collect();
        changed.into_iter().for_each(|room| self.tell_room(room));
    }

    /// Looks where the wall clock is: a machine without a battery starts in 1970 and is set right
    /// later. What was said of people and rooms moves with it; what is recorded keeps its times, and
    /// the recorder is told how far they are off.
    pub(super) fn set_wall(&mut self, now: Instant, unix_us: u64) {
        let shown_us = self.record_us(now).saturating_add_signed(self.ahead_us);
        if shown_us.abs_diff(unix_us) < SET_US {
            return;
        }
        let moved_us = unix_us.cast_signed().saturating_sub(shown_us.cast_signed());
        self.ahead_us = self.ahead_us.saturating_add(moved_us);
        tracing::warn!(moved_ms = moved_us / 1_000, "the wall clock was set");
        let moved_ms = moved_us / 1_000;
        for it in self.roster.participants.values_mut() {
            it.joined_ms = it.joined_ms.saturating_add_signed(moved_ms);
        }
        for room in self.roster.rooms.values_mut() {
            room.created_ms = room.created_ms.saturating_add_signed(moved_ms);
        }
        let rooms: Vec<RoomId> = self.roster.rooms.keys().copied().collect();
        rooms.into_iter().for_each(|room| self.tap_clock(now, room));
    }

    /// A room begins: its recorder is told how far the clock is off, and whoever comes in now is told
    /// at once whether it is recorded.
    pub(super) fn tap_began(&mut self, now: Instant, id: RoomId) {
        if self.ahead_us != 0 {
            self.tap_clock(now, id);
        }
        if let Some(room) = self.roster.rooms.get(&id).filter(|it| it.recorded()) {
            self.lamps.insert(id, self.is_on_disk(room));
        }
    }

    /// Tells the recorder of a room how far its times are off.
    pub(super) fn tap_clock(&mut self, now: Instant, room: RoomId) {
        let body = Body::ClockSet(ClockSet { ahead_us: self.ahead_us });
        self.tap_event(now, room, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::egress::media_socket::MediaSocket;
    use crate::metrics::Metrics;
    use crate::tap::{Said, Tap};
    use session::Own;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;
    use std::time::Duration;
    use transport::dtls::Identity;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn the_wall_clock_is_followed_and_what_is_recorded_keeps_its_times() {
        let start = Instant::now();
        let socket = MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).unwrap();
        let (_tap, tap, mut items) = Tap::new("RUN".to_owned(), Metrics::default());
        let identity = Arc::new(Identity::generate().unwrap());
        let metrics = Metrics::default();
        let mut shard = Shard::new(start, Config::default(), socket, identity, tap, metrics);
        // The box has no battery.
        shard.began.1 = 5_000_000;
        let recorded = || Own { record: Some(true), ..Own::default() };
        let second = |number: u64| start + Duration::from_secs(number);
        let early = shard.open_room(start, "early", recorded());
        shard.set_wall(second(9), 14_010_000);
        // Set right, and a second later nothing new.
        let right_us = 1_795_420_800_000_000;
        shard.set_wall(second(10), right_us);
        shard.set_wall(second(11), right_us + 1_000_000);
        let late = shard.open_room(second(12), "late", recorded());
        let created = |id: RoomId| shard.roster.rooms[&id].created_ms;
        assert_eq!(created(early), right_us / 1_000 - 10_000);
        assert_eq!(created(late), right_us / 1_000 + 2_000);
        let ahead_us = right_us.cast_signed() - 15_000_000;
        let mut heard = Vec::new();
        while let Ok((_, item)) = items.try_recv() {
            let what = match item.said {
                Said::Event(Body::RoomOpened(it)) => it.name,
                Said::Event(Body::ClockSet(it)) => format!("{}", it.ahead_us - ahead_us),
                other => format!("{other:?}"),
            };
            heard.push((item.at_us, what));
        }
        let heard: Vec<_> = heard.iter().map(|(at, what)| (*at, what.as_str())).collect();
        let (early_us, set_us, late_us) = (5_000_000, 15_000_000, 17_000_000);
        assert_eq!(heard, [(early_us, "early"), (set_us, "0"), (late_us, "late"), (late_us, "0")]);
    }
}
