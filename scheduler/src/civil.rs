//! Civil time: days and printed times of the county's zone.

use booking::{ClockRun, Interval, UnixS};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// The county's time zone.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone of this IANA name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The zone's IANA name, such as `Asia/Shanghai`; empty if it has none.
    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// The zone as the calendar takes it.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.0.clone()
    }

    /// Local time at this time.
    pub(crate) fn local(&self, point: UnixS) -> DateTime {
        self.zoned(point).datetime()
    }

    /// When this local time is: of two the first, and later by a gap that it is in.
    pub(crate) fn at(&self, local: DateTime) -> Option<UnixS> {
        unix(self.0.to_timestamp(local).ok()?)
    }

    /// The day at this time.
    pub(crate) fn day_at(&self, point: UnixS) -> Date {
        self.zoned(point).date()
    }

    /// From midnight to midnight; a day need not have 24 hours.
    pub(crate) fn bounds(&self, day: Date) -> Option<Interval> {
        self.between(day, day.checked_add(1.day()).ok()?)
    }

    /// The month that a day is in, from midnight to midnight.
    pub(crate) fn month(&self, day: Date) -> Option<Interval> {
        let first = day.first_of_month();
        self.between(first, first.checked_add(1.month()).ok()?)
    }

    /// The `days` days after this one, from midnight to midnight.
    pub(crate) fn days_after(&self, day: Date, days: i64) -> Option<Interval> {
        let first = day.checked_add(1.day()).ok()?;
        self.between(first, first.checked_add(days.days()).ok()?)
    }

    /// `days` days from this one on, from midnight to midnight.
    pub(crate) fn days_from(&self, day: Date, days: i64) -> Option<Interval> {
        self.between(day, day.checked_add(days.days()).ok()?)
    }

    /// From the midnight that begins one day to the one that begins the other.
    fn between(&self, first: Date, last: Date) -> Option<Interval> {
        let midnight = |day: Date| unix(day.to_zoned(self.0.clone()).ok()?.timestamp());
        Interval::new(midnight(first)?, midnight(last)?).ok()
    }

    /// What the clock shows in these seconds: one run, but for an hour in which it is set forward or back.
    pub(crate) fn clock(&self, interval: Interval) -> Vec<ClockRun> {
        let mut runs = Vec::new();
        let mut start = interval.start();
        while start < interval.end() {
            let local = self.zoned(start);
            let set = self.0.following(local.timestamp()).next();
            let set = set.and_then(|it| unix(it.timestamp())).filter(|it| *it > start);
            let end = set.map_or(interval.end(), |it| it.min(interval.end()));
            let (hour, minute, second) = (local.hour(), local.minute(), local.second());
            let number = |it: i8| u32::from(it.unsigned_abs());
            let second_of_day = number(hour) * 3600 + number(minute) * 60 + number(second);
            runs.push(ClockRun { second_of_day, seconds: end.since(start) });
            start = end;
        }
        runs
    }

    /// How many seconds the wall is ahead of UTC, from which point in time on: where `span` begins, and at every change in it.
    pub(crate) fn offsets(&self, span: Interval) -> Vec<(UnixS, i32)> {
        let begins = self.zoned(span.start());
        let first = (span.start(), begins.offset().seconds());
        let changes = self.0.following(begins.timestamp()).map_while(|change| {
            let from = unix(change.timestamp()).filter(|from| *from < span.end())?;
            Some((from, change.offset().seconds()))
        });
        std::iter::once(first).chain(changes).collect()
    }

    /// RFC 3339 with the zone's offset, such as `2026-11-23T09:30:00+08:00`.
    pub(crate) fn print(&self, point: UnixS) -> String {
        self.zoned(point).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    fn zoned(&self, point: UnixS) -> Zoned {
        timestamp(point).to_zoned(self.0.clone())
    }
}

/// A point in time as calendars take it; the last that they have if it is after that.
pub(crate) fn timestamp(point: UnixS) -> Timestamp {
    let seconds = i64::try_from(point.0).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// A day of the week in Chinese, and in short in English.
pub(crate) const fn weekday_words(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Monday => ("星期一", "Mon"),
        Weekday::Tuesday => ("星期二", "Tue"),
        Weekday::Wednesday => ("星期三", "Wed"),
        Weekday::Thursday => ("星期四", "Thu"),
        Weekday::Friday => ("星期五", "Fri"),
        Weekday::Saturday => ("星期六", "Sat"),
        Weekday::Sunday => ("星期日", "Sun"),
    }
}

/// The day in `text`, which must be exactly `YYYY-MM-DD`.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (text.len() == 10 && day.to_string() == text).then_some(day)
}

