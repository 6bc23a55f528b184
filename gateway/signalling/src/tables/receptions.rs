//! How much the people of one room are sent, and what they have used: by identity, so that it outlives a connection and a
//! stay.

use std::collections::HashMap;
use std::time::Instant;

use session::{DataBudget, Megabytes, Mode, Own};

use super::spending::{Bound, Spending};
use crate::words::stream::Cause;
use crate::words::usage::Spent;

/// People of one room of whom it is kept. Over it, somebody who is not in the room is forgotten.
pub(crate) const RECEPTIONS_MAX: usize = 1_024;

/// What a participant's page was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReceptionNotice {
    pub(crate) mode: Mode,
    pub(crate) chosen: Mode,
    pub(crate) most: Mode,
    pub(crate) used: u64,
    pub(crate) bound: Option<u64>,
    /// When.
    pub(crate) at: Instant,
}

/// How much one person is sent.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    /// Its place in the order in which people came.
    came: u64,
    /// What the person chose.
    chosen: Option<Mode>,
    /// What the token says: what it begins with, and the most.
    first: Mode,
    most: Mode,
    /// The access line that it shares with others of its site; empty for none.
    site: String,
    /// When the booked time ends, seconds since 1970.
    ends_s: Option<u64>,
    /// What may be used in the session.
    session: Option<u64>,
    /// What its site may use until the end of the month, with what the person has used, but not others of its site, here.
    month: Option<u64>,
    pub(crate) spending: Spending,
    pub(crate) said: Option<ReceptionNotice>,
}

impl Reception {
    /// What the person has chosen, as far as the token allows it.
    pub(crate) fn chosen(&self) -> Mode {
        self.chosen.unwrap_or(self.first).within(self.most)
    }

    /// The most that the token allows.
    pub(crate) const fn most(&self) -> Mode {
        self.most
    }

    /// What it is sent.
    pub(crate) fn mode(&self) -> Mode {
        self.chosen().within(self.spending.leaves())
    }

    /// Why it is no more.
    pub(crate) fn cause(&self) -> Cause {
        if self.spending.leaves() > self.chosen() { Cause::DataBudget } else { Cause::Mode }
    }

    /// Takes what the person chooses, unless the token forbids it; `None` = what the token begins with.
    pub(crate) fn choose(&mut self, chosen: Option<Mode>) -> bool {
        let may = chosen.is_none_or(|mode| mode >= self.most);
        if may {
            self.chosen = chosen;
        }
        may
    }
}

/// All of one room.
#[derive(Debug, Default)]
pub(crate) struct Receptions {
    list: HashMap<String, Reception>,
    /// What the people of each site have used together.
    sites: HashMap<String, Site>,
    came: u64,
    /// What was used before the room was opened is known.
    remembers: bool,
}

/// The people of one site.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Site {
    people: usize,
    /// Bytes: no sum of theirs is too large.
    used: u128,
}

impl Receptions {
    pub(crate) fn of(&self, identity: &str) -> Option<&Reception> {
        self.list.get(identity)
    }

    pub(crate) fn get_mut(&mut self, identity: &str) -> Option<&mut Reception> {
        self.list.get_mut(identity)
    }

    /// Somebody comes with a token that says `own`, and the attribute `mode`. Answers whether somebody was forgotten for it.
    pub(crate) fn come(
        &mut self,
        identity: &str,
        (own, attribute): (&Own, Option<Mode>),
        is_here: impl Fn(&str) -> bool,
    ) -> bool {
        let full = !self.list.contains_key(identity) && self.list.len() >= RECEPTIONS_MAX;
        if full {
            let first =
                self.list.iter().min_by_key(|(of, reception)| (is_here(of), reception.came));
            let first = first.map(|(of, _)| of.clone());
            first.into_iter().for_each(|of| drop(self.take(&of)));
        }
        self.came += 1;
        let site = own.site.clone().unwrap_or_default();
        let DataBudget { session, month_left, used } = own.data_budget.unwrap_or_default();
        let used = used.map_or(0, Megabytes::bytes);
        let mut reception = self.take(identity).unwrap_or_default();
        reception.came = self.came;
        reception.first = own.mode.or(attribute).unwrap_or_default();
        reception.most = own.mode_most.unwrap_or_default();
        (reception.site, reception.ends_s) = (site, own.ends_s);
        reception.spending.heard(used);
        reception.session = session.map(Megabytes::bytes);
        reception.month = month_left.map(|left| left.bytes().saturating_add(used));
        self.put(identity, reception);
        full
    }

