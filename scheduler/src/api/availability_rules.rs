//! From what was said of availability to the rules of it, with everything that is wrong with it.

use std::collections::BTreeSet;

use booking::{Buffer, DayNumber, Overlay, Reckoning, Rules, Weekly, When, Window};
use serde_json::json;

use super::availability_wire as wire;
use super::faults::Faults;
use crate::almanac::day_number;
use crate::problem::Problem;

const HOURS_MAX: usize = 60;
const EXCEPTIONS_MAX: usize = 400;
const WINDOWS_MAX: usize = 8;
const WORKDAYS_MAX: usize = 60;
const OVERLAYS_MAX: usize = 20;
const SPANS_MAX: usize = 60;
const NAME_CHARS_MAX: usize = 60;
const BUFFER_MINUTES_MAX: u32 = 720;

/// Rules and buffer as they were said.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) rules: Rules,
    pub(super) buffer: Buffer,
    /// The names of the overlays, in the order of those of the rules.
    pub(super) names: Vec<String>,
}

impl Kept {
    /// The reckonings that its overlays count by.
    pub(super) fn reckonings(&self) -> BTreeSet<Reckoning> {
        let by = |overlay: &Overlay| match overlay.when {
            When::Digits { reckoning, .. } | When::Yearly { reckoning, .. } => Some(reckoning),
            When::Days(_) | When::Hours(_) => None,
        };
        self.rules.overlays.iter().filter_map(by).collect()
    }
}

/// The rules that were said, or all that is wrong with them.
pub(super) fn read(said: &wire::Availability) -> Result<Kept, Problem> {
    let mut faults = Faults::default();
    let mut kept = Kept::default();
    kept.rules.keeps_holidays = said.keeps_holidays;
    if let Some(hours) = &said.weekly {
        kept.rules.weekly = Some(weekly("weekly", hours, &mut faults));
    }
    read_days(said, &mut kept.rules, &mut faults);
    if faults.at_most("overlays", said.overlays.len(), OVERLAYS_MAX) {
        for (place, overlay) in said.overlays.iter().enumerate() {
            let field = format!("overlays[{place}]");
            faults.name(&format!("{field}.name"), &overlay.name, NAME_CHARS_MAX);
            if let Some(when) = when(&field, overlay, &mut faults) {
                kept.rules.overlays.push(Overlay { when, effect: overlay.effect.into() });
                kept.names.push(overlay.name.trim().to_owned());
            }
        }
    }
    for (field, minutes) in
        [("beforeMinutes", said.before_minutes), ("afterMinutes", said.after_minutes)]
    {
        if minutes > BUFFER_MINUTES_MAX {
            let detail = format!("`{field}` may be at most {BUFFER_MINUTES_MAX} minutes");
            faults.add(field, "too-large", json!({ "most": BUFFER_MINUTES_MAX }), &detail);
        }
    }
    kept.buffer = Buffer {
        before_s: said.before_minutes.saturating_mul(60),
        after_s: said.after_minutes.saturating_mul(60),
    };
    faults.or(kept)
}

fn read_days(said: &wire::Availability, rules: &mut Rules, faults: &mut Faults) {
    if faults.at_most("exceptions", said.exceptions.len(), EXCEPTIONS_MAX) {
        for (place, exception) in said.exceptions.iter().enumerate() {
            let field = format!("exceptions[{place}]");
            let day = number(&format!("{field}.day"), &exception.day, faults);
            let windows = windows(&format!("{field}.windows"), &exception.windows, faults);
            let before = day.and_then(|day| rules.exceptions.insert(day, windows));
            if before.is_some() {
                twice(&format!("{field}.day"), &exception.day, faults);
            }
        }
    }
    if faults.at_most("workdays", said.workdays.len(), WORKDAYS_MAX) {
        for (place, workday) in said.workdays.iter().enumerate() {
            let field = format!("workdays[{place}].day");
            let day = number(&field, &workday.day, faults);
            if day.and_then(|day| rules.workdays.insert(day, workday.like.into())).is_some() {
                twice(&field, &workday.day, faults);
            }
        }
    }
}

fn twice(field: &str, day: &str, faults: &mut Faults) {
    let detail = format!("{day} is in the list twice; put all of it in one entry");
    faults.add(field, "day-twice", json!({ "day": day }), &detail);
}

fn number(field: &str, text: &str, faults: &mut Faults) -> Option<DayNumber> {
    faults.day(field, text).and_then(day_number)
}

