//! Divides so many bits a second: a pure function of the rows and the ceiling.
//!
//! | order | who is fed |
//! |---|---|
//! | 1 | screens: everybody's smallest part, then everybody's next one, up to the full size |
//! | 2 | the smallest picture of who speaks |
//! | 3 | the smallest picture of each of the others |
//! | 4 | more of who speaks |
//! | 5 | more of the others |
//!
//! Within each, what each listener wants first comes before what any listener wants second: two devices have as much as
//! each other, and what is left over for one of them goes to the same one each time. What does not fit is left out, and
//! the next is tried: it takes less than what is left, so nothing that is fed stands in the way of what is not.

use alloc::vec::Vec;

use media::ListenerId;

use crate::ladder::Step;
use crate::wish::Purpose;

/// One picture to be fed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) purpose: Purpose,
    /// Whose it is.
    pub(crate) listener: ListenerId,
    /// Its rank among that listener's rows of the same purpose: 0 is wanted first.
    pub(crate) rank: usize,
    /// Where its steps begin in the list of all, and how many there are.
    pub(crate) steps: (usize, usize),
    /// How many of them may be granted.
    pub(crate) most: usize,
    /// What it takes is not measured yet.
    pub(crate) unmeasured: bool,
}

impl Row {
    /// Its steps in `all`.
    pub(crate) fn ladder<'a>(&self, all: &'a [Step]) -> &'a [Step] {
        let (from, count) = self.steps;
        all.get(from..from.saturating_add(count)).unwrap_or_default()
    }

    /// The best of so many steps, of its own in `all`.
    pub(crate) fn step<'a>(&self, all: &'a [Step], level: usize) -> Option<&'a Step> {
        self.ladder(all).get(level.checked_sub(1)?)
    }

    /// What it takes with so many steps, in bits a second.
    pub(crate) fn takes(&self, all: &[Step], level: usize) -> u64 {
        self.step(all, level).map_or(0, |step| step.bits_per_second)
    }
}

/// Who is given how much.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Plan {
    /// How many steps each row has; 0 = nothing.
    pub(crate) levels: Vec<usize>,
    /// What all that takes, and what was taken before, in bits a second.
    pub(crate) used: u64,
    /// The least ceiling above the present one at which somebody would be given more.
    pub(crate) next: Option<u64>,
}

/// The rows in the order in which they are fed.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Places of rows, by purpose, rank and listener.
    order: Vec<usize>,
    /// The most steps that a row has.
    deepest: usize,
}

impl Turns {
    /// Sorts the rows once for all fillings.
    pub(crate) fn of(rows: &[Row]) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let key = |row: &Row| (row.purpose, row.rank, row.listener);
        order.sort_by_key(|place| rows.get(*place).map(key));
        let deepest = rows.iter().map(|row| row.steps.1).max().unwrap_or(0);
        Self { order, deepest }
    }

    /// Gives everybody as much as fits under `ceiling`, of which `taken` are gone already.
    pub(crate) fn fill(&self, rows: &[Row], steps: &[Step], taken: u64, ceiling: u64) -> Plan {
        let plan = Plan { levels: alloc::vec![0; rows.len()], used: taken, next: None };
        let mut filling = Filling { rows, steps, ceiling, plan };
        for (purpose, levels) in [
            (Purpose::Screen, 0..self.deepest),
            (Purpose::Speaker, 0..1),
            (Purpose::Picture, 0..1),
            (Purpose::Speaker, 1..self.deepest),
            (Purpose::Picture, 1..self.deepest),
        ] {
            let of = |place: &usize| rows.get(*place).map(|row| row.purpose);
            let from = self.order.partition_point(|place| of(place) < Some(purpose));
            let until = self.order.partition_point(|place| of(place) <= Some(purpose));
            let places = self.order.get(from..until).unwrap_or_default();
            for level in levels {
                places.iter().for_each(|place| filling.raise(*place, level));
            }
        }
        filling.plan
    }
}

/// One filling under way.
struct Filling<'a> {
    rows: &'a [Row],
    steps: &'a [Step],
    ceiling: u64,
    plan: Plan,
}

impl Filling<'_> {
    /// Gives a row the step above `level`, if it has all below, may have it, and it fits.
    fn raise(&mut self, place: usize, level: usize) {
        let Some(row) = self.rows.get(place) else { return };
        let Some(present) = self.plan.levels.get_mut(place) else { return };
        if *present != level || level >= row.most {
            return;
        }
        let more = row.takes(self.steps, level + 1).saturating_sub(row.takes(self.steps, level));
        let used = self.plan.used.saturating_add(more);
        if used > self.ceiling || used == u64::MAX {
            self.plan.next = Some(self.plan.next.map_or(used, |next| next.min(used)));
            return;
        }
        self.plan.used = used;
        *present = level + 1;
    }
}