    /// Takes what people had used before the room was opened: once only, and for those who have not come yet.
    pub(crate) fn remember(&mut self, spent: &[Spent]) {
        if std::mem::replace(&mut self.remembers, true) {
            return;
        }
        for spent in spent {
            if self.list.len() >= RECEPTIONS_MAX || self.list.contains_key(&spent.identity) {
                continue;
            }
            let mut reception = Reception { chosen: spent.chosen, ..Reception::default() };
            reception.site.clone_from(&spent.site);
            reception.spending.heard(spent.used);
            self.put(&spent.identity, reception);
        }
    }

    /// What is to be remembered of the room, and when its booked time ends; `None` if nobody has a budget or has chosen.
    pub(crate) fn spent(&self) -> Option<(Option<u64>, Vec<Spent>)> {
        let counts = |reception: &Reception| {
            reception.session.or(reception.month).is_some() || reception.chosen.is_some()
        };
        if !self.list.values().any(counts) {
            return None;
        }
        let spent = |(identity, reception): (&String, &Reception)| Spent {
            identity: identity.clone(),
            site: reception.site.clone(),
            used: reception.spending.used(),
            chosen: reception.chosen,
        };
        let ends_s = self.list.values().filter_map(|reception| reception.ends_s).max();
        Some((ends_s, self.list.iter().map(spent).collect()))
    }

    /// Somebody has used so many bytes.
    pub(crate) fn spend(&mut self, identity: &str, bytes: u64) {
        let Some(reception) = self.list.get_mut(identity) else { return };
        let before = reception.spending.used();
        reception.spending.spend(bytes);
        if let Some(site) = self.sites.get_mut(&reception.site) {
            site.used += u128::from(reception.spending.used() - before);
        }
    }

    /// How much somebody may use in all: the less of what is left to the session and to the site.
    pub(crate) fn bound(&self, identity: &str) -> Option<u64> {
        let reception = self.list.get(identity)?;
        let others = || self.used_at(&reception.site).saturating_sub(reception.spending.used());
        let month = reception.month.map(|month| month.saturating_sub(others()));
        [reception.session, month].into_iter().flatten().min()
    }

    /// Takes somebody out, and what it has used out of the sum of its site.
    fn take(&mut self, identity: &str) -> Option<Reception> {
        let reception = self.list.remove(identity)?;
        if let Some(site) = self.sites.get_mut(&reception.site) {
            site.people -= 1;
            site.used = site.used.saturating_sub(reception.spending.used().into());
            if site.people == 0 {
                self.sites.remove(&reception.site);
            }
        }
        Some(reception)
    }

    fn put(&mut self, identity: &str, reception: Reception) {
        if !reception.site.is_empty() {
            let site = self.sites.entry(reception.site.clone()).or_default();
            site.people += 1;
            site.used += u128::from(reception.spending.used());
        }
        self.list.insert(identity.to_owned(), reception);
    }

    /// What the people of a site have used together; nobody shares with others without one.
    fn used_at(&self, site: &str) -> u64 {
        self.sites.get(site).map_or(0, |site| u64::try_from(site.used).unwrap_or(u64::MAX))
    }

