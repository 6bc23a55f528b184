//! Legal holidays and the workdays that make up for them, year by year as they were published.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use booking::Legal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use session::Names;

use crate::kept_names;

/// What comes with the program: mainland China from 2004 on, made by `scheduler/holidays/make.py`.
const SHIPPED: &str = include_str!("../../holidays/china.json");

/// Days in a row of one holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HolidaySpan {
    pub(crate) from: Date,
    /// The last of them.
    pub(crate) to: Date,
    #[serde(flatten, with = "kept_names")]
    pub(crate) names: Names,
}

/// A year as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolidayYear {
    pub(crate) holidays: Vec<HolidaySpan>,
    /// Days of weekends that are worked.
    pub(crate) workdays: Vec<Date>,
}

#[derive(Deserialize)]
struct Shipped {
    from: String,
    years: BTreeMap<i16, HolidayYear>,
}

fn shipped() -> &'static Shipped {
    static READ: OnceLock<Shipped> = OnceLock::new();
    READ.get_or_init(|| {
        serde_json::from_str(SHIPPED).unwrap_or_else(|error| {
            tracing::error!(%error, "holidays.unreadable");
            Shipped { from: String::new(), years: BTreeMap::new() }
        })
    })
}

/// The years that are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holidays {
    /// As the county said; these stand for those that came with the program.
    own: BTreeMap<i16, HolidayYear>,
}

impl Holidays {
    /// Those that came with the program, and no others.
    #[cfg(test)]
    pub(crate) fn shipped() -> Self {
        Self::default()
    }

    /// Those that came with the program, but for the years that the county said itself.
    pub(crate) const fn with(own: BTreeMap<i16, HolidayYear>) -> Self {
        Self { own }
    }

    /// A year, if it was published.
    pub(crate) fn year(&self, year: i16) -> Option<&HolidayYear> {
        self.own.get(&year).or_else(|| shipped().years.get(&year))
    }

    /// Where a year comes from: the county, or a package by its name; `None` if it was not published.
    pub(crate) fn source(&self, year: i16) -> Option<&str> {
        let own = self.own.contains_key(&year).then_some("county");
        own.or_else(|| shipped().years.contains_key(&year).then_some(shipped().from.as_str()))
    }

    /// Every year that was published, in order.
    pub(crate) fn published(&self) -> Vec<i16> {
        let mut years: Vec<i16> = self.own.keys().chain(shipped().years.keys()).copied().collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    /// The holiday that a day is.
    pub(crate) fn holiday(&self, day: Date) -> Option<&HolidaySpan> {
        self.year(day.year())?.holidays.iter().find(|span| span.from <= day && day <= span.to)
    }

    /// What the law makes of a day.
    pub(crate) fn legal(&self, day: Date) -> Legal {
        match self.year(day.year()) {
            None => Legal::NotPublished,
            Some(year) if year.workdays.contains(&day) => Legal::Workday,
            Some(_) if self.holiday(day).is_some() => Legal::Holiday,
            Some(_) => Legal::Ordinary,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_years_that_are_shipped_are_read_and_the_next_is_honestly_not_there() {
        let holidays = Holidays::shipped();
        assert_eq!(holidays.published(), (2004..=2026).collect::<Vec<_>>());
        assert_eq!(holidays.legal(date(2026, 2, 17)), Legal::Holiday);
        assert_eq!(holidays.holiday(date(2026, 2, 17)).unwrap().names.zh(), "春节");
        assert_eq!(holidays.legal(date(2026, 2, 14)), Legal::Workday);
        assert_eq!(holidays.legal(date(2026, 2, 13)), Legal::Ordinary);
        assert_eq!(holidays.legal(date(2027, 1, 1)), Legal::NotPublished);
        assert_eq!(holidays.source(2026), Some("npm chinese-days 1.5.7"));
        assert_eq!(holidays.source(2027), None);
    }

    #[test]
    fn a_year_of_the_county_stands_for_the_shipped_one() {
        let day = date(2026, 7, 1);
        let span = HolidaySpan { from: day, to: day, names: Names::new("县庆").unwrap() };
        let own = HolidayYear { holidays: vec![span], workdays: vec![] };
        let holidays = Holidays::with(BTreeMap::from([(2026, own.clone()), (2027, own)]));
        assert_eq!(holidays.legal(day), Legal::Holiday);
        assert_eq!(holidays.legal(date(2026, 2, 17)), Legal::Ordinary);
        assert_eq!(holidays.legal(date(2027, 1, 1)), Legal::Ordinary);
        assert_eq!(holidays.source(2026), Some("county"));
        assert_eq!(holidays.published().last(), Some(&2027));
    }
}
