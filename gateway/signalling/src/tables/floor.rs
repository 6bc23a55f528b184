//! Who has the floor: the one whose picture people look at.
//!
//! Who speaks changes with each breath; a picture that changes its size with it is worse than one that is a little late.
//! So the floor goes to somebody who spoke for a while as the holder was silent, and stays for a while.

use crate::ids::ParticipantId;

/// Windows of loudness ([`crate::LEVELS_EVERY`]) in which somebody must have spoken into the holder's silence: 2 s.
const SPOKEN_WINDOWS: u32 = 5;
/// For so many windows the floor stays where it went: 8 s.
const HELD_WINDOWS: u32 = 20;

/// The floor of one room.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    holder: Option<ParticipantId>,
    /// Who had it before: what the holder itself looks at.
    before: Option<ParticipantId>,
    held: u32,
    /// Who speaks into the holder's silence, and for how many windows.
    contender: Option<(ParticipantId, u32)>,
}

impl Floor {
    /// A window has ended in which these spoke, the loudest first.
    pub(crate) fn hear(&mut self, speaking: &[ParticipantId]) {
        self.held = self.held.saturating_add(1);
        let Some(loudest) = speaking.first().copied() else { return };
        let Some(holder) = self.holder else {
            return self.give(loudest);
        };
        if speaking.contains(&holder) {
            self.contender = None;
            return;
        }
        let windows = match self.contender {
            Some((who, windows)) if speaking.contains(&who) => (who, windows + 1),
            _ => (loudest, 1),
        };
        self.contender = Some(windows);
        if windows.1 >= SPOKEN_WINDOWS && self.held >= HELD_WINDOWS {
            self.give(windows.0);
        }
    }

    /// Somebody has gone.
    pub(crate) fn leave(&mut self, who: ParticipantId) {
        if self.holder == Some(who) {
            (self.holder, self.held) = (self.before.take(), 0);
        }
        self.before = self.before.filter(|before| *before != who);
        self.contender = self.contender.filter(|(contender, _)| *contender != who);
    }

    /// Whom `listener` looks at.
    pub(crate) fn seen_by(&self, listener: ParticipantId) -> Option<ParticipantId> {
        if self.holder == Some(listener) { self.before } else { self.holder }
    }

    fn give(&mut self, to: ParticipantId) {
        self.before = self.holder.replace(to);
        (self.held, self.contender) = (0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCTOR: ParticipantId = ParticipantId(1);
    const PATIENT: ParticipantId = ParticipantId(2);
    const NURSE: ParticipantId = ParticipantId(3);

    fn hear(floor: &mut Floor, speaking: &[ParticipantId], windows: u32) {
        (0..windows).for_each(|_| floor.hear(speaking));
    }

    #[test]
    fn the_floor_goes_to_who_speaks_for_two_seconds_into_a_silence() {
        let mut floor = Floor::default();
        assert_eq!(floor.seen_by(NURSE), None);
        floor.hear(&[DOCTOR]);
        assert_eq!(floor.seen_by(NURSE), Some(DOCTOR));
        hear(&mut floor, &[PATIENT, DOCTOR], 40);
        assert_eq!(floor.seen_by(NURSE), Some(DOCTOR), "the doctor speaks too");
        hear(&mut floor, &[PATIENT], 4);
        hear(&mut floor, &[DOCTOR], 1);
        hear(&mut floor, &[PATIENT], 4);
        assert_eq!(floor.seen_by(NURSE), Some(DOCTOR), "a short word");
        hear(&mut floor, &[PATIENT], 1);
        assert_eq!(floor.seen_by(NURSE), Some(PATIENT));
        assert_eq!(floor.seen_by(PATIENT), Some(DOCTOR), "nobody looks at itself");
    }

    #[test]
    fn a_quick_exchange_does_not_move_it() {
        let mut floor = Floor::default();
        let mut moves = 0;
        for turn in 0..60 {
            let (before, speaks) = (floor.seen_by(NURSE), [DOCTOR, PATIENT][turn % 2]);
            hear(&mut floor, &[speaks], 6);
            moves += usize::from(before.is_some() && floor.seen_by(NURSE) != before);
        }
        // 360 windows are 144 s.
        assert!(moves <= 18, "{moves}");
    }

    #[test]
    fn who_leaves_has_it_no_more() {
        let mut floor = Floor::default();
        floor.hear(&[DOCTOR]);
        hear(&mut floor, &[PATIENT], 25);
        floor.leave(PATIENT);
        assert_eq!(floor.seen_by(NURSE), Some(DOCTOR));
        floor.leave(DOCTOR);
        assert_eq!(floor.seen_by(NURSE), None);
        floor.hear(&[NURSE]);
        assert_eq!(floor.seen_by(DOCTOR), Some(NURSE));
    }
}
