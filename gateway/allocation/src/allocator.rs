//! Divides an access link round by round.

use alloc::vec::Vec;

use media::Ms;

use crate::fill::{Plan, Row, Turns};
use crate::line::LineHistory;
use crate::patience::Patience;
use crate::wish::{Budget, Demand, Grant, Wish};
use crate::wishes::{Before, Subscriptions, Wishes};

/// A line that gave way is trusted with less than it carried at least in this time.
const GAVE_WAY_MS: u64 = 10_000;

/// Divides one access link among all subscriptions of all connections behind it.
#[derive(Debug, Default)]
pub struct Allocator {
    subscriptions: Subscriptions,
    line: LineHistory,
    patience: Patience,
    /// What the line is trusted with, in bits a second; `None` before the first round.
    trusted: Option<u64>,
    demand: Demand,
    round: u64,
    /// When the first round was.
    began: Option<Ms>,
    /// Since when the line is away.
    away: Option<Ms>,
    /// When somebody was last given more or less, if only of pictures a second.
    moved: Option<Ms>,
}

/// A line that is away for longer is not waited for.
const AWAY_MS: u64 = 10_000;

/// A line on which nobody has a picture is trusted with what it has carried for so long.
const DARK_HOLD_MS: u64 = 1_000;
/// The same for more pictures a second of a size that is sent already: that takes no keyframe, and is taken back as
/// easily.
const SMOOTH_HOLD_MS: u64 = 1_000;

/// What a line is trusted with while there is only one figure for it, or while its figures are not to be trusted.
const fn fifth_less(bits: u64) -> u64 {
    bits - bits / 5
}

/// A line of which nothing is known carries smallest parts alone for so long. If its figures are still not to be
/// trusted then, because so little is sent that nothing can be measured, twice as much is tried every three seconds
/// from then on.
const SMALL_MS: u64 = 3_000;
const TRIED_LEAST: u64 = 300_000;
/// What is tried doubles so often, every three seconds: 77 Mbit/s.
const TRIED_TIMES: u64 = 8;

/// How far what the line is thought to carry is to be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Trust {
    /// As it is.
    Settled,
    /// Not yet: smallest parts alone.
    Small,
    /// Still not: so much is tried, in bits a second, or twice what there is.
    Tried(u64),
    /// Nothing comes through: everybody keeps what they have.
    Away,
}

/// What one round goes by.
struct Round<'a> {
    now: Ms,
    wishes: &'a Wishes,
    turns: Turns,
    /// What the line carries still rises.
    rising: bool,
}

impl Round<'_> {
    fn fill(&self, ceiling: u64) -> Plan {
        self.turns.fill(&self.wishes.rows, &self.wishes.steps, self.wishes.sound, ceiling)
    }

    /// Rows whose size `plan` changes although they did not ask for it, and whether each of them climbs.
    fn moved<'p>(&'p self, plan: &'p Plan) -> impl Iterator<Item = (usize, bool)> {
        let rows = self.wishes.before.iter().zip(&plan.levels).enumerate();
        rows.filter(|(_, (before, _))| !before.changed && !before.rests).filter_map(
            |(place, (before, level))| {
                (before.level != *level).then_some((place, before.level < *level))
            },
        )
    }

    fn climbs(&self, plan: &Plan) -> bool {
        self.moved(plan).any(|(_, up)| up)
    }

    /// Whether `plan` leaves a row the size that it has.
    fn keeps_size(&self, plan: &Plan, place: usize) -> bool {
        let size = |level: Option<usize>| {
            let row = self.wishes.rows.get(place)?;
            row.step(&self.wishes.steps, level?).map(|step| step.target.spatial)
        };
        let before = size(self.wishes.before.get(place).map(|wish| wish.level));
        before.is_some() && before == size(plan.levels.get(place).copied())
    }

    /// What `ceiling` has room for, each row up to the level that `most` says at most.
    fn filled(&self, ceiling: u64, most: impl Fn(&Row, &Before) -> usize) -> Plan {
        let mut rows = self.wishes.rows.clone();
        for (row, before) in rows.iter_mut().zip(&self.wishes.before) {
            row.most = row.most.min(most(row, before));
        }
        self.turns.fill(&rows, &self.wishes.steps, self.wishes.sound, ceiling)
    }

    /// Nobody has more than before but those who have nothing: they have the smallest part, as far as `ceiling` has room for
    /// it; `None` if somebody had to have less.
    fn begun(&self, ceiling: u64) -> Option<Plan> {
        self.unless_lower(self.filled(ceiling, |_, before| before.level.max(1)))
    }

    /// Everybody keeps what they have, unless somebody who comes before has nothing; who asks for something else gets what `ceiling`
    /// has room for. A plain filling would give a screen its next size in the place of pictures that [`Self::begun`] gave.
    fn kept(&self, ceiling: u64) -> Plan {
        self.filled(ceiling, |_, before| match before.level {
            level if before.changed && level > 0 => usize::MAX,
            level => level.max(1),
        })
    }

    /// `plan`, unless it takes something from somebody.
    fn unless_lower(&self, plan: Plan) -> Option<Plan> {
        let less = |(level, before): (&usize, &Before)| *level < before.level;
        let lower = plan.levels.iter().zip(&self.wishes.before).any(less);
        (!lower).then_some(plan)
    }

    /// Everybody's size stays, and as many pictures a second of it as `ceiling` has room for; `None` if somebody had to
    /// have less.
    fn smoother(&self, ceiling: u64) -> Option<Plan> {
        self.unless_lower(self.filled(ceiling, |row, before| {
            let ladder = row.ladder(&self.wishes.steps);
            let size = before.level.checked_sub(1).and_then(|below| ladder.get(below));
            let same = |size: u8| ladder.iter().filter(|rung| rung.target.spatial <= size).count();
            let most = if before.climbs_soon { usize::MAX } else { before.level };
            size.map_or(0, |rung| same(rung.target.spatial)).min(most)
        }))
    }
}

