//! What a search finds is free, is the earliest, and what is in the way is told whole.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod town;

use std::collections::BTreeSet;

use booking::{
    Ask, Buffer, Calendar, Cause, Day, DayNumber, Effect, Interval, Legal, MonthDay, Offset,
    Opening, Overlay, Reckoning, Resource, Rules, Search, UnixS, Weekday, Weekly, When, Why,
    Window, Wish,
};
use proptest::prelude::*;
use town::{MIDNIGHT, MONDAY, TICK_S, Town, interval};

/// A resource as it is drawn: which rules it keeps to, its claims, its buffer.
#[derive(Debug, Clone)]
struct Drawn {
    keeps: Vec<usize>,
    claims: Vec<Interval>,
    buffer: Buffer,
}

/// What `look` finds when it is told just what it asks for of `claims`. That it asks in vain is a fault.
fn looked<'a, T>(
    search: &mut Search<'a>,
    claims: &[&[Interval]],
    mut look: impl FnMut(&mut Search<'a>) -> Result<T, Ask>,
) -> T {
    let (mut before, mut asks) = (None, 0);
    loop {
        let ask = match look(search) {
            Ok(found) => return found,
            Err(ask) => ask,
        };
        asks += 1;
        assert!(asks < 2_000, "it never has enough");
        assert_ne!(before.as_ref(), Some(&ask), "it was told that just now");
        let of = |place: usize| claims[place].iter().map(move |claim| (place, *claim));
        let told = ask.resources.iter().copied().flat_map(of);
        let told: Vec<_> = told.filter(|(_, claim)| claim.overlaps(ask.within)).collect();
        search.tell(&ask, told);
        before = Some(ask);
    }
}

/// Everything that a search is made of.
#[derive(Debug, Clone)]
struct Case {
    town: Town,
    rules: Vec<Rules>,
    resources: Vec<Drawn>,
    needs: Vec<Vec<usize>>,
    seconds: u64,
    step_s: u64,
    span: Interval,
    /// A start whose whole length lies in the span.
    start: UnixS,
}

impl Case {
    /// Runs `look` with the search of this case, telling it the claims that it asks for.
    fn searched<T>(&self, look: impl FnMut(&mut Search<'_>) -> Result<T, Ask>) -> T {
        let calendar = self.town.calendar();
        let openings: Vec<Opening> =
            self.rules.iter().map(|rules| Opening::of(rules, &calendar, self.span)).collect();
        let resource = |drawn: &Drawn| Resource {
            openings: drawn.keeps.iter().map(|place| &openings[*place]).collect(),
            buffer: drawn.buffer,
        };
        let resources: Vec<Resource<'_>> = self.resources.iter().map(resource).collect();
        let wish = Wish { needs: &self.needs, seconds: self.seconds, step_s: self.step_s };
        let mut search = Search::new(wish, &resources, &calendar, self.span);
        let claims: Vec<&[Interval]> = self.resources.iter().map(|it| &it.claims[..]).collect();
        looked(&mut search, &claims, look)
    }

    fn ticks(&self) -> impl Iterator<Item = UnixS> + use<> {
        let (from, until) = (self.span.start().0, self.span.end().0);
        (from..until).step_by(TICK_S as usize).map(UnixS)
    }

    fn wanted(&self, start: UnixS) -> Interval {
        interval(start, start.plus(self.seconds))
    }

    /// The claims whose stretch with buffers overlaps that of a session with buffers.
    fn near(&self, resource: usize, wanted: Interval) -> Vec<Interval> {
        let Drawn { claims, buffer, .. } = &self.resources[resource];
        let held = |it: Interval| {
            interval(it.start().minus(buffer.before_s.into()), it.end().plus(buffer.after_s.into()))
        };
        claims.iter().copied().filter(|claim| held(*claim).overlaps(held(wanted))).collect()
    }

    fn free_alone(&self, resource: usize, start: UnixS) -> bool {
        let wanted = self.wanted(start);
        let inside = self.span.start() <= start && wanted.end() <= self.span.end();
        let keeps = &self.resources[resource].keeps;
        let open = |point: u64| {
            keeps.iter().all(|rules| self.town.open(&self.rules[*rules], UnixS(point)).is_ok())
        };
        inside
            && self.near(resource, wanted).is_empty()
            && (start.0..wanted.end().0).step_by(TICK_S as usize).all(open)
    }

    /// Most needs that can be served then, by trying every way.
    fn served_most(&self, start: UnixS, need: usize, used: &mut Vec<usize>) -> usize {
        let Some(choices) = self.needs.get(need) else { return 0 };
        let mut most = self.served_most(start, need + 1, used);
        for choice in choices {
            if !used.contains(choice) && self.free_alone(*choice, start) {
                used.push(*choice);
                most = most.max(1 + self.served_most(start, need + 1, used));
                used.pop();
            }
        }
        most
    }

    fn fits(&self, start: UnixS) -> bool {
        self.served_most(start, 0, &mut Vec::new()) == self.needs.len()
    }

    fn steps(&self) -> impl Iterator<Item = UnixS> + '_ {
        self.ticks().filter(|point| self.town.wall_s(*point).is_multiple_of(self.step_s))
    }
}

