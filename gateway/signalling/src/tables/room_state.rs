//! The state of one room: what everybody sees in it whoever comes, each entry with its version, who set it and when.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::words::room_state::{Slides, StateChange};

/// Raised hands of one room.
const HANDS_MAX: usize = 100;
/// Bytes of all names in the state of one room.
const NAMES_BYTES_MAX: usize = 8 * 1024;
/// A room is told its state so often at most: what changes meanwhile goes together.
const GATHER: Duration = Duration::from_millis(250);
/// Who was called and is gone, as a page is that is loaded again over a thin line, is called still if it comes back within this.
const AWAITED: Duration = Duration::from_secs(60);

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateWriter<'a> {
    /// The identity; empty for one who hides.
    pub(crate) identity: &'a str,
    /// Milliseconds since 1970.
    pub(crate) at_ms: u64,
}

/// Why a change is not made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unfit {
    /// The entry is not the one that the writer saw.
    Stale,
    /// The hand is not up.
    Down,
    /// The table is full.
    Full,
}

/// What became of the table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Changed {
    /// Nothing: it was so before.
    Nothing,
    /// Another page is shown.
    Slides,
    /// Somebody's hand is up, or down.
    Hand(String, bool),
    /// Somebody is called on, and its hand is down.
    Called(String),
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Mark {
    version: u64,
    by: String,
    at_ms: u64,
}

impl Mark {
    fn onto(&self, mut told: Map<String, Value>) -> Value {
        told.insert("by".to_owned(), self.by.as_str().into());
        told.insert("at".to_owned(), self.at_ms.into());
        told.insert("version".to_owned(), self.version.into());
        Value::Object(told)
    }
}

/// A closed list of kinds, each with its bound. Empty at the beginning, at version 0.
#[derive(Debug, Default)]
pub(crate) struct RoomState {
    version: u64,
    slides: Option<(Slides, Mark)>,
    /// First raised, first in the list.
    hands: Vec<(String, Mark)>,
    called: Option<(String, Mark)>,
    /// Who was called when it left, and when that was.
    awaited: Option<(String, Mark, Instant)>,
    /// When the room was last told, and whether something has changed since.
    told: Option<Instant>,
    waits: bool,
}

impl RoomState {
    /// Makes a change that its writer may make; `seen` is the version of the entry that the writer saw.
    pub(crate) fn change(
        &mut self,
        writer: StateWriter<'_>,
        seen: Option<u64>,
        change: StateChange,
    ) -> Result<Changed, Unfit> {
        match change {
            StateChange::Slides(slides) => self.show(writer, seen, slides),
            StateChange::Raise => self.raise(writer),
            StateChange::Lower(of) => {
                let of = of.unwrap_or_else(|| writer.identity.to_owned());
                self.lower(seen, &of)
            }
            StateChange::Call(of) => self.call(writer, seen, &of),
        }
    }

    fn show(
        &mut self,
        writer: StateWriter<'_>,
        seen: Option<u64>,
        slides: Slides,
    ) -> Result<Changed, Unfit> {
        let before = self.slides.as_ref();
        let version = before.map_or(0, |(_, mark)| mark.version);
        if seen.is_some_and(|seen| seen != version) {
            return Err(Unfit::Stale);
        }
        if before.is_some_and(|(shown, _)| *shown == slides) {
            return Ok(Changed::Nothing);
        }
        let mark = self.mark(writer);
        self.slides = Some((slides, mark));
        Ok(Changed::Slides)
    }

    fn raise(&mut self, writer: StateWriter<'_>) -> Result<Changed, Unfit> {
        let of = writer.identity.to_owned();
        if self.hand(&of).is_some() {
            return Ok(Changed::Nothing);
        }
        let names: usize = self.hands.iter().map(|(name, _)| name.len()).sum();
        if self.hands.len() >= HANDS_MAX || names + of.len() > NAMES_BYTES_MAX {
            return Err(Unfit::Full);
        }
        let mark = self.mark(writer);
        self.hands.push((of.clone(), mark));
        // Whoever wants to speak again is not the one who was called any more.
        self.called.take_if(|(called, _)| *called == of);
        self.awaited.take_if(|(called, ..)| *called == of);
        Ok(Changed::Hand(of, true))
    }

