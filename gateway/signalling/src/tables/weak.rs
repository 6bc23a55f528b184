//! Which side is weak: what is seen of each way, and what each person was told of it.
//!
//! | side | how it shows |
//! |---|---|
//! | the server | it is late with its own timers; meanwhile nobody's line is judged |
//! | a way down | its client tells of lost packets, or the line is given less than is asked for |
//! | a way up | its packets do not come, its larger picture starves, or its page stops its picture |
//!
//! What is lost on a publisher's way up is missing at its listeners too, so receiver reports say nothing here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::ParticipantId;

/// A way that loses is weak after so long: two windows of arrivals.
const LOSES: Duration = Duration::from_millis(2_500);
/// A way that carries less than is asked for is weak after so long: a line that has just become good takes as long to
/// be trusted.
const THIN: Duration = Duration::from_secs(6);
/// A way of which nothing bad was seen for so long is not weak any more.
const GOOD: Duration = Duration::from_secs(15);
/// The parts of packets from which on a way is bad, and up to which it is good.
const LOST_BAD: f64 = 0.03;
const LOST_GOOD: f64 = 0.015;
/// Losses on the way up count half after so many packets more; fewer packets than the least say nothing.
const LOST_HALF: f64 = 80.0;
const LOST_LEAST: f64 = 40.0;
/// The server is weak where it is so late in a second, milliseconds.
const LATE_MS: u32 = 250;
/// Nobody else is judged for so long after it: windows of arrivals are no longer.
const JUDGED_AFTER: Duration = Duration::from_secs(3);
/// A person is told of another side at most so often.
const TOLD_EVERY: Duration = Duration::from_secs(15);

/// What one look at a way says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    Good,
    /// Neither good nor bad: what was told of the way stays.
    Between,
    Bad,
}

impl Sign {
    /// By the part of the packets that was lost.
    pub(crate) fn of_loss(part: f64) -> Self {
        match part {
            part if part >= LOST_BAD => Self::Bad,
            part if part <= LOST_GOOD => Self::Good,
            _ => Self::Between,
        }
    }

    pub(crate) const fn bad(bad: bool) -> Self {
        if bad { Self::Bad } else { Self::Good }
    }
}

/// Whether one way is weak: this changes once the signs have been otherwise for a while without a break.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weakness {
    weak_after: Duration,
    pub(crate) weak: bool,
    turning_since: Option<Instant>,
}

impl Weakness {
    const fn new(weak_after: Duration) -> Self {
        Self { weak_after, weak: false, turning_since: None }
    }

    /// It looks like this now.
    pub(crate) fn note(&mut self, now: Instant, sign: Sign) {
        let (turns, after) = match self.weak {
            true => (sign == Sign::Good, GOOD),
            false => (sign == Sign::Bad, self.weak_after),
        };
        if !turns {
            self.turning_since = None;
            return;
        }
        let since = *self.turning_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= after {
            (self.weak, self.turning_since) = (!self.weak, None);
        }
    }
}

/// What is done about a weak way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Relief {
    pub(crate) smaller: bool,
    pub(crate) paused: bool,
    pub(crate) protected: bool,
}

impl Relief {
    /// The words for it that pages are told.
    pub(crate) fn words(self) -> Vec<&'static str> {
        let picture = match (self.paused, self.smaller) {
            (true, _) => Some("paused"),
            (_, true) => Some("smaller"),
            _ => None,
        };
        picture.into_iter().chain(self.protected.then_some("protected")).collect()
    }
}

/// The way down to one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Down {
    pub(crate) loses: Weakness,
    pub(crate) thin: Weakness,
    pub(crate) done: Relief,
    /// What its line carries, where that is known.
    pub(crate) bits_per_second: Option<u64>,
    /// Its client tells of single packets: what its receiver reports say of losses is not needed.
    pub(crate) tells_packets: bool,
}

/// The way up from one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Up {
    loses: Weakness,
    pub(crate) thin: Weakness,
    /// What its own page does about it.
    pub(crate) page: Relief,
    /// Its larger picture starves.
    pub(crate) starved: bool,
    sent: f64,
    lost: f64,
}

