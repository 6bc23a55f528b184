//! What servers decided about people. It holds as long as the room, for everybody who comes with the identity, over
//! whichever door and with whichever token.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use session::AccessToken;

use crate::words::call::UpdateParticipant;
use crate::words::participant::Permission;
use crate::words::track::TrackSource;

/// People of one room about whom something is decided. Over it, what was decided first about somebody who is not in the
/// room is forgotten.
pub(crate) const DECISIONS_MAX: usize = 1_024;

/// Somebody was removed and may not come in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Removed;

/// What is decided about one person.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// Its place in the order of all.
    made: u64,
    pub(crate) removed: bool,
    pub(crate) permission: Option<Permission>,
    /// Empty: nothing is decided about it.
    pub(crate) name: String,
    pub(crate) metadata: String,
    /// An attribute without a value was taken away.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Sources whose tracks are mute until the person says otherwise.
    pub(crate) muted: BTreeSet<TrackSource>,
}

impl Decision {
    /// Takes a description, which was found to be short enough.
    pub(crate) fn describe(&mut self, ask: &UpdateParticipant) {
        if !ask.name.is_empty() {
            self.name.clone_from(&ask.name);
        }
        if !ask.metadata.is_empty() {
            self.metadata.clone_from(&ask.metadata);
        }
        let attributes = ask.attributes.iter();
        self.attributes.extend(attributes.map(|(key, value)| (key.clone(), value.clone())));
    }

    /// Bytes of its texts with those of `ask`.
    pub(crate) fn len_with(&self, ask: &UpdateParticipant) -> usize {
        let all = self.attributes.iter().chain(&ask.attributes);
        let attributes: usize = all.map(|(key, value)| key.len() + value.len()).sum();
        let texts = [&self.name, &self.metadata, &ask.name, &ask.metadata];
        attributes + texts.map(String::len).iter().sum::<usize>()
    }
}

/// All decisions of one room.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    list: HashMap<String, Decision>,
    made: u64,
}

impl Decisions {
    /// What is decided about `identity`.
    pub(crate) fn of(&self, identity: &str) -> Option<&Decision> {
        self.list.get(identity)
    }

    /// What is to be decided about `identity`, and whether another decision was forgotten for it.
    pub(crate) fn on(
        &mut self,
        identity: &str,
        is_here: impl Fn(&str) -> bool,
    ) -> (&mut Decision, bool) {
        let full = !self.list.contains_key(identity) && self.list.len() >= DECISIONS_MAX;
        if full {
            let first = self.list.iter().min_by_key(|(of, decision)| (is_here(of), decision.made));
            let first = first.map(|(of, _)| of.clone());
            first.into_iter().for_each(|of| drop(self.list.remove(&of)));
        }
        self.made += 1;
        let decision = self.list.entry(identity.to_owned()).or_default();
        decision.made = self.made;
        (decision, full)
    }

    /// Somebody has unmuted its own track.
    pub(crate) fn unmuted(&mut self, identity: &str, source: TrackSource) {
        if let Some(decision) = self.list.get_mut(identity) {
            decision.muted.remove(&source);
        }
    }

    /// Whether tracks of `identity` from this source are mute.
    pub(crate) fn mutes(&self, identity: &str, source: TrackSource) -> bool {
        self.list.get(identity).is_some_and(|decision| decision.muted.contains(&source))
    }

    /// Makes a token say what is decided.
    pub(crate) fn apply(&self, identity: &str, token: &mut AccessToken) -> Result<(), Removed> {
        let Some(decision) = self.list.get(identity) else { return Ok(()) };
        if decision.removed {
            return Err(Removed);
        }
        if let Some(set) = &decision.permission {
            token.video = set.onto(&token.video);
        }
        if !decision.name.is_empty() {
            token.name.clone_from(&decision.name);
        }
        if !decision.metadata.is_empty() {
            token.metadata.clone_from(&decision.metadata);
        }
        let attributes = decision.attributes.iter();
        token.attributes.extend(attributes.map(|(key, value)| (key.clone(), value.clone())));
        token.attributes.retain(|_, value| !value.is_empty());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_wins_over_any_token() {
        let mut decisions = Decisions::default();
        let mut token = AccessToken::for_room("r", "li", "Li", 0, 60);
        assert_eq!(decisions.apply("li", &mut token), Ok(()));
        assert!(token.video.may_publish());
        let ask = UpdateParticipant {
            name: "小李".to_owned(),
            attributes: BTreeMap::from([("role".to_owned(), String::new())]),
            ..Default::default()
        };
        let (decision, _) = decisions.on("li", |_| true);
        decision.describe(&ask);
        decision.permission = Some(Permission::default());
        for _ in 0..2 {
            let mut token = AccessToken::for_room("r", "li", "Li", 0, 60);
            token.attributes.insert("role".to_owned(), "lead_teacher".to_owned());
            assert_eq!(decisions.apply("li", &mut token), Ok(()));
            assert_eq!((token.name.as_str(), token.attributes.len()), ("小李", 0));
            assert!(!token.video.may_publish() && !token.video.may_subscribe());
            assert_eq!(token.room(), Some("r"));
        }
        decisions.on("li", |_| true).0.removed = true;
        assert_eq!(decisions.apply("li", &mut token), Err(Removed));
        assert_eq!(decisions.apply("wang", &mut token), Ok(()));
    }

    #[test]
    fn the_first_about_somebody_who_is_not_there_is_forgotten() {
        let mut decisions = Decisions::default();
        let names: Vec<String> = (0..DECISIONS_MAX).map(|it| it.to_string()).collect();
        for name in &names {
            assert!(!decisions.on(name, |_| false).1);
        }
        // Decided again: it is no longer the first.
        assert!(!decisions.on("0", |_| false).1);
        let here = |of: &str| of == "1" || of == "2";
        assert!(decisions.on("new", here).1);
        assert_eq!(decisions.list.len(), DECISIONS_MAX);
        assert!(["0", "1", "2", "4", "new"].iter().all(|it| decisions.of(it).is_some()));
        assert!(decisions.of("3").is_none());
        // Nobody may be missing: then the very first goes.
        assert!(decisions.on("newer", |_| true).1);
        assert!(decisions.of("1").is_none() && decisions.of("newer").is_some());
    }
}