    fn lower(&mut self, seen: Option<u64>, of: &str) -> Result<Changed, Unfit> {
        let Some(version) = self.hand(of) else { return Ok(Changed::Nothing) };
        if seen.is_some_and(|seen| seen != version) {
            return Err(Unfit::Stale);
        }
        self.hands.retain(|(name, _)| name != of);
        self.grow();
        Ok(Changed::Hand(of.to_owned(), false))
    }

    fn call(
        &mut self,
        writer: StateWriter<'_>,
        seen: Option<u64>,
        of: &str,
    ) -> Result<Changed, Unfit> {
        let version = self.hand(of).ok_or(Unfit::Down)?;
        if seen.is_some_and(|seen| seen != version) {
            return Err(Unfit::Stale);
        }
        self.hands.retain(|(name, _)| name != of);
        let mark = self.mark(writer);
        (self.called, self.awaited) = (Some((of.to_owned(), mark)), None);
        Ok(Changed::Called(of.to_owned()))
    }

    /// Somebody has left: its hand goes with it; whether it was up.
    pub(crate) fn forget(&mut self, of: &str, now: Instant) -> bool {
        let up = self.hand(of).is_some();
        let called = self.called.take_if(|(called, _)| called == of);
        self.hands.retain(|(name, _)| name != of);
        if up || called.is_some() {
            self.grow();
        }
        if let Some((called, mark)) = called {
            self.awaited = Some((called, mark, now));
        }
        up
    }

    /// Somebody has come: who was called when it left is called still. Whether that changes anything.
    pub(crate) fn welcome(&mut self, who: &str, now: Instant) -> bool {
        let Some((called, mark, left)) = self.awaited.take_if(|(of, ..)| of == who) else {
            return false;
        };
        if now.saturating_duration_since(left) > AWAITED || self.called.is_some() {
            return false;
        }
        self.called = Some((called, mark));
        self.grow();
        true
    }

    /// What is left of it when everybody has gone: the page.
    pub(crate) fn without_people(self) -> Self {
        Self { version: self.version, slides: self.slides, ..Self::default() }
    }

    /// Whether nothing was ever written.
    pub(crate) const fn is_new(&self) -> bool {
        self.version == 0
    }

    /// The page that is shown, and who turned to it.
    pub(crate) fn slides(&self) -> Option<(&Slides, &str)> {
        self.slides.as_ref().map(|(slides, mark)| (slides, mark.by.as_str()))
    }

    /// The version of somebody's hand, if it is up.
    fn hand(&self, of: &str) -> Option<u64> {
        self.hands.iter().find(|(name, _)| name == of).map(|(_, mark)| mark.version)
    }

    fn mark(&mut self, writer: StateWriter<'_>) -> Mark {
        self.grow();
        let StateWriter { identity, at_ms } = writer;
        Mark { version: self.version, by: identity.to_owned(), at_ms }
    }

    const fn grow(&mut self) {
        self.version += 1;
        self.waits = true;
    }

    /// Whether the room is to be told now.
    pub(crate) fn due(&self, now: Instant) -> bool {
        self.waits && self.told.is_none_or(|at| now >= at + GATHER)
    }

    /// The room is told everything.
    pub(crate) const fn tell(&mut self, now: Instant) {
        (self.told, self.waits) = (Some(now), false);
    }

    /// As clients read it; `None` before anything was written.
    pub(crate) fn to_json(&self) -> Option<Value> {
        if self.is_new() {
            return None;
        }
        let mut told = Map::new();
        told.insert("version".to_owned(), self.version.into());
        if let Some((slides, mark)) = &self.slides {
            told.insert("slides".to_owned(), mark.onto(slides.to_json()));
        }
        let hands = self
            .hands
            .iter()
            .map(|(of, mark)| json!({ "of": of, "at": mark.at_ms, "version": mark.version }));
        told.insert("hands".to_owned(), hands.collect());
        if let Some((of, mark)) = &self.called {
            let of = Map::from_iter([("of".to_owned(), Value::from(of.as_str()))]);
            told.insert("called".to_owned(), mark.onto(of));
        }
        Some(Value::Object(told))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slides(page: u32) -> StateChange {
        let deck = "d".to_owned();
        StateChange::Slides(Slides { deck, page, pages: 9, title: "t".to_owned() })
    }

    fn by(identity: &str) -> StateWriter<'_> {
        StateWriter { identity, at_ms: 1_000 }
    }