fn window() -> impl Strategy<Value = Window> {
    (0u16..140, 6u16..90).prop_map(|(opens, long)| {
        Window::new(opens * 10, (opens * 10 + long * 10).min(1_440)).unwrap()
    })
}

fn weekday() -> impl Strategy<Value = Weekday> {
    prop::sample::select(Weekday::ALL.to_vec())
}

fn weekly() -> impl Strategy<Value = Weekly> {
    prop::collection::vec((weekday(), window()), 3..16).prop_map(|windows| {
        let mut weekly = Weekly::default();
        windows.into_iter().for_each(|(weekday, window)| weekly.add(weekday, window));
        weekly
    })
}

fn number() -> impl Strategy<Value = DayNumber> {
    (0u32..5).prop_map(|day| DayNumber(MONDAY.0 + day))
}

fn reckoning() -> impl Strategy<Value = Reckoning> {
    let all = [Reckoning::Solar, Reckoning::Lunar, Reckoning::Tibetan, Reckoning::Hijri];
    prop::sample::select(all.to_vec())
}

fn when() -> impl Strategy<Value = When> {
    let days = prop::collection::vec((number(), 0u32..2), 1..3).prop_map(|spans| {
        When::Days(spans.into_iter().map(|(day, more)| (day, DayNumber(day.0 + more))).collect())
    });
    let digits = (reckoning(), 0u16..1_024)
        .prop_map(|(reckoning, digits)| When::Digits { reckoning, digits });
    let yearly =
        (reckoning(), 1u8..3, 1u8..5, 0u8..4).prop_map(|(reckoning, month, first, more)| {
            When::Yearly { reckoning, month, first, last: first + more }
        });
    prop_oneof![days, digits, yearly, weekly().prop_map(When::Hours)]
}

fn overlay() -> impl Strategy<Value = Overlay> {
    (when(), prop::sample::select([Effect::Closed, Effect::Only].to_vec()))
        .prop_map(|(when, effect)| Overlay { when, effect })
}

fn rules() -> impl Strategy<Value = Rules> {
    let exceptions =
        prop::collection::btree_map(number(), prop::collection::vec(window(), 0..3), 0..2);
    let workdays = prop::collection::btree_map(number(), weekday(), 0..2);
    let overlays = prop::collection::vec(overlay(), 0..3);
    (prop::option::weighted(0.7, weekly()), exceptions, workdays, any::<bool>(), overlays).prop_map(
        |(weekly, exceptions, workdays, keeps_holidays, overlays)| Rules {
            weekly,
            exceptions,
            workdays,
            keeps_holidays,
            overlays,
        },
    )
}

fn month_day() -> impl Strategy<Value = MonthDay> {
    (1u8..3, 1u8..7, prop::bool::weighted(0.2)).prop_map(|(month, day, leap)| MonthDay {
        month,
        day,
        leap,
    })
}