impl Up {
    /// So many packets must have come in a window, and so many of them did not.
    pub(crate) fn arrive(&mut self, now: Instant, (expected, missing): (u64, u64)) {
        let (expected, missing) = (expected as f64, missing.min(expected) as f64);
        let kept = 0.5_f64.powf(expected / LOST_HALF);
        self.sent = self.sent * kept + expected;
        self.lost = self.lost * kept + missing;
        let tells = self.sent >= LOST_LEAST && expected > 0.0;
        let part = if tells { self.lost / self.sent } else { 0.0 };
        self.loses.note(now, Sign::of_loss(part));
    }

    pub(crate) const fn weak(&self) -> bool {
        self.loses.weak || self.thin.weak
    }

    pub(crate) const fn done(&self) -> Relief {
        Relief { smaller: self.page.smaller || self.starved, ..self.page }
    }
}

/// Which side is weak, as one person is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum WeakSide {
    #[default]
    Nobody,
    Server,
    Own {
        down: bool,
        up: bool,
    },
    /// The way up of somebody that it is sent.
    Theirs(ParticipantId),
}

impl WeakSide {
    /// The word for it that pages are told.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Nobody | Self::Own { down: false, up: false } => "none",
            Self::Server => "server",
            Self::Own { down: true, up: true } => "both",
            Self::Own { down: true, .. } => "down",
            Self::Own { up: true, .. } => "up",
            Self::Theirs(_) => "theirs",
        }
    }
}

/// All that one person is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct SideNotice {
    pub(crate) side: WeakSide,
    pub(crate) done: Relief,
}

/// What is known of one person's line, and what its page was told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) down: Down,
    pub(crate) up: Up,
    /// `None` if what was told may have been missed.
    said: Option<SideNotice>,
    said_at: Option<Instant>,
}

impl Default for Person {
    fn default() -> Self {
        let (loses, thin) = (Weakness::new(LOSES), Weakness::new(THIN));
        Self {
            down: Down {
                loses,
                thin,
                done: Relief::default(),
                bits_per_second: None,
                tells_packets: false,
            },
            up: Up { loses, thin, page: Relief::default(), starved: false, sent: 0.0, lost: 0.0 },
            said: Some(SideNotice::default()),
            said_at: None,
        }
    }
}

impl Person {
    pub(crate) const fn down_is_weak(&self) -> bool {
        self.down.loses.weak || self.down.thin.weak
    }

    /// Its page is to be told this: whether that is news, and may be told now. Then it counts as told.
    pub(crate) fn say(&mut self, now: Instant, said: SideNotice) -> bool {
        let early = self.said_at.is_some_and(|at| now.saturating_duration_since(at) < TOLD_EVERY);
        if self.said == Some(said) || early {
            return false;
        }
        (self.said, self.said_at) = (Some(said), Some(now));
        true
    }

    /// Its page may have missed what it was told.
    pub(crate) const fn unsay(&mut self) {
        (self.said, self.said_at) = (None, None);
    }

    /// Of whom it was told last.
    pub(crate) fn told_of(&self) -> Option<ParticipantId> {
        match self.said?.side {
            WeakSide::Theirs(who) => Some(who),
            _ => None,
        }
    }
}

/// Everybody, and the server.
#[derive(Debug)]
pub(crate) struct Weak {
    people: BTreeMap<ParticipantId, Person>,
    pub(crate) server: Weakness,
    judged_from: Option<Instant>,
}

impl Default for Weak {
    fn default() -> Self {
        Self { people: BTreeMap::new(), server: Weakness::new(LOSES), judged_from: None }
    }
}

impl Weak {
    pub(crate) fn of(&mut self, who: ParticipantId) -> &mut Person {
        self.people.entry(who).or_default()
    }

    pub(crate) fn get(&self, who: ParticipantId) -> Option<&Person> {
        self.people.get(&who)
    }

    /// The longest that the server was late in the last second.
    pub(crate) fn late(&mut self, now: Instant, ms: u32) {
        let late = ms >= LATE_MS;
        self.server.note(now, Sign::bad(late));
        if late {
            self.judged_from = Some(now + JUDGED_AFTER);
        }
    }

