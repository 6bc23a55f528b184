//! All wishes of one round, as rows to be fed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use media::{Layer, ListenerId, Ms, Target, TrackId};

use crate::fill::{Plan, Row};
use crate::ladder::{self, Step, UNMEASURED_BITS_PER_SECOND};
use crate::rates::Margin;
use crate::subscription::Subscription;
use crate::wish::{Grant, Part, Purpose, Why, Wish};

/// What sound is reckoned to take before it is measured, in bits a second.
const UNMEASURED_SOUND: u64 = 40_000;

/// All subscriptions of a line.
pub(crate) type Subscriptions = BTreeMap<(ListenerId, TrackId), Subscription>;

/// Whose wish, for what, how urgent it is, and its row.
type Urgency = (ListenerId, Purpose, (bool, u8, TrackId), Option<usize>);

/// How a row stood before this round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    /// How many of its steps it has.
    pub(crate) level: usize,
    /// Its listener asks for something else than before, or its publisher sends something else.
    pub(crate) changed: bool,
    /// It may have more pictures a second as soon as there is room.
    pub(crate) climbs_soon: bool,
    /// It has come and gone of late: if there is a place for it, that is kept, and nothing is sent.
    pub(crate) rests: bool,
}

/// What becomes of a wish.
#[derive(Clone, Copy, Debug)]
enum WishOutcome {
    /// It is decided already.
    Decided(Grant),
    /// It is fed as this row.
    Row(usize),
}

/// The wishes of one round.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    fates: Vec<WishOutcome>,
    /// Whose the rows are.
    pub(crate) keys: Vec<(ListenerId, TrackId)>,
    pub(crate) rows: Vec<Row>,
    pub(crate) steps: Vec<Step>,
    pub(crate) before: Vec<Before>,
    /// What all sound takes, in bits a second.
    pub(crate) sound: u64,
}

impl Wishes {
    /// Reads all wishes; of several for one subscription the first one counts.
    pub(crate) fn read(
        now: Ms,
        round: u64,
        wishes: &[Wish<'_>],
        known: &mut Subscriptions,
    ) -> Self {
        let mut read = Self::default();
        let mut urgencies = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let key = (wish.listener, wish.track);
            let subscription = known.entry(key).or_insert_with(Subscription::new);
            if subscription.round == round {
                continue;
            }
            subscription.round = round;
            let same = subscription.ask(wish);
            let rows = read.rows.len();
            match wish.top {
                None => read.decide(wish, None, Why::NotAsked, 0),
                Some(_) if wish.purpose == Purpose::Sound => read.hear(now, wish, subscription),
                Some(top) => read.see(now, wish, (top, same), subscription),
            }
            // What takes nothing at present keeps its rank: the others' is not to change as it comes and goes.
            let row = (read.rows.len() > rows).then_some(rows);
            urgencies.push((wish.listener, wish.purpose, wish.urgency(), row));
        }
        read.rank(urgencies);
        read
    }

    /// What the rows take with so many steps each, and all sound, in bits a second.
    pub(crate) fn takes(&self, levels: impl Iterator<Item = usize>) -> u64 {
        let rows = self.rows.iter().zip(levels);
        let each = rows.map(|(row, level)| row.takes(&self.steps, level));
        each.fold(self.sound, u64::saturating_add)
    }

    /// What becomes of every wish under `plan`.
    pub(crate) fn grants(&self, plan: &Plan, starting: bool) -> impl Iterator<Item = Grant> {
        self.fates.iter().filter_map(move |fate| match fate {
            WishOutcome::Decided(grant) => Some(*grant),
            WishOutcome::Row(place) => self.grant(*place, *plan.levels.get(*place)?, starting),
        })
    }

