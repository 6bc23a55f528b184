//! People whose room tokens from before do not hold any more.

use std::collections::BTreeMap;

/// People that are remembered; over it the one whose tokens are the oldest is forgotten.
const WITHDRAWN_MAX: usize = 4_096;
/// They are remembered for so long, seconds: the token of a booking, 12 hours at most, has then ended.
const KEPT_S: u64 = 14 * 3_600;

/// The last second of the tokens that do not hold, by room and identity.
#[derive(Debug, Default)]
pub(crate) struct Withdrawals {
    until_s: BTreeMap<(String, String), u64>,
}

impl Withdrawals {
    /// Remembers that somebody's tokens of a room do not hold that were made by `until_s`; `false` if another one was
    /// forgotten for it. An earlier second changes nothing.
    pub(crate) fn note(&mut self, room: &str, identity: &str, until_s: u64, now_s: u64) -> bool {
        self.until_s.retain(|_, until_s| now_s.saturating_sub(*until_s) < KEPT_S);
        let key = (room.to_owned(), identity.to_owned());
        let full = self.until_s.len() >= WITHDRAWN_MAX && !self.until_s.contains_key(&key);
        if full {
            let oldest = self.until_s.iter().min_by_key(|(_, until_s)| **until_s);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.until_s.remove(&oldest);
            }
        }
        let kept_s = self.until_s.entry(key).or_default();
        *kept_s = until_s.max(*kept_s);
        !full
    }

    /// Whether a token of this room that was made at `made_s` does not hold.
    pub(crate) fn refuses(&self, room: &str, identity: &str, made_s: u64) -> bool {
        let until_s = self.until_s.get(&(room.to_owned(), identity.to_owned()));
        until_s.is_some_and(|until_s| made_s <= *until_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_from_before_do_not_hold_and_later_ones_do() {
        let mut withdrawn = Withdrawals::default();
        assert!(withdrawn.note("ward", "li", 100, 100));
        let refused = |it: &Withdrawals| [99, 100, 101].map(|at| it.refuses("ward", "li", at));
        assert_eq!(refused(&withdrawn), [true, true, false]);
        assert!(!withdrawn.refuses("ward", "wang", 99) && !withdrawn.refuses("class", "li", 99));
        assert!(withdrawn.note("ward", "li", 98, 100), "said again it puts nothing back");
        assert_eq!(refused(&withdrawn), [true, true, false]);
        assert!(withdrawn.note("ward", "li", 101, 101));
        assert_eq!(refused(&withdrawn), [true, true, true]);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_what_cannot_come_any_more() {
        let mut withdrawn = Withdrawals::default();
        for number in 0..WITHDRAWN_MAX {
            let until_s = 100 + u64::try_from(number).unwrap();
            assert!(withdrawn.note("ward", &format!("person {number}"), until_s, 100));
        }
        assert!(withdrawn.note("ward", "person 1", 102, 100), "it is there already");
        assert!(!withdrawn.note("ward", "one more", 9_000, 9_000));
        assert!(!withdrawn.refuses("ward", "person 0", 99), "the oldest is forgotten");
        assert!(withdrawn.refuses("ward", "person 1", 99));
        assert!(withdrawn.note("ward", "much later", 90_000, 9_000 + KEPT_S));
        assert_eq!(withdrawn.until_s.len(), 1);
    }
}
