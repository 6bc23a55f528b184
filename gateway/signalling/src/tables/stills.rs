//! Still pictures of people for those who are sent no moving ones: when a publisher's page is asked for one, and for whom
//! the pieces are in which it sends it.
//!
//! A piece begins with its place in the still and with how many there are, a byte each; the rest is a part of a JPEG.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::ParticipantId;

/// A page is asked for a still at most so often, and no listener gets more.
pub(crate) const EVERY: Duration = Duration::from_secs(10);
/// The same on the thinnest lines.
pub(crate) const SELDOM: Duration = Duration::from_secs(30);
/// Looks come a little before or after their time.
const EARLY: Duration = Duration::from_millis(500);
/// Pieces of one still, and bytes of one piece: it fits into one datagram, so that sound waits for no more than that.
const PIECES_MAX: u8 = 9;
const PIECE_BYTES_MAX: usize = 1_102;

/// One that a page was asked for.
#[derive(Debug)]
struct StillRequest {
    at: Instant,
    to: Vec<ParticipantId>,
    /// Pieces that came, and how many there are to be.
    came: u8,
    all: Option<u8>,
}

/// All of one core.
#[derive(Debug, Default)]
pub(crate) struct Stills {
    asked: BTreeMap<ParticipantId, StillRequest>,
    /// When each listener last got one, and of whom.
    got: BTreeMap<ParticipantId, (ParticipantId, Instant)>,
}

impl Stills {
    /// Whether it is time for somebody to get one of `publisher`, at most one in `every`; of another person than the last one
    /// sooner.
    pub(crate) fn due(
        &self,
        now: Instant,
        (listener, publisher): (ParticipantId, ParticipantId),
        every: Duration,
    ) -> bool {
        self.got.get(&listener).is_none_or(|(of, at)| {
            let passed = now.saturating_duration_since(*at);
            passed + EARLY >= if *of == publisher { every } else { EVERY }
        })
    }

    /// A page is to be asked for one, for these people; whether it may be.
    pub(crate) fn ask(
        &mut self,
        now: Instant,
        publisher: ParticipantId,
        to: Vec<ParticipantId>,
    ) -> bool {
        let before = self.asked.get(&publisher);
        let early =
            before.is_some_and(|asked| now.saturating_duration_since(asked.at) + EARLY < EVERY);
        if !early {
            self.asked.insert(publisher, StillRequest { at: now, to, came: 0, all: None });
        }
        !early
    }

    /// A piece of one comes from its publisher: whom it is for, or why it is for nobody.
    pub(crate) fn piece(
        &mut self,
        now: Instant,
        publisher: ParticipantId,
        piece: &[u8],
    ) -> Result<Vec<ParticipantId>, &'static str> {
        let asked = self.asked.get_mut(&publisher).filter(|asked| asked.all != Some(asked.came));
        let asked = asked.ok_or("still_unasked")?;
        let &[place, all, _, ..] = piece else { return Err("still_unreadable") };
        let fits = all <= PIECES_MAX && place < all && piece.len() <= PIECE_BYTES_MAX;
        let next = place == asked.came && asked.all.is_none_or(|before| before == all);
        if !fits || !next {
            return Err("still_unreadable");
        }
        (asked.came, asked.all) = (place + 1, Some(all));
        if place == 0 {
            let got = asked.to.iter().map(|listener| (*listener, (publisher, now)));
            self.got.extend(got);
        }
        Ok(asked.to.clone())
    }

    /// Somebody has gone.
    pub(crate) fn forget(&mut self, who: ParticipantId) {
        self.asked.remove(&who);
        self.got.remove(&who);
        self.asked.values_mut().for_each(|asked| asked.to.retain(|listener| *listener != who));
    }

    pub(crate) fn len(&self) -> usize {
        self.asked.len() + self.got.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEACHER: ParticipantId = ParticipantId(1);
    const VILLAGE: ParticipantId = ParticipantId(2);
    const OTHER: ParticipantId = ParticipantId(3);

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_still_passes_once_it_was_asked_for_in_its_order_and_within_its_bounds() {
        let (mut stills, now) = (Stills::default(), start());
        assert_eq!(stills.piece(now, TEACHER, &[0, 2, 9]), Err("still_unasked"));
        assert!(stills.ask(now, TEACHER, vec![VILLAGE]));
        for unreadable in [&[][..], &[0], &[0, 2], &[1, 2, 9], &[0, 0, 9], &[0, 10, 9]] {
            assert_eq!(stills.piece(now, TEACHER, unreadable), Err("still_unreadable"));
        }
        let large = [&[0, 2][..], &[7; PIECE_BYTES_MAX - 1]].concat();
        assert_eq!(stills.piece(now, TEACHER, &large), Err("still_unreadable"));
        assert_eq!(stills.piece(now, OTHER, &[0, 2, 9]), Err("still_unasked"));
        assert_eq!(stills.piece(now, TEACHER, &[0, 2, 9]), Ok(vec![VILLAGE]));
        assert_eq!(stills.piece(now, TEACHER, &[0, 2, 9]), Err("still_unreadable"), "again");
        assert_eq!(stills.piece(now, TEACHER, &[1, 3, 9]), Err("still_unreadable"), "more");
        assert_eq!(stills.piece(now, TEACHER, &[1, 2, 9]), Ok(vec![VILLAGE]));
        assert_eq!(stills.piece(now, TEACHER, &[2, 3, 9]), Err("still_unasked"), "it is whole");
    }

    #[test]
    fn nobody_gives_or_gets_more_than_one_in_its_time() {
        let (mut stills, start, mut asked) = (Stills::default(), start(), [0, 0, 0]);
        for second in 0..300 {
            let now = start + Duration::from_secs(second);
            let due = [(VILLAGE, EVERY), (OTHER, SELDOM)].into_iter();
            let due = due.filter(|(who, every)| stills.due(now, (*who, TEACHER), *every));
            let to: Vec<ParticipantId> = due.map(|(who, _)| who).collect();
            if !to.is_empty() && stills.ask(now, TEACHER, to.clone()) {
                asked[0] += 1;
                let to = stills.piece(now, TEACHER, &[0, 1, 9]).unwrap();
                asked[1] += u32::from(to.contains(&VILLAGE));
                asked[2] += u32::from(to.contains(&OTHER));
            }
        }
        assert_eq!(asked, [30, 30, 10], "in five minutes");
        [VILLAGE, OTHER, TEACHER].into_iter().for_each(|who| stills.forget(who));
        assert_eq!(stills.len(), 0);
    }
}
