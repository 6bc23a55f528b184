//! What is remembered of one listener of one track.

use media::{Ms, Target};

use crate::rates::Rates;
use crate::wish::{Purpose, Wish};

/// A subscription that climbed within [`SWITCHED_MS`] and was switched so often in it does not climb again on account
/// of the line: once more up and down would be too much.
const SWITCHES: usize = 3;
/// For how long a switch counts.
const SWITCHED_MS: u64 = 60_000;
/// A picture that comes and goes may come again after this.
const REST_MS: u64 = 10_000;
/// Switches down that follow each other so soon count as one, and so do switches up with none down between them: a line
/// breaks down in steps, and is climbed in steps.
const FALL_MS: u64 = 3_000;

/// What a listener asked for, apart from what the track takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct PriorWish {
    purpose: Purpose,
    priority: u8,
    top: Option<Target>,
}

/// One listener of one track.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) rates: Rates,
    /// In which round it was asked for last.
    pub(crate) round: u64,
    /// What it was granted last.
    pub(crate) granted: Option<Target>,
    asked: Option<PriorWish>,
    /// When it was switched though it did not ask for it, the latest last, and whether it climbed.
    switched: [Option<(Ms, bool)>; SWITCHES],
    /// The same, each step of a climb by itself.
    moved: [Option<Ms>; SWITCHES],
    /// When it was last given more pictures a second as soon as there was room.
    soon: Option<Ms>,
    /// When its line broke down.
    broke_down: Option<Ms>,
}

impl Subscription {
    /// Nobody asked yet.
    pub(crate) fn new() -> Self {
        let (rates, switched, moved) = (Rates::default(), [None; SWITCHES], [None; SWITCHES]);
        let (granted, asked, soon, broke_down) = (None, None, None, None);
        Self { rates, round: 0, granted, asked, switched, moved, soon, broke_down }
    }

    /// Takes what is asked for now, and answers whether it is the same as before.
    pub(crate) fn ask(&mut self, wish: &Wish<'_>) -> bool {
        let asked = PriorWish { purpose: wish.purpose, priority: wish.priority, top: wish.top };
        self.asked.replace(asked) == Some(asked)
    }

    /// The line has become another one: how often it was switched on the one before says nothing, and the switch down
    /// that this brings does not count.
    pub(crate) const fn note_breakdown(&mut self, now: Ms) {
        (self.switched, self.moved) = ([None; SWITCHES], [None; SWITCHES]);
        (self.soon, self.broke_down) = (None, Some(now));
    }

    /// It has more than before, or less, though it did not ask for it. `slower` if only the pictures a second are
    /// fewer.
    pub(crate) fn note_switch(&mut self, now: Ms, up: bool, slower: bool) {
        let last = self.switched.last().copied().flatten();
        if !up && self.broke_down.is_some_and(|at| now.since(at) < FALL_MS) {
            return;
        }
        let began = last.is_some_and(|(at, was_up)| was_up && now.since(at) < FALL_MS);
        if slower && began {
            // It has only just begun, and is not yet what it will be.
            return;
        }
        if up && last.is_none() {
            // It has only just begun.
            return;
        }
        let falls_on = |(at, was_up): (Ms, bool)| !up && !was_up && now.since(at) < FALL_MS;
        if !last.is_some_and(falls_on) {
            self.moved.rotate_left(1);
            if let Some(last) = self.moved.last_mut() {
                *last = Some(now);
            }
        }
        let goes_on = |(at, was_up): (Ms, bool)| up == was_up && (up || now.since(at) < FALL_MS);
        if !last.is_some_and(goes_on) {
            self.switched.rotate_left(1);
        } else if !up {
            return;
        }
        // A subscription that climbs step by step does not waver, and waits after each step.
        if let Some(last) = self.switched.last_mut() {
            *last = Some((now, up));
        }
    }

    /// Whether nothing has become of it for a while.
    pub(crate) fn is_rested(&self, now: Ms) -> bool {
        self.switched.last().copied().flatten().is_none_or(|(at, _)| now.since(at) >= REST_MS)
    }

