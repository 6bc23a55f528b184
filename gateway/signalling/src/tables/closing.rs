//! When a booked room closes, and which rooms have closed.

use std::collections::BTreeMap;

use session::AccessToken;

use crate::words::call::ClosingReason;

/// Rooms that are remembered to have closed; over it the one that closed first is forgotten.
const CLOSED_MAX: usize = 4_096;
/// They are remembered for so long, seconds: the token of a booking, 12 hours at most, has then ended.
const CLOSED_KEPT_S: u64 = 14 * 3_600;

/// What the scheduler has said of a room's end; times in seconds since 1970.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Closing {
    pub(crate) ends_s: u64,
    pub(crate) closes_s: u64,
    pub(crate) why: ClosingReason,
    /// When it was said: of two statements the later one holds.
    pub(crate) said_s: u64,
    /// It came by a call, and not in a token: within one second the call holds.
    pub(crate) called: bool,
}

impl Closing {
    /// What a token says; none if it is not of a booking.
    pub(crate) fn of(token: &AccessToken) -> Option<Self> {
        let own = token.own.as_ref()?;
        let closes_s = own.closes_s?;
        let ends_s = own.ends_s.unwrap_or(closes_s);
        Some(Self {
            ends_s,
            closes_s,
            why: ClosingReason::Ended,
            said_s: token.made_s(),
            called: false,
        })
    }

    /// A token opens the room until then, and no longer.
    pub(crate) fn bound(self, mut token: AccessToken) -> AccessToken {
        let own = token.own.get_or_insert_default();
        (own.ends_s, own.closes_s) = (Some(self.ends_s), Some(self.closes_s));
        token.expires_s = token.expires_s.min(self.closes_s);
        token
    }

    /// What holds after `later` was said as well.
    pub(crate) fn then(self, later: Self) -> Self {
        match () {
            () if (later.said_s, later.called) < (self.said_s, self.called) => self,
            // The same time said again does not put off what people were told.
            () if later.why.voids_tokens() && self.why == later.why => {
                Self { closes_s: self.closes_s.min(later.closes_s), ..later }
            }
            () => later,
        }
    }
}

/// The end of a room as it stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct RoomEnd {
    said: Option<Closing>,
    /// Somebody who runs the room has been in it.
    led: bool,
    /// Since when all of those have left, seconds since 1970.
    unled_since_s: Option<u64>,
    /// When the room closes by all that, seconds since 1970.
    closes_s: Option<u64>,
}

impl RoomEnd {
    /// What the scheduler has said.
    pub(crate) const fn said(&self) -> Option<Closing> {
        self.said
    }

    /// When the room closes, seconds since 1970; `None` if it is not a booked one.
    pub(crate) const fn closes_s(&self) -> Option<u64> {
        self.closes_s
    }

    /// Somebody comes into the room.
    pub(crate) const fn enter(&mut self, runs_it: bool) {
        self.led |= runs_it;
    }

    /// Takes what is said of it; `true` if that changes anything.
    pub(crate) fn say(&mut self, said: Closing) -> bool {
        let before = self.said;
        self.said = Some(before.map_or(said, |before| before.then(said)));
        self.said != before
    }

    /// Takes note of whether somebody who runs the room is in it; `true` if it closes at another time by that. Once the
    /// booked time is over and those who ran it have left, it stays open for `unled_s` seconds only: a terminal that
    /// nobody switched off is no session.
    pub(crate) fn look(&mut self, now_s: u64, led: bool, unled_s: u64) -> bool {
        self.led |= led;
        self.unled_since_s = match (led, self.led) {
            (true, _) | (_, false) => None,
            (false, true) => self.unled_since_s.or(Some(now_s)),
        };
        let closes_s = self.said.map(|said| {
            let unled = self.unled_since_s.filter(|_| now_s >= said.ends_s);
            let early = unled.map(|since| since.max(said.ends_s).saturating_add(unled_s));
            early.map_or(said.closes_s, |early| early.min(said.closes_s))
        });
        let before = std::mem::replace(&mut self.closes_s, closes_s);
        before != closes_s
    }
}

/// Rooms that have closed: a token from before does not open them again.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    /// By name: when, in seconds since 1970, and why.
    rooms: BTreeMap<String, (u64, ClosingReason)>,
}

impl Closed {
    /// Remembers a room; `false` if another one was forgotten for it.
    pub(crate) fn note(&mut self, name: &str, now_s: u64, why: ClosingReason) -> bool {
        self.rooms.retain(|_, (at_s, _)| now_s.saturating_sub(*at_s) < CLOSED_KEPT_S);
        let full = self.rooms.len() >= CLOSED_MAX && !self.rooms.contains_key(name);
        if full {
            let first = self.rooms.iter().min_by_key(|(_, (at_s, _))| *at_s);
            let first = first.map(|(name, _)| name.clone());
            if let Some(name) = first {
                self.rooms.remove(&name);
            }
        }
        self.rooms.insert(name.to_owned(), (now_s, why));
        !full
    }