/// The minute of the day in `text`, which must be exactly `HH:MM` from 00:00 to 23:59.
pub(crate) fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |it: &str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) =
        (Some(hour).filter(|it| two_digits(it))?, Some(minute).filter(|it| two_digits(it))?);
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The time in `text`, RFC 3339 with an offset; parts of a second are dropped.
pub(crate) fn parse_time(text: &str) -> Option<UnixS> {
    unix(text.parse().ok()?)
}

fn unix(timestamp: Timestamp) -> Option<UnixS> {
    u64::try_from(timestamp.as_second()).ok().map(UnixS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_the_county() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let day = zone.bounds(parse_day("2026-11-23").unwrap()).unwrap();
        assert_eq!(zone.print(day.start()), "2026-11-23T00:00:00+08:00");
        assert_eq!(zone.print(day.end()), "2026-11-24T00:00:00+08:00");
        assert_eq!(zone.day_at(day.end()).to_string(), "2026-11-24");
        assert_eq!(zone.day_at(day.end().minus(1)).to_string(), "2026-11-23");
        let week = zone.days_after(parse_day("2026-11-23").unwrap(), 7).unwrap();
        assert_eq!((week.start(), week.seconds()), (day.end(), 7 * 86_400));
    }

    #[test]
    fn a_month_is_that_of_the_calendar() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let month = zone.month(parse_day("2028-02-29").unwrap()).unwrap();
        assert_eq!(zone.print(month.start()), "2028-02-01T00:00:00+08:00");
        assert_eq!(month.seconds(), 29 * 86_400);
    }

    #[test]
    fn a_day_of_a_clock_change_is_as_long_as_it_is() {
        let zone = Zone::named("Europe/London").unwrap();
        let hours = |day: &str| zone.bounds(parse_day(day).unwrap()).unwrap().seconds() / 3600;
        assert_eq!((hours("2026-03-29"), hours("2026-06-01"), hours("2026-10-25")), (23, 24, 25));
    }

    #[test]
    fn a_clock_that_is_set_back_shows_an_hour_twice() {
        let point = |text: &str| parse_time(text).unwrap();
        let runs = |zone: &str, from: &str, until: &str| {
            let interval = Interval::new(point(from), point(until)).unwrap();
            let runs = Zone::named(zone).unwrap().clock(interval);
            runs.iter().map(|run| (run.second_of_day, run.seconds)).collect::<Vec<_>>()
        };
        let night = runs("Asia/Shanghai", "2026-10-25T23:30:00+08:00", "2026-10-26T01:00:00+08:00");
        assert_eq!(night, [(23 * 3600 + 1800, 5400)]);
        let back = runs("Europe/London", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z");
        assert_eq!(back, [(5400, 1800), (3600, 3600)]);
    }

    #[test]
    fn offsets_are_told_with_their_changes() {
        let offsets = |zone: &str, from: &str, days: u64| {
            let from = parse_time(from).unwrap();
            let span = Interval::new(from, from.plus(days * 86_400)).unwrap();
            Zone::named(zone).unwrap().offsets(span)
        };
        let from = "2026-03-20T00:00:00Z";
        let start = parse_time(from).unwrap();
        assert_eq!(offsets("Asia/Shanghai", from, 30), [(start, 28_800)]);
        let change = parse_time("2026-03-29T01:00:00Z").unwrap();
        assert_eq!(offsets("Europe/London", from, 30), [(start, 0), (change, 3600)]);
        assert_eq!(offsets("Europe/London", from, 9), [(start, 0)]);
    }

    #[test]
    fn a_day_is_four_two_and_two_digits_of_the_calendar() {
        for bad in [
            "",
            "today",
            "2026-11-31",
            "2026-13-01",
            "2026-1-1",
            "20261123",
            "2026-11-23T10:00",
            "-002026-11-23",
            "9999999-01-01",
        ] {
            assert_eq!(parse_day(bad), None, "{bad}");
        }
        assert!(Zone::named("Mars/Olympus").is_none());
        assert!(
            Zone::named("Asia/Shanghai")
                .unwrap()
                .bounds(parse_day("9999-12-31").unwrap())
                .is_none()
        );
    }

    #[test]
    fn a_time_of_the_day_is_two_digits_and_two() {
        assert_eq!(
            ["00:00", "07:30", "23:59"].map(minute_of_day),
            [Some(0), Some(450), Some(1439)]
        );
        for bad in ["", "7:30", "24:00", "12:60", "+1:00", "1200", "12:0０", "12:000"] {
            assert_eq!(minute_of_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_needs_an_offset() {
        assert_eq!(parse_time("2026-11-23T09:30:00+08:00"), parse_time("2026-11-23T01:30:00.999Z"));
        for bad in [
            "2026-11-23T09:30:00",
            "2026-11-23",
            "1969-12-31T00:00:00Z",
            "soon",
            "2026-11-23T25:00:00Z",
        ] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }
}