    /// It has more pictures a second than before, as soon as there was room.
    pub(crate) const fn note_soon(&mut self, now: Ms) {
        self.soon = Some(now);
    }

    /// Whether it may be given more pictures a second as soon as there is room.
    pub(crate) fn may_climb_soon(&self, now: Ms) -> bool {
        self.moves(now) < SWITCHES && self.may_climb(now)
    }

    /// How often it was switched lately, [`SWITCHES`] at most, each step of a climb counted.
    fn moves(&self, now: Ms) -> usize {
        self.moved.iter().flatten().filter(|at| now.since(**at) < SWITCHED_MS).count()
    }

    /// Whether it may be given more by the line's doing.
    pub(crate) fn may_climb(&self, now: Ms) -> bool {
        let recent = self.switched.iter().flatten().filter(|(at, _)| now.since(*at) < SWITCHED_MS);
        let (switches, climbs) =
            recent.fold((0, 0), |(all, ups), (_, up)| (all + 1, ups + usize::from(*up)));
        let soon = self.soon.is_some_and(|at| now.since(at) < SWITCHED_MS);
        (switches < SWITCHES || climbs == 0) && !(soon && self.moves(now) >= SWITCHES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_climb_after(switches: &[(u64, bool)], now: u64) -> bool {
        let mut it = Subscription::new();
        switches.iter().for_each(|(at, up)| it.note_switch(Ms(*at), *up, false));
        it.may_climb(Ms(now))
    }

    #[test]
    fn who_was_switched_three_times_in_a_minute_climbs_no_more_in_it() {
        let thrice = [(0, false), (10_000, true), (20_000, false)];
        assert!(may_climb_after(&thrice[..2], 21_000));
        assert!(!may_climb_after(&thrice, 21_000) && !may_climb_after(&thrice, 59_999));
        assert!(may_climb_after(&thrice, 60_000), "the first is over");
        let begun = [(0, true), (5_000, true), (10_000, false), (20_000, true)];
        assert!(may_climb_after(&begun, 21_000), "to begin is no switch");
    }

    #[test]
    fn what_has_only_just_begun_may_lose_pictures_a_second() {
        let moves = |slower: bool| {
            let mut it = Subscription::new();
            it.note_switch(Ms(0), false, false);
            it.note_switch(Ms(10_000), true, false);
            it.note_switch(Ms(11_000), false, slower);
            (it.moves(Ms(12_000)), it.may_climb_soon(Ms(12_000)))
        };
        assert_eq!((moves(true), moves(false)), ((2, true), (3, false)));
    }

    #[test]
    fn on_a_line_that_has_become_another_one_nothing_was_tried_yet() {
        let steps = [(0, true), (4_000, false), (4_100, false), (5_000, false), (9_000, true)];
        let then = [(10_000, true), (17_000, false)];
        let soon = |breaks_down: bool| {
            let mut it = Subscription::new();
            for (at, up) in steps.into_iter().chain(then) {
                if breaks_down && at == 4_000 {
                    it.note_breakdown(Ms(at));
                }
                it.note_switch(Ms(at), up, false);
            }
            (it.moves(Ms(18_000)), it.may_climb_soon(Ms(18_000)))
        };
        assert_eq!((soon(true), soon(false)), ((1, true), (3, false)));
    }

    #[test]
    fn a_line_that_broke_down_is_climbed_again() {
        let fall = [(0, false), (100, false), (2_000, false), (9_000, false), (18_000, false)];
        assert!(may_climb_after(&fall, 20_000), "never up");
        let back = [(0, false), (100, false), (2_000, false), (6_000, true)];
        assert!(may_climb_after(&back, 9_000), "the fall is one switch");
        assert!(
            may_climb_after(&[back.as_slice(), &[(9_000, true)]].concat(), 12_000),
            "and the climb"
        );
        let again = [back.as_slice(), &[(9_000, true), (12_000, false)]].concat();
        assert!(!may_climb_after(&again, 15_000), "down, up and down");
    }
}
