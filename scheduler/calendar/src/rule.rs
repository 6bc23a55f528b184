//! What a recurrence rule holds (RFC 5545, section 3.3.10), and how it is written.

use alloc::vec::Vec;
use core::fmt;

use jiff::Timestamp;
use jiff::civil::Weekday;

/// Longest text of a rule, bytes.
pub const RULE_BYTES_MAX: usize = 512;

/// The length of one interval of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// A day.
    Daily,
    /// A week, from the day that the rule names as its first.
    Weekly,
    /// A month.
    Monthly,
    /// A year.
    Yearly,
}

impl Frequency {
    /// The word of the standard.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

/// One entry of BYDAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByDay {
    /// Which of these days of the month or year, from its end if negative; every one if absent.
    pub ordinal: Option<i8>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// How a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleEnd {
    /// It goes on.
    Never,
    /// After so many occurrences, the start among them; exceptions count as well.
    Count(u32),
    /// After the last occurrence that is not later than this.
    Until(Timestamp),
}

/// A recurrence rule whose interval is a day or longer: one occurrence a day at most, at the time of day of its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(crate) frequency: Frequency,
    /// Every how many intervals, 1 to 1,000.
    pub(crate) interval: u16,
    pub(crate) end: RuleEnd,
    /// BYMONTH, 1 to 12; every month if empty.
    pub(crate) months: Vec<i8>,
    /// BYMONTHDAY, 1 to 31, and -1 to -31 from the end of the month.
    pub(crate) month_days: Vec<i8>,
    pub(crate) week_days: Vec<ByDay>,
    /// BYSETPOS, 1 to 366, and -1 to -366 from the end of the set of one interval.
    pub(crate) positions: Vec<i16>,
    /// First day of the week.
    pub(crate) week_start: Weekday,
}

impl Rule {
    /// How it ends.
    #[must_use]
    pub const fn end(&self) -> RuleEnd {
        self.end
    }

    /// The length of one of its intervals.
    #[must_use]
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }
}

/// The days of a week and their words in the standard.
pub(crate) const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "MO"),
    (Weekday::Tuesday, "TU"),
    (Weekday::Wednesday, "WE"),
    (Weekday::Thursday, "TH"),
    (Weekday::Friday, "FR"),
    (Weekday::Saturday, "SA"),
    (Weekday::Sunday, "SU"),
];

fn word(weekday: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(day, _)| *day == weekday).map_or("MO", |(_, word)| word)
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ordinal) = self.ordinal {
            write!(f, "{ordinal}")?;
        }
        f.write_str(word(self.weekday))
    }
}

/// As the standard writes it, so that it can be read again.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency.as_str())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        list(f, "BYMONTH", &self.months)?;
        list(f, "BYMONTHDAY", &self.month_days)?;
        list(f, "BYDAY", &self.week_days)?;
        list(f, "BYSETPOS", &self.positions)?;
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", word(self.week_start))?;
        }
        match self.end {
            RuleEnd::Never => Ok(()),
            RuleEnd::Count(count) => write!(f, ";COUNT={count}"),
            RuleEnd::Until(until) => write!(f, ";UNTIL={}", until.strftime("%Y%m%dT%H%M%SZ")),
        }
    }
}

fn list<V: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[V]) -> fmt::Result {
    for (number, value) in values.iter().enumerate() {
        if number == 0 {
            write!(f, ";{name}={value}")?;
        } else {
            write!(f, ",{value}")?;
        }
    }
    Ok(())
}
