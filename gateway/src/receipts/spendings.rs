//! What people have used of their data budgets, room by room: kept over the end of a room and of the gateway, for those
//! who come again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use signalling::words::usage::{RoomSpent, Spent};

/// People of whom it is kept, in all rooms together. Over it the room is forgotten that would be first anyway.
const PEOPLE_MAX: usize = 16_384;
/// And so many bytes, with this for what is not text of each.
const BYTES_MAX: usize = 2 << 20;
const AROUND_BYTES: usize = 96;
/// It is kept for so long after the room was open last, seconds, or until its booked end; and for so long at most.
const KEPT_S: u64 = 15 * 60;
const KEPT_MOST_S: u64 = 14 * 3_600;

/// The table; also as it stands on the disk.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Spendings {
    rooms: BTreeMap<String, RoomSpendings>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct RoomSpendings {
    /// Until when, seconds since 1970.
    until_s: u64,
    people: Vec<Spent>,
}

impl Spendings {
    /// What is known of rooms that are open. Answers how many people are forgotten for it.
    pub(super) fn note(&mut self, now_s: u64, rooms: Vec<RoomSpent>) -> u64 {
        for entry in rooms {
            let ends_s = entry.ends_s.unwrap_or(0).min(now_s.saturating_add(KEPT_MOST_S));
            let until_s = now_s.saturating_add(KEPT_S).max(ends_s);
            self.rooms.insert(entry.room, RoomSpendings { until_s, people: entry.people });
        }
        self.rooms.retain(|_, kept| kept.until_s > now_s);
        self.keep_bound()
    }

    /// What people had used in a room, and had chosen there, when that is not over.
    pub(super) fn of(&self, now_s: u64, room: &str) -> Vec<Spent> {
        let kept = self.rooms.get(room).filter(|kept| kept.until_s > now_s);
        kept.map(|kept| kept.people.clone()).unwrap_or_default()
    }

    fn keep_bound(&mut self) -> u64 {
        let size = |kept: &RoomSpendings| {
            let people = kept
                .people
                .iter()
                .map(|person| AROUND_BYTES + person.identity.len() + person.site.len());
            (kept.people.len(), people.sum::<usize>())
        };
        let all = self.rooms.values().map(size);
        let (mut people, mut bytes) = all.fold((0, 0), |(a, b), size| (a + size.0, b + size.1));
        let mut forgotten = 0;
        while people > PEOPLE_MAX || bytes > BYTES_MAX {
            let first = self.rooms.iter().min_by_key(|(_, kept)| kept.until_s);
            let Some(first) = first.map(|(room, _)| room.clone()) else { break };
            let (of_it, taken) = self.rooms.remove(&first).as_ref().map_or((0, 0), size);
            people = people.saturating_sub(of_it);
            bytes = bytes.saturating_sub(taken);
            forgotten += of_it as u64;
        }
        forgotten
    }

    /// As one line of JSON.
    pub(super) fn line(&self) -> String {
        if self.rooms.is_empty() {
            String::new()
        } else {
            serde_json::to_string(self).unwrap_or_default()
        }
    }

    /// Reads such a line; nothing if there is none.
    pub(super) fn read(line: &str) -> Self {
        let mut read: Self = serde_json::from_str(line).unwrap_or_default();
        read.keep_bound();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(room: &str, ends_s: Option<u64>, people: usize) -> RoomSpent {
        let person = |it: usize| Spent { identity: it.to_string(), used: 7, ..Spent::default() };
        RoomSpent { room: room.to_owned(), ends_s, people: (0..people).map(person).collect() }
    }

    #[test]
    fn it_is_kept_for_a_while_after_the_room_and_until_the_booked_end() {
        let mut it = Spendings::default();
        let rooms = vec![
            spent("ward", None, 2),
            spent("class", Some(9_000), 3),
            spent("odd", Some(u64::MAX), 1),
        ];
        assert_eq!(it.note(1_000, rooms), 0);
        let mut it = Spendings::read(&it.line());
        let people = |it: &Spendings, now_s| {
            ["ward", "class", "odd", "none"].map(|room| it.of(now_s, room).len())
        };
        assert_eq!(people(&it, 1_000), [2, 3, 1, 0]);
        assert_eq!(people(&it, 1_000 + KEPT_S), [0, 3, 1, 0]);
        assert_eq!(people(&it, 9_000), [0, 0, 1, 0]);
        it.note(1_000 + KEPT_MOST_S, vec![]);
        assert_eq!((it.line(), it.rooms.len()), (String::new(), 0));
    }

    #[test]
    fn over_the_bound_the_room_goes_that_would_go_first() {
        let mut it = Spendings::default();
        assert_eq!(it.note(0, vec![spent("first", None, 100)]), 0);
        assert_eq!(
            it.note(1, vec![spent("second", None, 100), spent("long", Some(9_000), 100)]),
            0
        );
        assert_eq!(it.note(2, vec![spent("crowd", None, PEOPLE_MAX - 150)]), 200);
        assert_eq!(["first", "second", "long"].map(|room| it.of(2, room).len()), [0, 0, 100]);
        assert_eq!(
            it.note(3, vec![spent("too large", None, PEOPLE_MAX + 1)]),
            (PEOPLE_MAX * 2 - 149) as u64
        );
        assert_eq!(
            Spendings::read("{\"rooms\":{\"x\":7}}"),
            Spendings::default(),
            "no reader of nonsense"
        );
    }
}