    #[test]
    fn an_entry_says_who_set_it_and_when_and_under_which_version() {
        let mut state = RoomState::default();
        assert_eq!(state.to_json(), None);
        assert_eq!(state.change(by("zhang"), None, slides(1)), Ok(Changed::Slides));
        assert_eq!(
            state.change(by("li"), None, StateChange::Raise),
            Ok(Changed::Hand("li".into(), true))
        );
        assert_eq!(
            state.change(by("wang"), None, StateChange::Raise),
            Ok(Changed::Hand("wang".into(), true))
        );
        let called = state.change(by("zhang"), Some(2), StateChange::Call("li".to_owned()));
        assert_eq!(called, Ok(Changed::Called("li".into())));
        let told = json!({
            "version": 4,
            "slides": { "deck": "d", "page": 1, "pages": 9, "title": "t", "by": "zhang", "at": 1_000, "version": 1 },
            "hands": [{ "of": "wang", "at": 1_000, "version": 3 }],
            "called": { "of": "li", "by": "zhang", "at": 1_000, "version": 4 },
        });
        assert_eq!(state.to_json(), Some(told));
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        let mut state = RoomState::default();
        for change in [slides(2), StateChange::Raise] {
            state.change(by("li"), None, change.clone()).unwrap();
            let before = state.to_json();
            assert_eq!(state.change(by("li"), None, change), Ok(Changed::Nothing));
            assert_eq!(state.to_json(), before);
        }
        assert_eq!(state.change(by("wang"), None, StateChange::Lower(None)), Ok(Changed::Nothing));
    }