fn when(field: &str, said: &wire::Overlay, faults: &mut Faults) -> Option<When> {
    let days = said.days.as_ref().map(|days| {
        let field = format!("{field}.days");
        let fits = faults.at_most(&field, days.len(), SPANS_MAX);
        let spans = days.iter().take(if fits { SPANS_MAX } else { 0 }).enumerate();
        When::Days(spans.filter_map(|(at, span)| days_of(&field, at, span, faults)).collect())
    });
    let month_days = said.month_days.as_ref().map(|said| {
        let good = !said.digits.is_empty() && said.digits.iter().all(|digit| *digit <= 9);
        if !good {
            let detail = "`digits` must be one or more of 0 to 9, such as 3, 6 and 9";
            faults.add(&format!("{field}.monthDays.digits"), "not-digits", json!({}), detail);
        }
        let bits = said.digits.iter().fold(0, |bits, digit| bits | (1 << (digit % 10)));
        When::Digits { reckoning: said.reckoning.into(), digits: bits }
    });
    let yearly = said.yearly.as_ref().map(|said| {
        let good = (1..=12).contains(&said.month) && 1 <= said.from && said.from <= said.to;
        if !good || said.to > 31 {
            let detail = "`month` is from 1 to 12, and `from` and `to` are days of it in order";
            faults.add(&format!("{field}.yearly"), "not-days-of-a-month", json!({}), detail);
        }
        let wire::Yearly { month, from, to, .. } = *said;
        When::Yearly { reckoning: said.reckoning.into(), month, first: from, last: to }
    });
    let hours = said
        .hours
        .as_ref()
        .map(|hours| When::Hours(weekly(&format!("{field}.hours"), hours, faults)));
    let mut given: Vec<When> = [days, month_days, yearly, hours].into_iter().flatten().collect();
    let only = given.pop().filter(|_| given.is_empty());
    if only.is_none() {
        let detail = "give exactly one of `days`, `monthDays`, `yearly` and `hours`";
        faults.add(field, "not-one-time", json!({}), detail);
    }
    only
}

fn days_of(
    field: &str,
    place: usize,
    span: &wire::Days,
    faults: &mut Faults,
) -> Option<(DayNumber, DayNumber)> {
    let first = number(&format!("{field}[{place}].from"), &span.from, faults)?;
    let last = number(&format!("{field}[{place}].to"), &span.to, faults)?;
    if last < first {
        let detail = format!("{} is before {}; give the first day first", span.to, span.from);
        faults.add(&format!("{field}[{place}].to"), "end-before-start", json!({}), &detail);
    }
    Some((first, last))
}

fn weekly(field: &str, hours: &[wire::Hours], faults: &mut Faults) -> Weekly {
    let mut weekly = Weekly::default();
    if !faults.at_most(field, hours.len(), HOURS_MAX) {
        return weekly;
    }
    for (place, hours) in hours.iter().enumerate() {
        let field = format!("{field}[{place}]");
        if hours.days.is_empty() || hours.days.len() > 7 {
            let detail = "`days` must be one or more days of the week";
            faults.add(&format!("{field}.days"), "not-weekdays", json!({}), detail);
        } else if let Some(window) = window(&field, (&hours.from, &hours.to), faults) {
            hours.days.iter().for_each(|day| weekly.add((*day).into(), window));
        }
    }
    weekly
}

fn windows(field: &str, said: &[wire::Window], faults: &mut Faults) -> Vec<Window> {
    if !faults.at_most(field, said.len(), WINDOWS_MAX) {
        return Vec::new();
    }
    let each = said.iter().enumerate();
    each.filter_map(|(place, it)| window(&format!("{field}[{place}]"), (&it.from, &it.to), faults))
        .collect()
}

fn window(field: &str, (from, to): (&str, &str), faults: &mut Faults) -> Option<Window> {
    let mut minute = |member: &str, text: &str| {
        let minute = minute_of(text);
        if minute.is_none() {
            let field = format!("{field}.{member}");
            let detail = format!("`{field}` must be a time written HH:MM, 00:00 to 24:00");
            faults.add(&field, "not-a-time-of-day", json!({}), &detail);
        }
        minute
    };
    let (opens, closes) = (minute("from", from), minute("to", to));
    let window = Window::new(opens?, closes?);
    if window.is_err() {
        let detail = format!(
            "{to} is not after {from}; what goes past midnight is two windows, up to 24:00 and from 00:00"
        );
        faults.add(&format!("{field}.to"), "end-before-start", json!({}), &detail);
    }
    window.ok()
}

/// Minutes since midnight of `HH:MM`.
fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit());
    if !two(hours) || !two(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= booking::DAY_MINUTES).then_some(hours * 60 + minutes)
}
