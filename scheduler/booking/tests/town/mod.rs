//! When things are open and free in plain words, tick by tick: the model that openings and searches are held against.
#![allow(dead_code, reason = "every test uses a part of it")]

use booking::{
    Calendar, Day, DayNumber, Effect, Interval, Legal, MonthDay, Offset, Overlay, Reckoning, Rules,
    UnixS, Weekday, When, Why, Window,
};

/// Monday 2026-11-23.
pub(crate) const MONDAY: DayNumber = DayNumber(20_780);
/// Its midnight at UTC+8.
pub(crate) const MIDNIGHT: UnixS = UnixS(20_780 * 86_400 - 8 * 3600);
/// All that is drawn lies on multiples of this.
pub(crate) const TICK_S: u64 = 300;

pub(crate) fn interval(start: UnixS, end: UnixS) -> Interval {
    Interval::new(start, end).unwrap()
}

/// `hour:minute` of the day that lies `days` after that Monday, at UTC+8.
pub(crate) fn at(days: u64, hour: u64, minute: u64) -> UnixS {
    MIDNIGHT.plus(days * 86_400 + hour * 3600 + minute * 60)
}

pub(crate) fn window(from: (u16, u16), to: (u16, u16)) -> Window {
    Window::new(from.0 * 60 + from.1, to.0 * 60 + to.1).unwrap()
}

/// A day that nothing is said of but its number in the month.
pub(crate) fn ordinary(day: u8) -> Day {
    let solar = MonthDay { month: 11, day, leap: false };
    Day { solar, lunar: None, tibetan: None, hijri: None, legal: Legal::Ordinary }
}

/// `count` ordinary days from that Monday on, at UTC+8.
pub(crate) fn plain(count: u8) -> Calendar {
    let days = (0..count).map(|day| ordinary(23 + day)).collect();
    Calendar::new(MONDAY, days, [Offset { from: UnixS(0), seconds: 8 * 3600 }].into())
}

/// The days and wall clock of a calendar, kept beside it to be looked up simply.
#[derive(Debug, Clone)]
pub(crate) struct Town {
    pub(crate) first: DayNumber,
    pub(crate) days: Vec<Day>,
    pub(crate) offsets: Vec<Offset>,
}

impl Town {
    pub(crate) fn calendar(&self) -> Calendar {
        Calendar::new(self.first, self.days.clone(), self.offsets.clone())
    }

    /// Seconds since midnight of 1970-01-01 that the wall shows.
    pub(crate) fn wall_s(&self, point: UnixS) -> u64 {
        let holds = self.offsets.iter().rev().find(|offset| offset.from <= point);
        let seconds = holds.or(self.offsets.first()).map_or(0, |offset| offset.seconds);
        point.0.checked_add_signed(seconds.into()).unwrap()
    }

    /// Why who keeps to `rules` is closed then; `Ok` if open.
    pub(crate) fn open(&self, rules: &Rules, point: UnixS) -> Result<(), Option<Why>> {
        let wall_s = self.wall_s(point);
        let number = DayNumber(u32::try_from(wall_s / 86_400).unwrap());
        let minute = u16::try_from(wall_s % 86_400 / 60).unwrap();
        let place = number.0.checked_sub(self.first.0).ok_or(None)?;
        let day = self.days.get(place as usize).ok_or(None)?;
        by_day(rules, number, day, minute)?;
        for (place, overlay) in rules.overlays.iter().enumerate() {
            let When::Hours(weekly) = &overlay.when else { continue };
            let there = weekly.on(number.weekday()).iter().any(|it| it.has(minute));
            if there == (overlay.effect == Effect::Closed) {
                return Err(Some(Why::Overlay(place)));
            }
        }
        Ok(())
    }
}

fn by_day(rules: &Rules, number: DayNumber, day: &Day, minute: u16) -> Result<(), Option<Why>> {
    let any =
        |windows: &[Window]| windows.iter().any(|it| it.opens() <= minute && minute < it.closes());
    if let Some(windows) = rules.exceptions.get(&number) {
        return if any(windows) { Ok(()) } else { Err(Some(Why::Exception)) };
    }
    let mut like = number.weekday();
    if let Some(own) = rules.workdays.get(&number) {
        like = *own;
    } else {
        if rules.keeps_holidays && day.legal == Legal::Holiday {
            return Err(Some(Why::Holiday));
        }
        for (place, overlay) in rules.overlays.iter().enumerate() {
            if shuts_day(overlay, number, day) {
                return Err(Some(Why::Overlay(place)));
            }
        }
        if rules.keeps_holidays && day.legal == Legal::Workday {
            like = match like {
                Weekday::Saturday => Weekday::Friday,
                Weekday::Sunday => Weekday::Monday,
                other => other,
            };
        }
    }
    match &rules.weekly {
        Some(weekly) if !any(weekly.on(like)) => Err(Some(Why::Hours)),
        _ => Ok(()),
    }
}

fn shuts_day(overlay: &Overlay, number: DayNumber, day: &Day) -> bool {
    let by = |reckoning: Reckoning| match reckoning {
        Reckoning::Solar => Some(day.solar),
        Reckoning::Lunar => day.lunar,
        Reckoning::Tibetan => day.tibetan,
        Reckoning::Hijri => day.hijri,
    };
    let there = match &overlay.when {
        When::Hours(_) => return false,
        When::Days(spans) => {
            spans.iter().any(|(first, last)| (first.0..=last.0).contains(&number.0))
        }
        When::Digits { reckoning, digits } => {
            by(*reckoning).is_some_and(|it| digits >> (it.day % 10) & 1 == 1)
        }
        When::Yearly { reckoning, month, first, last } => by(*reckoning).is_some_and(|it| {
            it.month == *month && !it.leap && *first <= it.day && it.day <= *last
        }),
    };
    match overlay.effect {
        Effect::Closed => there,
        Effect::Only => !there,
    }
}
