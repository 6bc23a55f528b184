//! Reading a recurrence rule.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::rule::{ByDay, Frequency, RULE_BYTES_MAX, Rule, RuleEnd, WEEKDAYS};

const INTERVAL_MAX: i32 = 1_000;
const COUNT_MAX: i32 = 100_000;

/// What is wrong with the text of a rule. The texts are for people and say what is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Longer than a rule may be.
    #[error("a rule has at most {most} bytes")]
    TooLong {
        /// Most bytes.
        most: usize,
    },
    /// Something that is no part of a rule.
    #[error(
        "`{part}` is not a part of a rule; write NAME=VALUE and a semicolon between two of them, such as FREQ=WEEKLY;BYDAY=MO"
    )]
    NotAPart {
        /// As it was written.
        part: String,
    },
    /// A part that the standard has and this program has not.
    #[error(
        "{name} cannot be used here; FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and WKST can"
    )]
    Unsupported {
        /// Its name.
        name: String,
    },
    /// A part twice.
    #[error("{name} stands in the rule twice; write all its values after one, with commas")]
    Twice {
        /// Its name.
        name: &'static str,
    },
    /// A part whose value is not among those it can have.
    #[error("the value of {name} is wrong: {needs}")]
    Value {
        /// Its name.
        name: &'static str,
        /// What it can be.
        needs: &'static str,
    },
    /// FREQ is missing.
    #[error("a rule needs FREQ, which is DAILY, WEEKLY, MONTHLY or YEARLY")]
    NoFrequency,
    /// Both COUNT and UNTIL.
    #[error("a rule ends by COUNT or by UNTIL, not by both; leave one of them out")]
    TwoEnds,
    /// A part that does not go with the frequency.
    #[error("{name} does not go with FREQ={frequency}; leave it out or choose another FREQ")]
    NotWith {
        /// Its name, as it stands in the rule.
        name: &'static str,
        /// The frequency.
        frequency: &'static str,
    },
    /// BYSETPOS with nothing to choose from.
    #[error(
        "BYSETPOS chooses from what BYDAY, BYMONTHDAY or BYMONTH give; name one of them as well"
    )]
    NothingToChooseFrom,
}

impl RuleError {
    /// The word by which a program knows this error; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "rule-too-long",
            Self::NotAPart { .. } => "rule-not-a-part",
            Self::Unsupported { .. } => "rule-unsupported",
            Self::Twice { .. } => "rule-part-twice",
            Self::Value { .. } => "rule-value",
            Self::NoFrequency => "rule-without-frequency",
            Self::TwoEnds => "rule-with-two-ends",
            Self::NotWith { .. } => "rule-part-not-with-frequency",
            Self::NothingToChooseFrom => "rule-nothing-to-choose-from",
        }
    }

    /// The part of the rule that it speaks of, if there is one.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        match self {
            Self::NotAPart { part } => Some(part),
            Self::Unsupported { name } => Some(name),
            Self::Twice { name } | Self::Value { name, .. } | Self::NotWith { name, .. } => {
                Some(name)
            }
            Self::TooLong { .. }
            | Self::NoFrequency
            | Self::TwoEnds
            | Self::NothingToChooseFrom => None,
        }
    }
}

/// The parts as they are read; a part that is there twice is seen by that it has a value already.
#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<i32>,
    count: Option<i32>,
    until: Option<Timestamp>,
    months: Option<Vec<i8>>,
    month_days: Option<Vec<i8>>,
    week_days: Option<Vec<ByDay>>,
    positions: Option<Vec<i16>>,
    week_start: Option<Weekday>,
}

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads a rule, in capitals or not, with or without `RRULE:` before it.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.len() > RULE_BYTES_MAX {
            return Err(RuleError::TooLong { most: RULE_BYTES_MAX });
        }
        let capitals = text.trim().to_ascii_uppercase();
        let mut parts = Parts::default();
        for part in capitals.strip_prefix("RRULE:").unwrap_or(&capitals).split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| RuleError::NotAPart { part: part.to_string() })?;
            parts.take(name, value)?;
        }
        parts.rule()
    }
}

impl Parts {
    fn take(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        let days = "from MO to SU";
        match name {
            "FREQ" => set(&mut self.frequency, "FREQ", frequency(value)?),
            "INTERVAL" => {
                let needs = "a number from 1 to 1000";
                set(&mut self.interval, "INTERVAL", number(value, "INTERVAL", INTERVAL_MAX, needs)?)
            }
            "COUNT" => {
                let needs = "a number from 1 to 100000";
                set(&mut self.count, "COUNT", number(value, "COUNT", COUNT_MAX, needs)?)
            }
            "UNTIL" => set(&mut self.until, "UNTIL", until(value)?),
            "BYMONTH" => {
                let needs = "months from 1 to 12";
                let month = |text: &str| small(text, 12).filter(|month| *month > 0);
                set(&mut self.months, "BYMONTH", values(value, "BYMONTH", needs, month)?)
            }
            "BYMONTHDAY" => {
                let needs = "days from 1 to 31, or from -1 to -31 from the end of the month";
                let day = |text: &str| small(text, 31);
                set(&mut self.month_days, "BYMONTHDAY", values(value, "BYMONTHDAY", needs, day)?)
            }
            "BYDAY" => {
                let needs = "days from MO to SU, with a number before them in a month or year, such as 1MO or -1FR";
                set(&mut self.week_days, "BYDAY", values(value, "BYDAY", needs, by_day)?)
            }
            "BYSETPOS" => {
                let needs = "positions from 1 to 366, or from -1 to -366 from the end";
                let position = |text: &str| whole(text, 366).and_then(|it| i16::try_from(it).ok());
                set(&mut self.positions, "BYSETPOS", values(value, "BYSETPOS", needs, position)?)
            }
            "WKST" => {
                let day = weekday(value).ok_or(RuleError::Value { name: "WKST", needs: days })?;
                set(&mut self.week_start, "WKST", day)
            }
            other => Err(RuleError::Unsupported { name: other.to_string() }),
        }
    }