fn day() -> impl Strategy<Value = Day> {
    let legal = [Legal::Ordinary, Legal::Holiday, Legal::Workday, Legal::NotPublished];
    let told = || prop::option::of(month_day());
    (month_day(), told(), told(), told(), prop::sample::select(legal.to_vec())).prop_map(
        |(solar, lunar, tibetan, hijri, legal)| Day { solar, lunar, tibetan, hijri, legal },
    )
}

/// The five days that any span drawn touches, from any day of a week on, with the clocks put forward or back somewhere in them,
/// or left.
fn town() -> impl Strategy<Value = Town> {
    let change = prop::sample::select([-3600, 0, 1800, 3600].to_vec());
    (0u32..7, prop::collection::vec(day(), 5), change, 0u64..800).prop_map(
        |(later, days, change, at)| {
            let first = DayNumber(MONDAY.0 + later);
            let offsets = [
                Offset { from: UnixS(0), seconds: 8 * 3600 },
                Offset {
                    from: MIDNIGHT.plus(u64::from(later) * 86_400 + at * TICK_S),
                    seconds: 8 * 3600 + change,
                },
            ];
            Town { first, days, offsets: offsets.into() }
        },
    )
}

fn drawn(rules: usize) -> impl Strategy<Value = Drawn> {
    let claims = prop::collection::vec((0u64..1_100, 1u64..24), 0..14);
    let keeps = prop::collection::btree_set(0..rules, 0..=2.min(rules));
    (keeps, claims, 0u32..7, 0u32..7).prop_map(|(keeps, claims, before, after)| Drawn {
        keeps: keeps.into_iter().collect(),
        claims: claims
            .into_iter()
            .map(|(from, long)| {
                let start = MIDNIGHT.plus(from * TICK_S);
                interval(start, start.plus(long * TICK_S))
            })
            .collect(),
        buffer: Buffer { before_s: before * 300, after_s: after * 300 },
    })
}

