//! What calendars say of the days: legal holidays as they were published, and the months of other reckonings.

mod holidays;
mod reckonings;

use std::collections::BTreeSet;

use booking::{Calendar, Day, DayNumber, Interval, MonthDay, Offset, Reckoning};
use jiff::ToSpan;
use jiff::civil::Date;

pub(crate) use holidays::{HolidaySpan, HolidayYear, Holidays};

use crate::civil::Zone;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The number of a day, if it is not before 1970.
pub(crate) fn day_number(day: Date) -> Option<DayNumber> {
    let days = day.duration_since(EPOCH).as_hours() / 24;
    u32::try_from(days).ok().map(DayNumber)
}

/// The day of a number; the last one of the calendar if there is none.
pub(crate) fn day_of(number: DayNumber) -> Date {
    EPOCH.checked_add(i64::from(number.0).days()).unwrap_or(Date::MAX)
}

/// The days that `span` touches in the county's zone, by the reckonings that somebody asks for.
pub(crate) fn calendar(
    zone: &Zone,
    span: Interval,
    holidays: &Holidays,
    wanted: &BTreeSet<Reckoning>,
) -> Calendar {
    let (first, last) = (zone.day_at(span.start()), zone.day_at(span.end()));
    let dates = first.series(1.day()).take_while(|date| *date <= last);
    let days = dates.map(|date| day(date, holidays, wanted)).collect();
    let offsets = zone.offsets(span).into_iter();
    let offsets = offsets.map(|(from, seconds)| Offset { from, seconds }).collect();
    Calendar::new(day_number(first).unwrap_or(DayNumber(0)), days, offsets)
}

fn day(date: Date, holidays: &Holidays, wanted: &BTreeSet<Reckoning>) -> Day {
    let by = |reckoning| {
        let asked = wanted.contains(&reckoning);
        asked.then(|| reckonings::month_day(date, reckoning)).flatten()
    };
    Day {
        solar: MonthDay {
            month: date.month().unsigned_abs(),
            day: date.day().unsigned_abs(),
            leap: false,
        },
        lunar: by(Reckoning::Lunar),
        tibetan: by(Reckoning::Tibetan),
        hijri: by(Reckoning::Hijri),
        legal: holidays.legal(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_number() {
        assert_eq!(day_number(EPOCH), Some(DayNumber(0)));
        assert_eq!(day_number(jiff::civil::date(2026, 11, 23)), Some(DayNumber(20_780)));
        assert_eq!(day_number(jiff::civil::date(1969, 12, 31)), None);
    }

    #[test]
    fn a_calendar_has_every_day_that_a_span_touches_and_what_was_asked_for() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let from = crate::civil::parse_time("2026-10-09T23:30:00+08:00").unwrap();
        let span = Interval::new(from, from.plus(86_400)).unwrap();
        let wanted = BTreeSet::from([Reckoning::Lunar]);
        let calendar = calendar(&zone, span, &Holidays::shipped(), &wanted);
        let days: Vec<_> = calendar.days().collect();
        assert_eq!(days.len(), 2);
        assert_eq!(days[1].0.weekday(), booking::Weekday::Saturday);
        assert_eq!(days[1].1.legal, booking::Legal::Workday);
        assert_eq!(days[1].1.lunar.unwrap().day, 1);
        assert_eq!(days[1].1.hijri, None);
    }
}
