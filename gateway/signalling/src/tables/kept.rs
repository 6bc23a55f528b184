//! What booked rooms that everybody has left keep for those who come back.

use std::collections::BTreeMap;

use super::chat::Chat;
use super::room_state::RoomState;

/// Rooms of which something is kept; over it that which would be forgotten first is forgotten.
const KEPT_MAX: usize = 128;
/// A room of which nobody has said when it closes is kept for so long, seconds.
const UNSAID_S: u64 = 3_600;

/// What is kept of one room.
#[derive(Debug)]
struct KeptRoom {
    /// The session that was booked: another one of the same room begins with nothing.
    session: String,
    state: RoomState,
    chat: Chat,
    /// Until when, seconds since 1970.
    until_s: u64,
}

/// Rooms that are empty and not over, by name.
#[derive(Debug, Default)]
pub(crate) struct Kept(BTreeMap<String, KeptRoom>);

impl Kept {
    /// Keeps what a room showed until it closes, `closes_s` if that was said; `false` if another was forgotten for it.
    pub(crate) fn keep(
        &mut self,
        (name, session): (String, String),
        (state, chat): (RoomState, Chat),
        closes_s: Option<u64>,
        now_s: u64,
    ) -> bool {
        let full = self.0.len() >= KEPT_MAX && !self.0.contains_key(&name);
        if full {
            let first = self.0.iter().min_by_key(|(_, entry)| entry.until_s);
            let first = first.map(|(name, _)| name.clone());
            first.into_iter().for_each(|name| self.forget(&name));
        }
        let until_s = closes_s.unwrap_or_else(|| now_s.saturating_add(UNSAID_S));
        self.0.insert(name, KeptRoom { session, state, chat, until_s });
        !full
    }

    /// Gives back what was kept of a session's room.
    pub(crate) fn take(&mut self, name: &str, session: &str) -> Option<(RoomState, Chat)> {
        let entry = self.0.remove(name).filter(|entry| entry.session == session)?;
        Some((entry.state, entry.chat))
    }

    /// A room closes at another time than was said.
    pub(crate) fn put_off(&mut self, name: &str, closes_s: u64) {
        if let Some(entry) = self.0.get_mut(name) {
            entry.until_s = closes_s;
        }
    }

    /// A room is over.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Forgets what is over at `now_s`.
    pub(crate) fn pass(&mut self, now_s: u64) {
        self.0.retain(|_, entry| entry.until_s > now_s);
    }

    /// Whether something is kept of a room.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(kept: &mut Kept, name: &str, closes_s: Option<u64>) -> bool {
        let of = (name.to_owned(), "s".to_owned());
        kept.keep(of, (RoomState::default(), Chat::default()), closes_s, 100)
    }

    #[test]
    fn a_room_is_kept_until_it_closes_and_for_its_own_session() {
        let mut kept = Kept::default();
        assert!(keep(&mut kept, "a", Some(200)) && keep(&mut kept, "b", None));
        kept.pass(199);
        assert!(kept.has("a") && kept.has("b"));
        kept.pass(200);
        assert!(!kept.has("a") && kept.has("b"));
        kept.put_off("b", 150);
        kept.pass(150);
        assert!(!kept.has("b"));
        keep(&mut kept, "a", Some(200));
        assert!(kept.take("a", "another").is_none() && !kept.has("a"));
        keep(&mut kept, "a", Some(200));
        assert!(kept.take("a", "s").is_some() && !kept.has("a"));
    }

    #[test]
    fn over_the_bound_the_room_that_closes_first_is_forgotten() {
        let mut kept = Kept::default();
        for number in 0..KEPT_MAX {
            assert!(keep(
                &mut kept,
                &format!("room {number}"),
                Some(1_000 - u64::try_from(number).unwrap())
            ));
        }
        let last = format!("room {}", KEPT_MAX - 1);
        assert!(keep(&mut kept, &last, Some(1)), "it is there already");
        assert!(!keep(&mut kept, "one more", Some(5_000)));
        assert!(!kept.has(&last) && kept.has("one more") && kept.has("room 0"));
    }
}