    /// A second is over for somebody, at so many seconds since 1970; whether it is sent more or less now.
    pub(crate) fn pass(&mut self, identity: &str, now_s: u64) -> bool {
        let bytes = self.bound(identity);
        let Some(reception) = self.list.get_mut(identity) else { return false };
        let left_s = reception.ends_s.and_then(|ends_s| ends_s.checked_sub(now_s));
        let before = (reception.mode(), reception.cause());
        reception.spending.pass(before.0, Bound { bytes, left_s });
        (reception.mode(), reception.cause()) != before
    }

    /// The budget as a token is to say it now.
    pub(crate) fn budget(&self, identity: &str) -> Option<DataBudget> {
        let reception = self.list.get(identity)?;
        let used = reception.spending.used();
        let left = |month: u64| month.saturating_sub(used);
        Some(DataBudget {
            session: reception.session.map(Megabytes::of_bytes),
            month_left: reception.month.map(left).map(Megabytes::of_bytes),
            used: Some(Megabytes::of_bytes(used)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own(site: &str, session: u64, month_left: u64) -> Own {
        let megabytes = |it: u64| Some(Megabytes::of_bytes(it));
        let budget = DataBudget {
            session: megabytes(session),
            month_left: megabytes(month_left),
            used: None,
        };
        Own { site: Some(site.to_owned()), data_budget: Some(budget), ..Own::default() }
    }

    #[test]
    fn the_people_of_one_site_share_what_the_month_leaves() {
        let mut room = Receptions::default();
        room.come("li", (&own("clinic", 1_000, 1_500), None), |_| true);
        room.spend("li", 600);
        assert_eq!(room.bound("li"), Some(1_000));
        // The token does not know what others use in the same room.
        room.come("wang", (&own("clinic", 1_000, 1_500), None), |_| true);
        assert_eq!(room.bound("wang"), Some(900));
        room.spend("wang", 700);
        assert_eq!([room.bound("li"), room.bound("wang")], [Some(800), Some(900)]);
        room.come("zhao", (&own("school", 1_000, 5_000), None), |_| true);
        assert_eq!(room.bound("zhao"), Some(1_000));
        // Another device of the same person, whose token knows of no use, frees nothing.
        room.come("li", (&own("clinic", 1_000, 1_500), None), |_| true);
        assert_eq!(room.bound("li"), Some(800));
        // A gateway that starts again is told by both tokens, in whatever order they come.
        let [li, wang] = ["li", "wang"].map(|of| room.budget(of).unwrap());
        assert_eq!(li.used.map(Megabytes::bytes), Some(600));
        assert_eq!(li.month_left.map(Megabytes::bytes), Some(900));
        let mut anew = Receptions::default();
        for (of, budget) in [("li", li), ("wang", wang)] {
            let renewed = Own { data_budget: Some(budget), ..own("clinic", 0, 0) };
            anew.come(of, (&renewed, None), |_| true);
        }
        assert_eq!(anew.bound("li"), Some(800));
    }

    #[test]
    fn what_was_used_before_the_room_was_opened_counts_also_of_those_who_are_away() {
        let mut room = Receptions::default();
        assert_eq!(room.spent(), None, "nobody has a budget");
        room.come("li", (&own("clinic", 1_000, 1_500), None), |_| true);
        room.come("wang", (&own("clinic", 1_000, 1_500), None), |_| true);
        room.spend("li", 600);
        room.spend("wang", 700);
        room.get_mut("wang").unwrap().choose(Some(Mode::Voice));
        let (_, spent) = room.spent().unwrap();
        let mut anew = Receptions::default();
        anew.remember(&spent);
        // The person's token was made at the beginning.
        anew.come("li", (&own("clinic", 1_000, 1_500), None), |_| true);
        assert_eq!(anew.of("li").unwrap().spending.used(), 600);
        assert_eq!(anew.bound("li"), room.bound("li"));
        anew.spend("li", 100);
        anew.remember(&spent);
        assert_eq!(anew.of("li").unwrap().spending.used(), 700, "it is told once");
        anew.come("wang", (&own("clinic", 1_000, 1_500), None), |_| true);
        assert_eq!(anew.of("wang").unwrap().chosen(), Mode::Voice);
        assert_eq!(anew.bound("wang"), Some(800));
    }

    proptest! {
        /// Whatever order people come, use, are forgotten and come from another site in: a site's sum is that of its
        /// people.
        #[test]
        fn the_sum_of_a_site_is_that_of_its_people(
            steps in prop::collection::vec((0..6_usize, 0..4_usize, 0..4_usize, any::<u64>()), 1..60),
        ) {
            let mut room = Receptions::default();
            for (kind, person, site, bytes) in steps {
                let (person, site) = (["li", "wang", "zhao", "chen"][person], ["", "a", "b", "c"][site]);
                match kind {
                    0 | 1 => drop(room.come(person, (&own(site, 1, bytes), None), |_| true)),
                    2 => drop(room.take(person)),
                    3 => room.spend(person, bytes),
                    _ => room.spend(person, bytes >> 40),
                }
                for site in ["", "a", "b", "c"] {
                    let its = room.list.values().filter(|it| !site.is_empty() && it.site == site);
                    let used: Vec<u64> = its.map(|it| it.spending.used()).collect();
                    let sum = used.iter().map(|it| u128::from(*it)).sum();
                    let kept = room.sites.get(site).copied().unwrap_or_default();
                    prop_assert_eq!(kept, Site { people: used.len(), used: sum });
                }
            }
        }
    }

    #[test]
    fn what_was_used_outlives_a_stay_and_the_gateway() {
        let mut room = Receptions::default();
        room.come("li", (&own("", 1_000, 2_000), None), |_| true);
        room.spend("li", 950);
        assert!(room.pass("li", 0));
        assert_eq!(room.of("li").unwrap().mode(), Mode::Voice);
        room.come("li", (&own("", 1_000, 2_000), None), |_| true);
        assert_eq!(room.of("li").unwrap().mode(), Mode::Voice, "another device");
        let renewed = Own { data_budget: room.budget("li"), ..own("", 0, 0) };
        let mut anew = Receptions::default();
        anew.come("li", (&renewed, None), |_| true);
        assert!(anew.pass("li", 0));
        let it = anew.of("li").unwrap();
        assert_eq!(
            (it.mode(), it.spending.used(), it.cause()),
            (Mode::Voice, 950, Cause::DataBudget)
        );
        assert_eq!(anew.bound("li"), room.bound("li"));
    }

    #[test]
    fn nobody_chooses_more_than_the_token_allows() {
        let mut room = Receptions::default();
        let own = Own { mode: Some(Mode::Voice), mode_most: Some(Mode::Small), ..Own::default() };
        room.come("li", (&own, Some(Mode::Stills)), |_| true);
        let it = room.get_mut("li").unwrap();
        assert_eq!((it.mode(), it.cause()), (Mode::Voice, Cause::Mode));
        assert!(!it.choose(Some(Mode::Full)));
        assert_eq!(it.mode(), Mode::Voice);
        assert!(it.choose(Some(Mode::Small)));
        assert_eq!(it.mode(), Mode::Small);
        assert!(it.choose(None));
        assert_eq!(it.mode(), Mode::Voice);
    }

    #[test]
    fn who_is_away_is_forgotten_first() {
        let mut room = Receptions::default();
        let names: Vec<String> = (0..RECEPTIONS_MAX).map(|it| it.to_string()).collect();
        for name in &names {
            assert!(!room.come(name, (&Own::default(), None), |_| true));
        }
        assert!(room.come("new", (&Own::default(), None), |of| of != "3"));
        assert!(room.of("3").is_none() && room.of("new").is_some());
        assert_eq!(room.list.len(), RECEPTIONS_MAX);
    }
}