    /// Lets a room be opened again.
    pub(crate) fn forget(&mut self, name: &str) {
        self.rooms.remove(name);
    }

    /// Why a token that was made at `made_s` does not open the room of this name; `None` if it does.
    pub(crate) fn refuses(&self, name: &str, made_s: u64) -> Option<ClosingReason> {
        self.rooms.get(name).filter(|(at_s, _)| made_s <= *at_s).map(|(_, why)| *why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(closes_s: u64, why: ClosingReason, said_s: u64) -> Closing {
        Closing { ends_s: 1_000, closes_s, why, said_s, called: why.voids_tokens() }
    }

    #[test]
    fn the_later_word_holds_and_a_repeated_cancellation_puts_nothing_off() {
        let first = said(1_900, ClosingReason::Ended, 100);
        assert_eq!(first.then(said(2_900, ClosingReason::Ended, 99)), first);
        assert_eq!(first.then(said(2_900, ClosingReason::Ended, 101)).closes_s, 2_900);
        assert_eq!(first.then(said(1_100, ClosingReason::Ended, 101)).closes_s, 1_100);
        let cancelled = first.then(said(560, ClosingReason::Cancelled, 500));
        assert_eq!((cancelled.closes_s, cancelled.why), (560, ClosingReason::Cancelled));
        assert_eq!(cancelled.then(said(570, ClosingReason::Cancelled, 510)).closes_s, 560);
        let moved = first.then(said(560, ClosingReason::Moved, 500));
        assert_eq!(moved.then(said(570, ClosingReason::Moved, 510)).closes_s, 560);
        assert_eq!(
            cancelled.then(said(1_900, ClosingReason::Ended, 500)).why,
            ClosingReason::Cancelled
        );
        assert_eq!(
            cancelled.then(said(1_900, ClosingReason::Ended, 501)).why,
            ClosingReason::Ended
        );
    }

    #[test]
    fn a_room_whose_lead_has_left_closes_soon_after_the_booked_end() {
        let mut end = RoomEnd::default();
        assert!(!end.look(10, true, 120));
        assert_eq!(end.closes_s(), None);
        let mut end = RoomEnd::default();
        assert!(end.say(said(1_900, ClosingReason::Ended, 100)));
        assert!(!end.say(said(1_900, ClosingReason::Ended, 100)));
        // When it is looked at, whether somebody who runs it is there, and when it closes then.
        for (now_s, led, closes_s) in [
            // Nobody who runs it has come yet: people wait for a specialist who is late.
            (1_100, false, 1_900),
            (1_200, true, 1_900),
            (1_300, false, 1_420),
            (1_301, false, 1_420),
            (1_400, true, 1_900),
            (1_850, false, 1_900),
        ] {
            end.look(now_s, led, 120);
            assert_eq!(end.closes_s(), Some(closes_s), "{now_s}");
        }
        // Before the booked end the room stays, and then it has its time.
        let mut end = RoomEnd::default();
        end.say(said(1_900, ClosingReason::Ended, 100));
        assert!(end.look(500, true, 120));
        for (now_s, changes, closes_s) in
            [(600, false, 1_900), (999, false, 1_900), (1_000, true, 1_120), (1_100, false, 1_120)]
        {
            assert_eq!(end.look(now_s, false, 120), changes, "{now_s}");
            assert_eq!(end.closes_s(), Some(closes_s), "{now_s}");
        }
    }

    #[test]
    fn a_closed_room_is_opened_by_a_newer_token_only_and_the_table_is_bounded() {
        let mut closed = Closed::default();
        assert!(closed.note("a", 100, ClosingReason::Cancelled));
        let refused =
            |closed: &Closed, name: &str| [99, 100, 101].map(|it| closed.refuses(name, it));
        assert_eq!(
            refused(&closed, "a"),
            [Some(ClosingReason::Cancelled), Some(ClosingReason::Cancelled), None]
        );
        assert_eq!(refused(&closed, "b"), [None; 3]);
        for number in 1..CLOSED_MAX {
            assert!(closed.note(&format!("room {number}"), 200, ClosingReason::Ended));
        }
        assert!(closed.note("room 1", 201, ClosingReason::Ended), "it is there already");
        assert!(!closed.note("one more", 202, ClosingReason::Ended));
        assert_eq!(closed.refuses("a", 99), None, "the first is forgotten");
        assert_eq!(closed.rooms.len(), CLOSED_MAX);
        assert!(closed.note("much later", 202 + CLOSED_KEPT_S, ClosingReason::Ended));
        assert_eq!(closed.rooms.len(), 1);
        closed.forget("much later");
        assert_eq!(closed.refuses("much later", 0), None);
    }
}
