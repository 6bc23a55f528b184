//! The calendar part of a mail: from what is agreed to iCalendar.

use std::collections::{BTreeMap, BTreeSet};

use booking::UnixS;
use calendar::{
    Bounds, End, Instance, Invitation, Party, Recurrence, Repeated, Repetition, Rule, Times,
    invitation,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use session::{Language, Names};

use super::agreed::{InSeries, Part, Telling};
use crate::civil;

/// Most times of a rule that are looked at: more than a series can have.
const TIMES_MAX: usize = 1_000;

/// Who writes and to whom, and what stands beside the times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) made: UnixS,
    pub(super) organizer: Party<'a>,
    pub(super) attendee: Party<'a>,
    pub(super) url: &'a str,
    pub(super) description: &'a str,
    /// In which names are told.
    pub(super) language: Language,
}

/// What of a part is the same in most parts of a series.
type Common<'a> = (&'a str, &'a [Names], u64);

fn common(part: &Part) -> Common<'_> {
    (&part.title, &part.rooms, part.ends_s.saturating_sub(part.starts_s))
}

/// The calendar part of what is told.
pub(super) fn calendar_part(telling: &Telling, around: &Around<'_>) -> String {
    let what = Invitation {
        method: telling.method,
        uid: &telling.uid,
        sequence: u32::try_from(telling.sequence).unwrap_or_default(),
        made: timestamp(around.made.0),
        organizer: around.organizer,
        attendee: around.attendee,
        attendance: telling.attendance(),
        url: around.url,
        description: around.description,
    };
    let parts = &telling.agreed.parts;
    let places: Vec<String> =
        parts.iter().map(|part| called(&part.rooms, around.language)).collect();
    let parts: Vec<(&Part, &str)> = parts.iter().zip(places.iter().map(String::as_str)).collect();
    let Some(first) = parts.first() else { return String::new() };
    let zone = telling
        .series
        .as_ref()
        .and_then(|series| TimeZone::get(&series.time_zone).ok().map(|zone| (series, zone)));
    let times = match &zone {
        // Who takes out an end need not know of the times of a series: all of it ends.
        None => Times::Once(instance(first)),
        Some((series, zone)) => Times::Series(Box::new(repeated(series, zone, &parts))),
    };
    invitation(&what, &times)
}

/// What people or places are called, one after the other.
pub(super) fn called(those: &[Names], language: Language) -> String {
    let names: Vec<&str> = those.iter().map(|names| names.in_language(language)).collect();
    names.join(if language == Language::Chinese { "、" } else { ", " })
}

fn instance<'a>((part, place): &(&'a Part, &'a str)) -> Instance<'a> {
    Instance {
        start: timestamp(part.starts_s),
        end: timestamp(part.ends_s),
        summary: &part.title,
        location: place,
    }
}

/// The parts as a series: what most have in common, when the series has them, and those that differ.
fn repeated<'a>(
    series: &'a InSeries,
    zone: &'a TimeZone,
    parts: &[(&'a Part, &'a str)],
) -> Repeated<'a> {
    let mut counted: BTreeMap<Common<'a>, usize> = BTreeMap::new();
    for (part, _) in parts {
        *counted.entry(common(part)).or_default() += 1;
    }
    let most = counted.into_iter().max_by_key(|(_, count)| *count).map(|(common, _)| common);
    let usual = parts.iter().find(|(part, _)| Some(common(part)) == most).or(parts.first());
    let wanted: BTreeSet<Timestamp> =
        parts.iter().map(|(part, _)| timestamp(part.planned_s)).collect();
    let (start, repetition) = by_rule(series, zone, &wanted).unwrap_or_else(|| {
        let mut dates = wanted.iter().copied();
        let start = dates.next().unwrap_or_default();
        (start, Repetition::Dates(dates.collect()))
    });
    let length_s = most.map_or(0, |(_, _, length_s)| length_s);
    let first = Instance {
        start,
        end: timestamp(seconds(start).saturating_add(length_s)),
        summary: usual.map_or("", |(part, _)| &part.title),
        location: usual.map_or("", |(_, place)| place),
    };
    let differs = |part: &Part| part.starts_s != part.planned_s || Some(common(part)) != most;
    let others = parts.iter().filter(|(part, _)| differs(part));
    let ends = parts.iter().map(|(part, _)| part.ends_s.max(part.planned_s));
    Repeated {
        zone,
        zone_name: &series.time_zone,
        first,
        repetition,
        end: timestamp(ends.max().unwrap_or_default()),
        others: others.map(|it| (timestamp(it.0.planned_s), instance(it))).collect(),
    }
}

/// The rule of the series and what is not in it for this person, if the rule has all that is wanted: a series whose rule was
/// changed from some time on has others before.
fn by_rule(
    series: &InSeries,
    zone: &TimeZone,
    wanted: &BTreeSet<Timestamp>,
) -> Option<(Timestamp, Repetition)> {
    let rule: Rule = series.rule.parse().ok()?;
    let start = timestamp(series.planned_s.iter().min().copied()?);
    let recurrence = Recurrence::new(zone.to_datetime(start), zone.clone(), rule.clone()).ok()?;
    let bounds = Bounds { until: Timestamp::MAX, occurrences_max: TIMES_MAX };
    let expansion = recurrence.expand(&bounds);
    let all: BTreeSet<Timestamp> = expansion.occurrences.iter().map(|it| it.at).collect();
    let whole = expansion.end == End::Rule && wanted.is_subset(&all);
    let first = all.first().copied().filter(|_| whole)?;
    let excluded = all.difference(wanted).copied().collect();
    Some((first, Repetition::Rule(rule, excluded)))
}

fn timestamp(at_s: u64) -> Timestamp {
    civil::timestamp(UnixS(at_s))
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or_default()
}