    #[test]
    fn a_writer_who_saw_another_entry_is_told() {
        let mut state = RoomState::default();
        state.change(by("li"), None, StateChange::Raise).unwrap();
        let call = || StateChange::Call("li".to_owned());
        assert_eq!(state.change(by("zhang"), Some(9), call()), Err(Unfit::Stale));
        let lower = StateChange::Lower(Some("li".to_owned()));
        assert_eq!(state.change(by("zhang"), Some(9), lower), Err(Unfit::Stale));
        assert_eq!(state.change(by("zhang"), Some(5), slides(1)), Err(Unfit::Stale));
        assert_eq!(state.change(by("zhang"), Some(0), slides(1)), Ok(Changed::Slides));
        state.change(by("li"), None, StateChange::Lower(None)).unwrap();
        assert_eq!(state.change(by("zhang"), None, call()), Err(Unfit::Down));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn who_was_called_and_raises_the_hand_again_or_leaves_is_called_no_more() {
        let start = Instant::now();
        for leaves in [false, true] {
            let mut state = RoomState::default();
            state.change(by("li"), None, StateChange::Raise).unwrap();
            state.change(by("zhang"), None, StateChange::Call("li".to_owned())).unwrap();
            match leaves {
                true => assert!(!state.forget("li", start), "the hand was down"),
                false => drop(state.change(by("li"), None, StateChange::Raise).unwrap()),
            }
            assert_eq!(state.to_json().unwrap().get("called"), None);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn who_was_called_and_comes_back_soon_is_called_still_unless_somebody_else_was() {
        let start = Instant::now();
        for (after, other, still) in
            [(AWAITED, false, true), (AWAITED * 2, false, false), (AWAITED, true, false)]
        {
            let mut state = RoomState::default();
            for name in ["li", "wang"] {
                state.change(by(name), None, StateChange::Raise).unwrap();
            }
            state.change(by("zhang"), None, StateChange::Call("li".to_owned())).unwrap();
            state.forget("li", start);
            if other {
                state.change(by("zhang"), None, StateChange::Call("wang".to_owned())).unwrap();
                state.forget("wang", start);
            }
            assert_eq!(state.welcome("li", start + after), still);
            let called = state.called.as_ref().map(|(of, _)| of.as_str());
            assert_eq!(called, still.then_some("li"));
            assert!(!state.welcome("li", start + after), "once");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn no_more_hands_are_up_than_are_told() {
        let mut state = RoomState::default();
        for number in 0..HANDS_MAX {
            state.change(by(&format!("pupil {number}")), None, StateChange::Raise).unwrap();
        }
        assert_eq!(state.change(by("one more"), None, StateChange::Raise), Err(Unfit::Full));
        assert!(state.forget("pupil 3", Instant::now()));
        assert!(state.change(by("one more"), None, StateChange::Raise).is_ok());
        let mut state = RoomState::default();
        let long = "x".repeat(NAMES_BYTES_MAX);
        assert!(state.change(by(&long), None, StateChange::Raise).is_ok());
        assert_eq!(state.change(by("li"), None, StateChange::Raise), Err(Unfit::Full));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn what_changes_in_quick_succession_is_told_together() {
        let (mut state, start) = (RoomState::default(), Instant::now());
        assert!(!state.due(start));
        state.change(by("zhang"), None, slides(1)).unwrap();
        assert!(state.due(start), "the first at once");
        state.tell(start);
        state.change(by("zhang"), None, slides(2)).unwrap();
        state.change(by("zhang"), None, slides(3)).unwrap();
        assert!(!state.due(start) && state.due(start + GATHER));
        state.tell(start + GATHER);
        assert!(!state.due(start + 2 * GATHER));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Writes(usize, Option<u64>, StateChange),
        Leaves(usize),
        Comes(usize),
    }

    const NAMES: [&str; 4] = ["li", "wang", "zhao", "zhang"];

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let name = || (0..NAMES.len()).prop_map(|it| NAMES[it].to_owned());
        let change = prop_oneof![
            (1u32..4).prop_map(slides),
            Just(StateChange::Raise),
            proptest::option::of(name()).prop_map(StateChange::Lower),
            name().prop_map(StateChange::Call),
        ];
        let seen = proptest::option::weighted(0.3, 0u64..12);
        let change = (0..NAMES.len(), seen, change);
        let step = prop_oneof![
            8 => change.prop_map(|(who, seen, change)| Step::Writes(who, seen, change)),
            1 => (0..NAMES.len()).prop_map(Step::Leaves),
            1 => (0..NAMES.len()).prop_map(Step::Comes),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        /// One version for each change and none for what changes nothing; no entry is newer than the table, no two are of
        /// one version, and nobody is called while its hand is up.
        #[test]
        fn versions_tell_changes_apart(steps in steps()) {
            #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
            let start = Instant::now();
            let mut state = RoomState::default();
            for step in steps {
                let (before, told) = (state.version, state.to_json());
                let changes = match step {
                    Step::Leaves(who) => {
                        state.forget(NAMES[who], start);
                        state.to_json() != told
                    }
                    Step::Comes(who) => state.welcome(NAMES[who], start),
                    Step::Writes(who, seen, change) => {
                        let changed = state.change(by(NAMES[who]), seen, change);
                        !matches!(changed, Err(_) | Ok(Changed::Nothing))
                    }
                };
                prop_assert_eq!(state.version, before + u64::from(changes));
                prop_assert_eq!(state.to_json() != told, changes);
                let marks = state.hands.iter().map(|(_, mark)| mark.version);
                let marks = marks.chain(state.slides.iter().map(|(_, mark)| mark.version));
                let mut marks: Vec<u64> =
                    marks.chain(state.called.iter().map(|(_, mark)| mark.version)).collect();
                let count = marks.len();
                marks.sort_unstable();
                marks.dedup();
                prop_assert_eq!(marks.len(), count);
                prop_assert!(marks.iter().all(|mark| *mark <= state.version));
                let called = state.called.as_ref();
                prop_assert!(called.is_none_or(|(of, _)| state.hand(of).is_none()));
            }
        }
    }
}
