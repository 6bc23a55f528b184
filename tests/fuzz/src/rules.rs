//! What a scheduler writes of a series: recurrence rules.

use calendar::{Bounds, Recurrence, Rule, StartError};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Recurrence rules (RFC 5545, section 3.3.10): what is read is written so that it reads the same; its occurrences begin with
/// its start, go up, keep their bounds and end; a start that is refused comes with others that are not.
pub(crate) fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(rule) = text.parse::<Rule>() else { return };
    assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(&rule));
    let start = date(2027, 3, 28).at(2, 30, 0, 0);
    let recurrence = match Recurrence::new(start, TimeZone::UTC, rule.clone()) {
        Ok(recurrence) => recurrence,
        Err(StartError::NotInRule { before, after }) => {
            for near in [before, after].into_iter().flatten() {
                let begun = Recurrence::new(near, TimeZone::UTC, rule.clone());
                assert!(!matches!(begun, Err(StartError::NotInRule { .. })), "{near}");
            }
            return;
        }
        Err(_) => return,
    };
    let excluded = recurrence.start().checked_add(7.days()).into_iter().collect();
    let Ok(until) = Timestamp::from_second(2_000_000_000) else { return };
    let bounds = Bounds { until, occurrences_max: 50 };
    let found = recurrence.with_excluded(excluded).expand(&bounds).occurrences;
    assert!(found.len() <= 50 && found.first().is_some_and(|first| first.local == start));
    assert!(found.is_sorted_by(|one, next| one.at < next.at && next.at < until));
}