    fn rule(self) -> Result<Rule, RuleError> {
        let rule = Rule {
            frequency: self.frequency.ok_or(RuleError::NoFrequency)?,
            interval: self.interval.and_then(|it| u16::try_from(it).ok()).unwrap_or(1),
            end: match (self.count, self.until) {
                (None, None) => RuleEnd::Never,
                (Some(count), None) => RuleEnd::Count(count.unsigned_abs()),
                (None, Some(until)) => RuleEnd::Until(until),
                (Some(_), Some(_)) => return Err(RuleError::TwoEnds),
            },
            months: self.months.unwrap_or_default(),
            month_days: self.month_days.unwrap_or_default(),
            week_days: self.week_days.unwrap_or_default(),
            positions: self.positions.unwrap_or_default(),
            week_start: self.week_start.unwrap_or(Weekday::Monday),
        };
        fits(&rule)?;
        Ok(rule)
    }
}

/// What section 3.3.10 says must not stand together.
fn fits(rule: &Rule) -> Result<(), RuleError> {
    let frequency = rule.frequency.as_str();
    let numbered = rule.week_days.iter().filter_map(|day| day.ordinal);
    match rule.frequency {
        Frequency::Weekly if !rule.month_days.is_empty() => {
            return Err(RuleError::NotWith { name: "BYMONTHDAY", frequency });
        }
        Frequency::Daily | Frequency::Weekly if numbered.clone().count() > 0 => {
            return Err(RuleError::NotWith { name: "BYDAY with a number", frequency });
        }
        _ => {}
    }
    let nothing = rule.months.is_empty() && rule.month_days.is_empty() && rule.week_days.is_empty();
    if nothing && !rule.positions.is_empty() {
        return Err(RuleError::NothingToChooseFrom);
    }
    Ok(())
}

fn set<V>(place: &mut Option<V>, name: &'static str, value: V) -> Result<(), RuleError> {
    if place.is_some() {
        return Err(RuleError::Twice { name });
    }
    *place = Some(value);
    Ok(())
}

fn frequency(text: &str) -> Result<Frequency, RuleError> {
    let known = [Frequency::Daily, Frequency::Weekly, Frequency::Monthly, Frequency::Yearly];
    let needs = "DAILY, WEEKLY, MONTHLY or YEARLY";
    let found = known.into_iter().find(|frequency| frequency.as_str() == text);
    found.ok_or(RuleError::Value { name: "FREQ", needs })
}

fn number(
    text: &str,
    name: &'static str,
    most: i32,
    needs: &'static str,
) -> Result<i32, RuleError> {
    whole(text, most).filter(|number| *number > 0).ok_or(RuleError::Value { name, needs })
}

/// A whole number from 1 to `most`, or from -1 to -`most`.
fn whole(text: &str, most: i32) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let good = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i32 = text.parse().ok().filter(|_| good)?;
    (number != 0 && number.abs() <= most).then_some(number)
}

fn small(text: &str, most: i32) -> Option<i8> {
    whole(text, most).and_then(|number| i8::try_from(number).ok())
}

fn values<V: PartialEq>(
    text: &str,
    name: &'static str,
    needs: &'static str,
    read: impl Fn(&str) -> Option<V>,
) -> Result<Vec<V>, RuleError> {
    let mut all = Vec::new();
    for one in text.split(',') {
        let value = read(one).ok_or(RuleError::Value { name, needs })?;
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Ok(all)
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(_, word)| *word == text).map(|(day, _)| *day)
}

fn by_day(text: &str) -> Option<ByDay> {
    let (ordinal, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = weekday(day)?;
    if ordinal.is_empty() {
        return Some(ByDay { ordinal: None, weekday });
    }
    Some(ByDay { ordinal: Some(small(ordinal, 53)?), weekday })
}

/// UNTIL of a rule whose start has a zone must be in UTC (section 3.3.10).
fn until(text: &str) -> Result<Timestamp, RuleError> {
    let needs = "the last time in UTC, such as 20261231T155959Z";
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 15);
    let read = digits.and_then(|digits| DateTime::strptime("%Y%m%dT%H%M%S", digits).ok());
    let at = read.and_then(|civil| TimeZone::UTC.to_timestamp(civil).ok());
    at.ok_or(RuleError::Value { name: "UNTIL", needs })
}