impl Allocator {
    /// A line of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Divides `budget` among `wishes`, which are those of everybody behind the line, and appends a grant for each; of
    /// several wishes for one subscription the first one counts. What is not wished for any more is forgotten. To be
    /// called some ten times a second, and at once when a wish changes.
    pub fn allocate(
        &mut self,
        now: Ms,
        budget: Budget,
        wishes: &[Wish<'_>],
        grants: &mut Vec<Grant>,
    ) {
        self.round += 1;
        let round = self.round;
        let began = *self.began.get_or_insert(now);
        let mut wishes = Wishes::read(now, round, wishes, &mut self.subscriptions);
        self.subscriptions.retain(|_, subscription| subscription.round == round);
        self.away = budget.away.then(|| self.away.unwrap_or(now));
        let waited_for = self.away.is_some_and(|since| now.since(since) < AWAY_MS);
        let standing = match (budget.settled, now.since(began) / SMALL_MS) {
            _ if waited_for => Trust::Away,
            (true, _) => Trust::Settled,
            (false, 0) => Trust::Small,
            (false, times) => Trust::Tried(TRIED_LEAST << times.min(TRIED_TIMES)),
        };
        self.bound(now, &mut wishes, standing == Trust::Small);
        let carried = budget.bits_per_second.saturating_sub(budget.repair_bits_per_second);
        let turns = Turns::of(&wishes.rows);
        let round = Round { now, wishes: &wishes, turns, rising: budget.rising };
        let plan = self.decide(&round, carried, standing);
        self.tell(&wishes, &plan, budget);
        for (place, level) in plan.levels.iter().enumerate() {
            let (Some(row), Some(key)) = (wishes.rows.get(place), wishes.keys.get(place)) else {
                continue;
            };
            let rests = wishes.before.get(place).is_some_and(|before| before.rests);
            if let Some(subscription) = self.subscriptions.get_mut(key) {
                let step = row.step(&wishes.steps, *level);
                subscription.granted = step.filter(|_| !rests).map(|step| step.target);
            }
        }
        grants.extend(wishes.grants(&plan, !budget.settled));
    }

    /// Nobody climbs on a line that is not known yet, and no subscription climbs that has just climbed and fallen.
    /// Everybody may have the smallest part; for a subscription that comes and goes its bits are kept, and nothing is
    /// sent for a while.
    fn bound(&self, now: Ms, wishes: &mut Wishes, small: bool) {
        let rows = wishes.rows.iter_mut().zip(&mut wishes.before).zip(&wishes.keys);
        for ((row, before), key) in rows {
            let Some(subscription) = self.subscriptions.get(key) else { continue };
            let wavers = !before.changed && !subscription.may_climb(now);
            if small || wavers {
                row.most = row.most.min(before.level.max(1));
            }
            before.climbs_soon = subscription.may_climb_soon(now);
            before.rests = wavers && before.level == 0 && !subscription.is_rested(now);
        }
    }

    /// How much is asked of the line, as of the last round.
    #[must_use]
    pub const fn demand(&self) -> Demand {
        self.demand
    }

    /// Chooses among plans: what the line is trusted with is enough for it, and nobody climbs too soon.
    fn decide(&mut self, round: &Round<'_>, carried: u64, standing: Trust) -> Plan {
        let before = round.wishes.takes(round.wishes.before.iter().map(|wish| wish.level));
        match standing {
            Trust::Away => return round.kept(before),
            Trust::Settled => self.line.note(round.now, carried),
            Trust::Small | Trust::Tried(_) => {}
        }
        let gives_way = before > carried;
        let trusted = self.trusted.unwrap_or(fifth_less(carried));
        let mut trusted = if !gives_way {
            // A plan that takes a little more than before, and fits, is kept.
            trusted.min(carried).max(before)
        } else if carried < trusted {
            let least = self.line.least(GAVE_WAY_MS).map_or(carried, |least| least.min(carried));
            let less = trusted.min(self.patience.give_way(round.now, least));
            // Nobody loses the smallest part for the sake of a margin.
            let smallest =
                round.wishes.takes(round.wishes.before.iter().map(|wish| wish.level.min(1)));
            if smallest <= carried { less.max(smallest) } else { less }
        } else {
            // The tracks take more.
            trusted
        };
        let plan = self.choose(round, &mut trusted, (before, carried, standing));
        self.trusted = Some(trusted);
        // A size is given with patience, more pictures a second of it as soon as there is room.
        let (mut raised, mut lowered) = (false, false);
        for (place, up) in round.moved(&plan) {
            self.moved = Some(round.now);
            let keeps_size = round.keeps_size(&plan, place);
            let key = round.wishes.keys.get(place);
            if let Some(subscription) = key.and_then(|key| self.subscriptions.get_mut(key)) {
                subscription.note_switch(round.now, up, !up && keeps_size);
                if keeps_size && up {
                    subscription.note_soon(round.now);
                }
            }
            raised |= up && !keeps_size;
            lowered |= !up && !keeps_size;
        }
        if raised {
            self.patience.raise(round.now);
        }
        if lowered {
            // What was tried on the line before it became another one says nothing any more.
            let broke_down = carried < before / 4;
            self.patience.lower(round.now, gives_way && !broke_down);
            if gives_way && broke_down {
                self.subscriptions
                    .values_mut()
                    .for_each(|subscription| subscription.note_breakdown(round.now));
            }
        }
        plan
    }

    fn choose(
        &self,
        round: &Round<'_>,
        trusted: &mut u64,
        (before, carried, standing): (u64, u64, Trust),
    ) -> Plan {
        let most = fifth_less(carried);
        let unsettled = match standing {
            Trust::Settled | Trust::Away => None,
            Trust::Small => Some(most),
            Trust::Tried(bits) => Some(most.min(before.saturating_mul(2).max(bits))),
        };
        // Where nobody has a picture, a change disturbs nobody.
        let dark = round.wishes.before.iter().all(|wish| wish.level == 0);
        let hold_ms = if dark { DARK_HOLD_MS } else { self.patience.hold_ms() };
        let more = match unsettled {
            None => (*trusted).max(self.line.shown(hold_ms)),
            // What there is stays.
            Some(most) => most.max(before.min(*trusted)),
        };
        if round.rising
            && standing == Trust::Settled
            && !self.patience.has_failed()
            && let Some(plan) = round.begun(most).filter(|plan| round.climbs(plan))
        {
            *trusted = (*trusted).max(plan.used);
            return plan;
        }
        let plan = round.fill(more);
        let (climbs, open) = (round.climbs(&plan), dark || self.patience.is_open(round.now));
        let quiet = self.moved.is_none_or(|at| round.now.since(at) >= SMOOTH_HOLD_MS);
        if !(climbs && open) && quiet && unsettled.is_none() {
            let more = self.line.steady(SMOOTH_HOLD_MS).min(carried);
            if let Some(plan) = round.smoother(more).filter(|plan| round.climbs(plan)) {
                *trusted = (*trusted).max(plan.used);
                return plan;
            }
        }
        if !climbs || open {
            *trusted = (*trusted).max(more);
            return plan;
        }
        // Nobody climbs yet: everybody keeps what they had, and new wishes get their smallest part.
        let rows = round.wishes.rows.iter().zip(&round.wishes.before);
        let anew = rows.filter(|(_, before)| before.changed && before.level == 0);
        let smallest = anew.map(|(row, _)| row.takes(&round.wishes.steps, 1));
        let with_them = smallest.fold(before, u64::saturating_add);
        round.kept(with_them.min(*trusted))
    }

    fn tell(&mut self, wishes: &Wishes, plan: &Plan, budget: Budget) {
        let with_repair = |bits: u64| bits.saturating_add(budget.repair_bits_per_second);
        let hold_ms = self.patience.hold_ms();
        let shown = |bits: u64| match budget.settled {
            true => with_repair(self.line.needed(hold_ms, bits)),
            false => with_repair(bits.saturating_add(bits / 4).saturating_add(2)),
        };
        self.demand = Demand {
            granted: with_repair(plan.used),
            // What the line has shown already needs no probing: only time must pass.
            next: plan.next.map(shown).filter(|next| *next > budget.bits_per_second),
            whole: shown(wishes.takes(wishes.rows.iter().map(|row| row.steps.1))),
        };
    }
}