    /// Whether what is seen of lines is their own doing.
    pub(crate) fn judges(&self, now: Instant) -> bool {
        self.judged_from.is_none_or(|from| now >= from)
    }

    /// Somebody has gone.
    pub(crate) fn forget(&mut self, who: ParticipantId) {
        self.people.remove(&who);
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    /// How often a way turns in an hour of windows of 2.5 s that look like this.
    fn turns(mut sign: impl FnMut(u64) -> Sign) -> u64 {
        let (mut way, start, mut turns) = (Weakness::new(LOSES), start(), 0);
        for window in 0..1_440 {
            let before = way.weak;
            way.note(start + Duration::from_millis(2_500 * window), sign(window));
            turns += u64::from(way.weak != before);
        }
        turns
    }

    #[test]
    fn a_way_turns_slowly_and_back_more_slowly() {
        let (mut way, start) = (Weakness::new(LOSES), start());
        let at = |ms| start + Duration::from_millis(ms);
        way.note(at(0), Sign::Bad);
        way.note(at(2_400), Sign::Bad);
        assert!(!way.weak);
        way.note(at(2_500), Sign::Bad);
        assert!(way.weak);
        way.note(at(5_000), Sign::Good);
        way.note(at(12_500), Sign::Between);
        way.note(at(15_000), Sign::Good);
        way.note(at(29_900), Sign::Good);
        assert!(way.weak, "it was not good all the while");
        way.note(at(30_000), Sign::Good);
        assert!(!way.weak);
    }

    #[test]
    fn no_line_turns_more_than_a_few_times_a_minute() {
        assert_eq!(turns(|_| Sign::Bad), 1);
        assert_eq!(turns(|window| Sign::bad(window % 2 == 0)), 0);
        // The worst there can be: bad and good for as long as each takes to be believed.
        assert_eq!(turns(|window| Sign::bad(window % 9 < 2)), 320, "in an hour");
    }

    #[test]
    fn losses_up_are_told_from_single_ones() {
        let (mut up, start) = (Person::default().up, start());
        let mut window = 0;
        let mut pass = |up: &mut Up, windows: u32, each: (u64, u64)| {
            for _ in 0..windows {
                window += 1;
                up.arrive(start + Duration::from_millis(2_500) * window, each);
            }
            up.weak()
        };
        assert!(!pass(&mut up, 400, (41, 0)));
        assert!(!pass(&mut up, 1, (41, 2)), "two packets");
        assert!(!pass(&mut up, 20, (41, 0)));
        assert!(pass(&mut up, 4, (41, 2)), "5 %");
        assert!(pass(&mut up, 4, (41, 0)), "it may come again");
        assert!(!pass(&mut up, 8, (41, 0)));
        assert!(!pass(&mut up, 8, (0, 0)), "nothing is sent");
        assert!(!pass(&mut Person::default().up, 4, (4, 4)), "too few to say");
    }

    #[test]
    fn a_person_is_told_of_another_side_at_most_four_times_a_minute() {
        let (mut person, start, mut told) = (Person::default(), start(), 0);
        assert!(!person.say(start, SideNotice::default()), "all is well from the beginning");
        for tenth in 0..600 {
            let side = WeakSide::Own { down: tenth % 2 == 0, up: true };
            let said = SideNotice { side, ..SideNotice::default() };
            told += u32::from(person.say(start + Duration::from_millis(100) * tenth, said));
        }
        assert_eq!(told, 4);
        person.unsay();
        assert!(person.say(start, SideNotice::default()), "it may have missed that all is well");
    }

    #[test]
    fn while_the_server_is_late_nobody_is_judged() {
        let (mut weak, start) = (Weak::default(), start());
        let at = |s| start + Duration::from_secs(s);
        weak.late(at(0), LATE_MS - 1);
        assert!(weak.judges(at(0)));
        for second in 1..=4 {
            weak.late(at(second), LATE_MS);
            assert!(!weak.judges(at(second)));
        }
        assert!(weak.server.weak && !weak.judges(at(6)) && weak.judges(at(7)));
    }
}
