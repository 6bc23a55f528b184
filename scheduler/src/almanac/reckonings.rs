//! Days by other reckonings than the civil one, from tables and rules of `tyme4rs`, within the years for which these were
//! tried day by day (the tests below).

use std::sync::OnceLock;

use booking::{MonthDay, Reckoning};
use jiff::civil::Date;
use tyme4rs::tyme::rabbyung::RabByungMonth;
use tyme4rs::tyme::solar::SolarDay;

/// The day as `reckoning` counts it; `None` in years that are not known. Of the calendar of Islam it is the tabular one:
/// where the moon is watched for, a month may begin a day earlier or later.
pub(super) fn month_day(date: Date, reckoning: Reckoning) -> Option<MonthDay> {
    let known = match reckoning {
        Reckoning::Tibetan => 2026..=2035,
        Reckoning::Solar | Reckoning::Lunar | Reckoning::Hijri => 2000..=2049,
    };
    if !known.contains(&date.year()) {
        return None;
    }
    let month = date.month().unsigned_abs().into();
    let day = SolarDay::new(date.year().into(), month, date.day().unsigned_abs().into()).ok()?;
    let (month, day, leap) = match reckoning {
        Reckoning::Solar => (day.get_month(), day.get_day(), false),
        Reckoning::Lunar => {
            let lunar = day.get_lunar_day();
            let month = lunar.get_lunar_month();
            (month.get_month(), lunar.get_day(), month.is_leap())
        }
        Reckoning::Tibetan => return tibetan(date),
        Reckoning::Hijri => {
            let hijri = day.get_hijri_day();
            (hijri.get_month(), hijri.get_day(), false)
        }
    };
    Some(MonthDay { month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()?, leap })
}

/// The first day of the 11th Tibetan month of 2025, and how many days are known from it on.
const TIBETAN_FIRST: Date = jiff::civil::date(2025, 12, 20);
const TIBETAN_DAYS: usize = 3_700;

/// Looked up in a list that is made once, month by month: the crate counts every month since 1951 for each day that it is
/// asked for, which takes a tenth of a second.
fn tibetan(date: Date) -> Option<MonthDay> {
    static DAYS: OnceLock<Vec<MonthDay>> = OnceLock::new();
    let days = DAYS.get_or_init(|| tibetan_days().unwrap_or_default());
    let at = usize::try_from(date.duration_since(TIBETAN_FIRST).as_hours() / 24).ok()?;
    days.get(at).copied()
}

/// Every day from `TIBETAN_FIRST` on. A month has days 1 to 30, of which some are left out and some come twice.
fn tibetan_days() -> Option<Vec<MonthDay>> {
    let mut days = Vec::new();
    let mut month = RabByungMonth::from_ym(2025, 11).ok()?;
    while days.len() < TIBETAN_DAYS {
        let special = month.get_special_days();
        let number = u8::try_from(month.get_month()).ok()?;
        for day in (1..=30u8).filter(|day| !special.contains(&-isize::from(*day))) {
            let it = MonthDay { month: number, day, leap: month.is_leap() };
            days.push(it);
            days.extend(special.contains(&isize::from(day)).then_some(it));
        }
        month = month.next(1).ok()?;
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    fn days(from: i16, until: i16) -> impl Iterator<Item = Date> {
        let until = date(until, 1, 1);
        date(from, 1, 1).series(1.day()).take_while(move |day| *day < until)
    }

    #[test]
    fn every_lunar_day_of_fifty_years_is_that_of_another_source() {
        let lines = include_str!("lunar-months.txt").lines().filter(|line| !line.starts_with('#'));
        let months = lines.map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            (parts[0].parse::<Date>().unwrap(), parts[1].parse::<u8>().unwrap(), parts[2] == "1")
        });
        let months: Vec<(Date, u8, bool)> = months.collect();
        assert!(months.len() > 600);
        let mut tried = 0;
        for day in days(2000, 2050).filter(|day| *day >= months[0].0) {
            let at = months.partition_point(|(first, ..)| *first <= day) - 1;
            let (first, month, leap) = months[at];
            let count = u8::try_from(day.duration_since(first).as_hours() / 24 + 1).unwrap();
            let expected = MonthDay { month, day: count, leap };
            assert_eq!(month_day(day, Reckoning::Lunar), Some(expected), "{day}");
            tried += 1;
        }
        assert!(tried > 18_000);
    }

    /// Days follow each other, or a month begins; the Tibetan calendar leaves days out and counts others twice.
    #[test]
    fn every_day_of_the_known_years_has_a_place_in_its_month() {
        let kinds =
            [(Reckoning::Hijri, 2000, 2050, 1..=1), (Reckoning::Tibetan, 2026, 2036, 0..=2)];
        for (reckoning, from, until, steps) in kinds {
            let mut before: Option<MonthDay> = None;
            for day in days(from, until) {
                let now = month_day(day, reckoning).unwrap();
                assert!((1..=12).contains(&now.month) && (1..=30).contains(&now.day), "{day}");
                if let Some(before) = before.filter(|before| before.month == now.month) {
                    let on = i16::from(now.day) - i16::from(before.day);
                    let again = before.leap != now.leap;
                    assert!(again || steps.contains(&on), "{day}: {before:?} {now:?}");
                }
                before = Some(now);
            }
        }
    }

    #[test]
    fn the_list_of_tibetan_days_is_as_the_crate_counts_them() {
        for day in [date(2026, 1, 1), date(2035, 12, 31)] {
            let numbers = (day.year().into(), day.month().unsigned_abs().into());
            let solar = SolarDay::new(numbers.0, numbers.1, day.day().unsigned_abs().into());
            let counted = solar.unwrap().get_rab_byung_day().unwrap();
            let month = counted.get_rab_byung_month().get_month();
            let listed = month_day(day, Reckoning::Tibetan).unwrap();
            assert_eq!(
                (usize::from(listed.month), usize::from(listed.day)),
                (month, counted.get_day())
            );
        }
    }

    #[test]
    fn festivals_are_on_their_days() {
        let at = |day, reckoning| {
            let it: MonthDay = month_day(day, reckoning).unwrap();
            (it.month, it.day)
        };
        assert_eq!(at(date(2027, 2, 6), Reckoning::Lunar), (1, 1));
        assert_eq!(at(date(2027, 2, 7), Reckoning::Tibetan), (1, 1));
        assert_eq!(at(date(2026, 3, 20), Reckoning::Hijri), (10, 1));
        assert_eq!(month_day(date(1999, 12, 31), Reckoning::Lunar), None);
        assert_eq!(month_day(date(2036, 1, 1), Reckoning::Tibetan), None);
    }
}