    fn grant(&self, place: usize, level: usize, starting: bool) -> Option<Grant> {
        let (row, (listener, track)) = (self.rows.get(place)?, *self.keys.get(place)?);
        let rests = self.before.get(place)?.rests;
        let step = row.step(&self.steps, level);
        let why = if rests {
            Why::LineTooThin
        } else if row.unmeasured && step.is_some() {
            Why::Starting
        } else if level == row.steps.1 {
            Why::Whole
        } else if starting && level > 0 {
            Why::Starting
        } else {
            Why::LineTooThin
        };
        let allow = step.filter(|_| !rests).map(|step| step.target);
        let bits_per_second = row.takes(&self.steps, level);
        Some(Grant { listener, track, allow, why, bits_per_second })
    }

    fn decide(&mut self, wish: &Wish<'_>, allow: Option<Target>, why: Why, bits_per_second: u64) {
        let (listener, track) = (wish.listener, wish.track);
        self.fates.push(WishOutcome::Decided(Grant {
            listener,
            track,
            allow,
            why,
            bits_per_second,
        }));
    }

    /// Sound is sent whatever the line carries, and before all else: when it takes more than in the mean, pictures wait.
    fn hear(&mut self, now: Ms, wish: &Wish<'_>, subscription: &mut Subscription) {
        let rates = &mut subscription.rates;
        let parts = wish.known().iter().map(|part| rates.reckon(now, part, Margin::Twentieth));
        let bits = parts.max().unwrap_or(UNMEASURED_SOUND);
        self.sound = self.sound.saturating_add(bits);
        self.decide(wish, Some(Target::ALL), Why::Whole, bits);
    }

    /// Makes a row of a picture, if something of it is sent.
    fn see(
        &mut self,
        now: Ms,
        wish: &Wish<'_>,
        (top, same): (Target, bool),
        subscription: &mut Subscription,
    ) {
        let parts = wish.known();
        let still = parts.iter().all(|part| part.silent);
        if still && !parts.is_empty() && wish.purpose != Purpose::Screen {
            // Nothing flows, so nothing is kept for it; what comes first of it is small.
            let smallest = parts.iter().map(|part| part.target).min();
            subscription.granted = smallest;
            return self.decide(wish, smallest, Why::NotSent, 0);
        }
        let sent = parts.iter().filter(|part| still || !part.silent);
        let step = |part: &Part| Step {
            target: part.target,
            bits_per_second: subscription.rates.reckon(now, part, Margin::Tenth),
        };
        let mut ladder: Vec<Step> = sent.map(step).collect();
        let unmeasured = ladder.is_empty();
        if unmeasured {
            let target = Target::up_to(Layer(0)).within(top);
            ladder.push(Step { target, bits_per_second: UNMEASURED_BITS_PER_SECOND });
        }
        ladder::build(wish.purpose, top, &mut ladder);
        self.before.push(stood(subscription.granted, same, &ladder));
        self.fates.push(WishOutcome::Row(self.rows.len()));
        self.keys.push((wish.listener, wish.track));
        let (from, most) = (self.steps.len(), ladder.len());
        let steps = (from, most);
        let (purpose, listener) = (wish.purpose, wish.listener);
        self.rows.push(Row { purpose, listener, rank: 0, steps, most, unmeasured });
        self.steps.append(&mut ladder);
    }

    /// Says of each row what rank it has among its listener's.
    fn rank(&mut self, mut urgencies: Vec<Urgency>) {
        urgencies.sort_unstable();
        let (mut rank, mut before) = (0, None);
        for (who, purpose, _, row) in urgencies {
            let same = before.replace((who, purpose)) == Some((who, purpose));
            rank = if same { rank + 1 } else { 0 };
            if let Some(row) = row.and_then(|place| self.rows.get_mut(place)) {
                row.rank = rank;
            }
        }
    }
}

/// How a subscription stands that was granted this part of a track with these steps.
fn stood(granted: Option<Target>, same: bool, ladder: &[Step]) -> Before {
    let Some(granted) = granted else {
        return Before { level: 0, changed: !same, climbs_soon: false, rests: false };
    };
    let level = ladder.iter().filter(|rung| rung.target <= granted).count();
    let there = ladder.iter().any(|rung| rung.target == granted);
    Before { level, changed: !same || !there, climbs_soon: false, rests: false }
}
