//! Rules laid over days: when something is open in a span of time, and why it is shut in between.

use alloc::vec::Vec;

use super::calendar::{Calendar, Day, DayNumber};
use super::rules::{DAY_MINUTES, Effect, Rules, Why, Window};
use crate::interval::Interval;

/// A stretch at which something is closed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shut {
    /// When.
    pub interval: Interval,
    /// Why.
    pub why: Why,
}

/// When something is open in a span, and when and why it is not. In order of time; the open stretches touch no other
/// open one, the shut ones none of the same reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    open: Vec<Interval>,
    shut: Vec<Shut>,
}

impl Opening {
    /// Open all the time.
    #[must_use]
    pub fn always(span: Interval) -> Self {
        Self { open: [span].into(), shut: Vec::new() }
    }

    /// What `rules` make of the part of `span` that the calendar's days cover.
    #[must_use]
    pub fn of(rules: &Rules, calendar: &Calendar, span: Interval) -> Self {
        let mut pieces: Vec<(Interval, Option<Why>)> = Vec::new();
        for (number, day) in calendar.days() {
            for piece in pieces_of_day(rules, number, day) {
                let (from_s, to_s) = (i64::from(piece.from) * 60, i64::from(piece.to) * 60);
                let instants = calendar.instants(number, from_s, to_s);
                let inside = instants.filter_map(|instant| instant.within(span));
                pieces.extend(inside.map(|interval| (interval, piece.shut)));
            }
        }
        // Where clocks are put back, a later piece of the day comes before the second coming of an earlier one.
        pieces.sort_unstable_by_key(|(interval, _)| *interval);
        let mut opening = Self::default();
        for (interval, shut) in pieces {
            opening.add(interval, shut);
        }
        opening
    }

    fn add(&mut self, interval: Interval, shut: Option<Why>) {
        match shut {
            None => match self.open.last_mut() {
                Some(last) if last.end() == interval.start() => *last = last.joined(interval),
                _ => self.open.push(interval),
            },
            Some(why) => match self.shut.last_mut() {
                Some(last) if last.why == why && last.interval.end() == interval.start() => {
                    last.interval = last.interval.joined(interval);
                }
                _ => self.shut.push(Shut { interval, why }),
            },
        }
    }

    /// The open stretches.
    #[must_use]
    pub fn open(&self) -> &[Interval] {
        &self.open
    }

    /// The stretches at which it is closed, and why.
    #[must_use]
    pub fn shut(&self) -> &[Shut] {
        &self.shut
    }
}

/// Minutes of a day that are open (`None`) or shut for one reason.
struct Piece {
    from: u16,
    to: u16,
    shut: Option<Why>,
}

fn pieces_of_day(rules: &Rules, number: DayNumber, day: &Day) -> Vec<Piece> {
    let (hours, why) = rules.hours(number, day);
    let overlays: Vec<_> = rules.by_hours(number.weekday()).collect();
    let windows = hours.iter().chain(overlays.iter().flat_map(|(_, windows, _)| *windows));
    let edges = windows.flat_map(|window| [window.opens(), window.closes()]);
    let mut edges: Vec<u16> = edges.chain([0, DAY_MINUTES]).collect();
    edges.sort_unstable();
    edges.dedup();
    let label = |minute: u16| {
        if !has(hours, minute) {
            return Some(why);
        }
        let shut = overlays
            .iter()
            .find(|(_, windows, effect)| has(windows, minute) == (*effect == Effect::Closed));
        shut.map(|(place, _, _)| Why::Overlay(*place))
    };
    let pairs = edges.iter().zip(edges.iter().skip(1));
    pairs.map(|(from, to)| Piece { from: *from, to: *to, shut: label(*from) }).collect()
}

fn has(windows: &[Window], minute: u16) -> bool {
    windows.iter().any(|window| window.has(minute))
}
