//! Who speaks, from the loudness that publishers write next to their sound (RFC 6464).
//!
//! A voice is judged over a window: it speaks if a good part of its packets is loud, so that a
//! cough or a door is no speech. Its level follows over several windows, in eighths, so that what
//! nobody would see is not told.

use std::collections::BTreeMap;

use crate::ids::ParticipantId;

/// Steps in which levels are told.
const STEPS: f32 = 8.0;

/// What a room is to be told of one participant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) who: ParticipantId,
    /// 0 to 1; 0 = stopped speaking.
    pub(crate) level: f32,
}

/// What was told of everybody.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    /// In steps; people who do not speak are not in it.
    told: BTreeMap<ParticipantId, u8>,
}

impl Speakers {
    /// Takes the level of every voice, several of one participant if it has them, and answers what
    /// has changed.
    pub(crate) fn changes(
        &mut self,
        voices: impl Iterator<Item = (ParticipantId, f32)>,
    ) -> Vec<Change> {
        let mut levels: BTreeMap<ParticipantId, u8> = BTreeMap::new();
        for (who, level) in voices {
            let steps = (level.clamp(0.0, 1.0) * STEPS).ceil() as u8;
            let loudest = levels.entry(who).or_default();
            *loudest = steps.max(*loudest);
        }
        // Somebody who spoke and has no voice any more is silent.
        for who in self.told.keys() {
            levels.entry(*who).or_default();
        }
        let before = std::mem::take(&mut self.told);
        let changed = |(who, steps): &(&ParticipantId, &u8)| {
            before.get(who).copied().unwrap_or_default() != **steps
        };
        let changes = levels.iter().filter(changed).map(|(who, steps)| change(*who, *steps));
        let changes = changes.collect();
        self.told = levels.into_iter().filter(|(_, steps)| *steps > 0).collect();
        changes
    }

    /// What was told of one participant, if it speaks.
    pub(crate) fn told(&self, who: ParticipantId) -> Option<Change> {
        self.told.get(&who).map(|steps| change(who, *steps))
    }
}

fn change(who: ParticipantId, steps: u8) -> Change {
    Change { who, level: f32::from(steps) / STEPS }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ParticipantId = ParticipantId(1);

    #[test]
    fn only_changes_are_told() {
        let mut speakers = Speakers::default();
        let mut told = |level: f32| speakers.changes([(ONE, 0.0), (ONE, level)].into_iter());
        assert_eq!(told(0.0), []);
        assert_eq!(told(0.5), [Change { who: ONE, level: 0.5 }]);
        assert_eq!(told(0.45), [], "the same step");
        assert_eq!(told(1.0), [Change { who: ONE, level: 1.0 }]);
        assert_eq!(told(0.0), [Change { who: ONE, level: 0.0 }]);
        assert_eq!(told(0.0), []);
        told(1.0);
        assert_eq!(speakers.told(ONE), Some(Change { who: ONE, level: 1.0 }));
        let ended = speakers.changes([].into_iter());
        assert_eq!(ended, [Change { who: ONE, level: 0.0 }], "its track has ended");
        assert_eq!(speakers.told(ONE), None);
    }
}