prop_compose! {
    fn case()(rules in prop::collection::vec(rules(), 1..4), town in town())(
        resources in prop::collection::vec(drawn(rules.len()), 1..6),
        rules in Just(rules), town in Just(town),
        places in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..4), 1..4),
        seconds in (1u64..25).prop_map(|ticks| ticks * TICK_S),
        step_s in prop::sample::select(vec![300u64, 600, 900, 1_800, 3_600]),
        from in 0u64..200, long in 60u64..1_000, start in any::<prop::sample::Index>(),
    ) -> Case {
        let later = u64::from(town.first.0 - MONDAY.0) * 86_400;
        let shifted = |claim: &Interval| interval(claim.start().plus(later), claim.end().plus(later));
        let count = resources.len();
        let chosen = |need: &Vec<prop::sample::Index>| need.iter().map(|place| place.index(count)).collect::<BTreeSet<_>>();
        let needs = places.iter().map(|need| chosen(need).into_iter().collect()).collect();
        let resources = resources.into_iter().map(|it| Drawn { claims: it.claims.iter().map(shifted).collect(), ..it }).collect();
        let begin = MIDNIGHT.plus(later + from * TICK_S);
        let span = interval(begin, begin.plus(long * TICK_S));
        let room = usize::try_from((span.seconds() - seconds) / TICK_S).unwrap() + 1;
        let start = begin.plus(start.index(room) as u64 * TICK_S);
        Case { town, rules, resources, needs, seconds, step_s, span, start }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_opening_is_open_when_its_rules_say_so_and_says_why_not(case in case()) {
        let calendar = case.town.calendar();
        for rules in &case.rules {
            let opening = Opening::of(rules, &calendar, case.span);
            for tick in case.ticks() {
                let inside = |it: &Interval| it.start() <= tick && tick < it.end();
                let open = opening.open().iter().filter(|it| inside(it)).count();
                let shut: Vec<Why> = opening.shut().iter().filter(|it| inside(&it.interval)).map(|it| it.why).collect();
                match case.town.open(rules, tick) {
                    Ok(()) => prop_assert_eq!((open, shut), (1, vec![])),
                    Err(why) => prop_assert_eq!((open, shut), (0, why.into_iter().collect())),
                }
            }
        }
    }

    #[test]
    fn slots_are_free_and_nothing_earlier_was_missed(case in case(), late in any::<bool>()) {
        let from = if late { case.start } else { UnixS(0) };
        let found = case.searched(|search| search.earliest(from, 12));
        let starts: Vec<UnixS> = found.iter().map(|slot| slot.interval.start()).collect();
        let expected: Vec<UnixS> = case.steps().filter(|start| *start >= from && case.fits(*start)).take(12).collect();
        prop_assert_eq!(starts, expected);
        for slot in &found {
            prop_assert_eq!(slot.interval, case.wanted(slot.interval.start()));
            prop_assert_eq!(slot.served_by.iter().collect::<BTreeSet<_>>().len(), case.needs.len());
            for (need, by) in case.needs.iter().zip(&slot.served_by) {
                prop_assert!(need.contains(by) && case.free_alone(*by, slot.interval.start()));
            }
        }
    }

    #[test]
    fn what_blocks_a_wish_is_told_whole(case in case()) {
        let (blocking, slot) = case.searched(|search| Ok((search.blocking(case.start)?, search.slot(case.start)?)));
        prop_assert_eq!(slot.is_some(), case.fits(case.start));
        let unserved: BTreeSet<usize> = blocking.iter().map(|it| it.need).collect();
        let served = case.served_most(case.start, 0, &mut Vec::new());
        prop_assert_eq!(unserved.len(), case.needs.len() - served);
        let wanted = case.wanted(case.start);
        for (need, choice) in unserved.iter().flat_map(|need| case.needs[*need].iter().map(move |choice| (*need, *choice))) {
            let told: Vec<_> = blocking.iter().filter(|it| (it.need, it.resource) == (need, choice)).collect();
            let mut told_shut = BTreeSet::new();
            let mut told_claims = Vec::new();
            for blocker in &told {
                match blocker.cause {
                    Cause::Shut { opening, why, shut } => {
                        told_shut.insert((opening, format!("{why:?}")));
                        let rules = &case.rules[case.resources[choice].keeps[opening]];
                        let first = shut.start();
                        let open = case.ticks().find(|tick| *tick > first && case.town.open(rules, *tick).is_ok());
                        prop_assert_eq!(blocker.until, open);
                    }
                    Cause::Taken(claim) | Cause::Travel(claim) => {
                        told_claims.push(claim);
                        prop_assert_eq!(matches!(blocker.cause, Cause::Taken(_)), claim.overlaps(wanted));
                        let until = blocker.until.unwrap();
                        prop_assert!(!case.near(choice, case.wanted(until)).contains(&claim));
                        prop_assert!(case.near(choice, case.wanted(until.minus(TICK_S))).contains(&claim));
                    }
                    Cause::Shared => prop_assert!(case.free_alone(choice, case.start) && told.len() == 1),
                }
                if blocker.cause != Cause::Shared {
                    let far = |start: &UnixS| (start.since(case.start).max(case.start.since(*start)), *start);
                    let nearest = case.steps().filter(|start| case.free_alone(choice, *start)).min_by_key(far);
                    prop_assert_eq!(blocker.nearest, nearest);
                }
            }
            let mut shut = BTreeSet::new();
            for (opening, rules) in case.resources[choice].keeps.iter().enumerate() {
                let ticks = (case.start.0..wanted.end().0).step_by(TICK_S as usize).map(UnixS);
                let whys = ticks.filter_map(|tick| case.town.open(&case.rules[*rules], tick).err().flatten());
                shut.extend(whys.map(|why| (opening, format!("{why:?}"))));
            }
            prop_assert_eq!(told_shut, shut);
            let mut claims = case.near(choice, wanted);
            claims.sort_unstable();
            claims.dedup();
            prop_assert_eq!(told_claims, claims);
        }
    }
}

fn search(
    resources: &[Resource<'_>],
    claims: &[&[Interval]],
    needs: &[Vec<usize>],
    (calendar, span): (&Calendar, Interval),
) -> Vec<(UnixS, Vec<usize>)> {
    let wish = Wish { needs, seconds: 1_800, step_s: 900 };
    let mut search = Search::new(wish, resources, calendar, span);
    let found = looked(&mut search, claims, |search| search.earliest(UnixS(0), 3));
    found.into_iter().map(|slot| (slot.interval.start(), slot.served_by)).collect()
}

#[test]
fn the_preferred_serve_and_make_room_for_who_has_no_other_choice() {
    let (calendar, span) = (town::plain(2), interval(town::at(0, 9, 0), town::at(0, 17, 0)));
    let resources = vec![Resource::default(), Resource::default()];
    let nine = town::at(0, 9, 0);
    let first = |needs: &[Vec<usize>]| {
        search(&resources, &[&[], &[]], needs, (&calendar, span)).first().cloned()
    };
    assert_eq!(first(&[vec![1, 0]]), Some((nine, vec![1])));
    assert_eq!(first(&[vec![0, 1], vec![0]]), Some((nine, vec![1, 0])));
    assert_eq!(first(&[vec![0], vec![0]]), None);
    assert_eq!(first(&[vec![]]), None);
    assert_eq!(first(&[vec![7]]), None);
}

#[test]
fn between_two_sessions_lies_the_way_back_and_the_way_there() {
    let (calendar, span) = (town::plain(2), interval(town::at(0, 8, 0), town::at(0, 18, 0)));
    let taken = [interval(town::at(0, 8, 45), town::at(0, 10, 0))];
    let doctor = Resource { buffer: Buffer { before_s: 1_200, after_s: 600 }, openings: vec![] };
    let starts = search(&[doctor], &[&taken], &[vec![0]], (&calendar, span));
    let expected = [town::at(0, 10, 30), town::at(0, 10, 45), town::at(0, 11, 0)];
    assert_eq!(starts.iter().map(|(start, _)| *start).collect::<Vec<_>>(), expected);
}

#[test]
fn a_session_may_go_through_midnight_where_both_days_are_open() {
    let (calendar, span) = (town::plain(2), interval(town::at(0, 23, 30), town::at(1, 1, 0)));
    let mut weekly = Weekly::default();
    weekly.add(Weekday::Monday, town::window((22, 0), (24, 0)));
    weekly.add(Weekday::Tuesday, town::window((0, 0), (0, 30)));
    let rules = Rules { weekly: Some(weekly), ..Rules::default() };
    let opening = Opening::of(&rules, &calendar, span);
    let nurse = Resource { openings: vec![&opening], ..Resource::default() };
    let starts = search(&[nurse], &[&[]], &[vec![0]], (&calendar, span));
    let expected = [town::at(0, 23, 30), town::at(0, 23, 45), town::at(1, 0, 0)];
    assert_eq!(starts.iter().map(|(start, _)| *start).collect::<Vec<_>>(), expected);
}

/// A clinic that is closed on market days of the lunar month, every 3rd, 6th and 9th, but has made one exception.
#[test]
fn a_market_day_closes_a_clinic_unless_it_says_otherwise() {
    let days = [3u8, 4, 6, 16].map(|day| Day {
        lunar: Some(MonthDay { month: 10, day, leap: false }),
        ..town::ordinary(23)
    });
    let town = Town { first: MONDAY, days: days.into(), offsets: vec![] };
    let when = When::Digits { reckoning: Reckoning::Lunar, digits: 1 << 3 | 1 << 6 | 1 << 9 };
    let mut rules =
        Rules { overlays: vec![Overlay { when, effect: Effect::Closed }], ..Rules::default() };
    rules.exceptions.insert(DayNumber(MONDAY.0 + 2), vec![town::window((8, 0), (9, 0))]);
    let midnight = UnixS(u64::from(MONDAY.0) * 86_400);
    let span = interval(midnight, midnight.plus(4 * 86_400));
    let opening = Opening::of(&rules, &town.calendar(), span);
    let hours = |from: u64, to: u64| interval(midnight.plus(from * 3600), midnight.plus(to * 3600));
    assert_eq!(opening.open(), [hours(24, 48), hours(56, 57)]);
    let why: Vec<Why> = opening.shut().iter().map(|shut| shut.why).collect();
    assert_eq!(why, [Why::Overlay(0), Why::Exception, Why::Exception, Why::Overlay(0)]);
}
