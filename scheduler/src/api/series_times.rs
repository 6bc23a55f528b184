//! When the sessions of a series are to be: from a request to its starts, or to what is wrong with it.

use booking::UnixS;
use calendar::{Bounds, End, Recurrence, Rule, RuleEnd, StartError};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::json;

use super::App;
use super::refusals::{invalid, not_a_time};
use super::series_wire::{IfOutOfRule, SeriesRequest};
use crate::civil::{Zone, parse_day, parse_time};
use crate::problem::Problem;

/// Most sessions of one series: five a week in a school year of forty weeks.
pub(super) const OCCURRENCES_MAX: usize = 200;

/// What is said of the times of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimesWish<'a> {
    pub(super) rule: &'a str,
    pub(super) time_zone: Option<&'a str>,
    pub(super) exdates: &'a [String],
    pub(super) rdates: &'a [String],
    pub(super) if_out_of_rule: IfOutOfRule,
    /// The member of the request that says when it starts.
    pub(super) start_field: &'a str,
}

impl<'a> TimesWish<'a> {
    pub(super) fn of(request: &'a SeriesRequest) -> Self {
        Self {
            rule: &request.rule,
            time_zone: request.time_zone.as_deref(),
            exdates: &request.exdates,
            rdates: &request.rdates,
            if_out_of_rule: request.if_out_of_rule,
            start_field: "startsAt",
        }
    }
}

/// The zone and the starts of a series; at least one.
pub(super) struct Times {
    pub(super) zone: Zone,
    pub(super) rule: Rule,
    pub(super) starts: Vec<UnixS>,
}

/// The starts that `wish` asks for, the first of them at `start`.
pub(super) fn times(
    app: &App,
    wish: &TimesWish<'_>,
    start: UnixS,
    now: UnixS,
) -> Result<Times, Problem> {
    let zone = zone(app, wish)?;
    let rule = rule(wish.rule)?;
    for (field, dates) in [("exdates", wish.exdates), ("rdates", wish.rdates)] {
        if dates.len() > OCCURRENCES_MAX {
            return Err(too_many(field));
        }
    }
    let recurrence = recurrence(wish, &zone, &rule, start)?;
    let days = wish.exdates.iter().map(|day| excluded(day, &recurrence));
    let excluded = days.collect::<Result<Vec<_>, _>>()?;
    let added = wish.rdates.iter().map(|text| {
        let at = parse_time(text).ok_or_else(|| not_a_time("rdates"))?;
        Ok(zone.local(at))
    });
    let recurrence = recurrence.with_added(added.collect::<Result<Vec<_>, Problem>>()?);
    let horizon = now.plus(app.config.limits().ahead_s_max);
    let bounds = Bounds { until: timestamp(horizon), occurrences_max: OCCURRENCES_MAX };
    let whole = recurrence.expand(&Bounds { occurrences_max: 2 * OCCURRENCES_MAX, ..bounds });
    for (day, text) in excluded.iter().zip(wish.exdates) {
        if !whole.occurrences.iter().any(|occurrence| occurrence.local == *day) {
            let detail = format!(
                "the series has no session on {text}; take it out of `exdates`, or correct the day"
            );
            return Err(invalid("exdates", "exdate-not-in-rule", json!({ "day": text }), &detail));
        }
    }
    let expansion = recurrence.with_excluded(excluded).expand(&bounds);
    let days = app.config.ahead_days_max;
    match expansion.end {
        End::Rule => {}
        End::Full => return Err(too_many("rule")),
        End::Until | End::GivenUp => {
            let detail = format!(
                "sessions can be booked at most {days} days ahead; let the rule end before that with UNTIL or a smaller COUNT"
            );
            return Err(invalid("rule", "too-far-ahead", json!({ "days": days }), &detail));
        }
    }
    let starts: Vec<UnixS> = expansion.occurrences.iter().filter_map(|it| unix(it.at)).collect();
    if starts.first().is_some_and(|first| *first < now.minus(app.config.limits().begun_s_max)) {
        let detail = "a session of the series would be in the past; choose times to come";
        return Err(invalid("rdates", "start-in-the-past", json!({}), detail));
    }
    if starts.is_empty() {
        let detail = "nothing is left of the series; take a day out of `exdates`";
        return Err(invalid("exdates", "nothing-left", json!({}), detail));
    }
    Ok(Times { zone, rule, starts })
}

fn zone(app: &App, wish: &TimesWish<'_>) -> Result<Zone, Problem> {
    let Some(name) = wish.time_zone else { return Ok(app.zone.clone()) };
    Zone::named(name).filter(|zone| !zone.name().is_empty()).ok_or_else(|| {
        let detail =
            "`timeZone` must be the IANA name of a zone, such as Asia/Shanghai or Asia/Urumqi";
        invalid("timeZone", "zone-unknown", json!({}), detail)
    })
}

fn rule(text: &str) -> Result<Rule, Problem> {
    let rule: Rule = text.parse().map_err(|error: calendar::RuleError| {
        invalid("rule", error.code(), json!({ "part": error.part() }), &error.to_string())
    })?;
    if rule.end() == RuleEnd::Never {
        let detail = "a series must end: add COUNT, such as COUNT=20, or UNTIL, such as UNTIL=20270131T155959Z";
        return Err(invalid("rule", "rule-never-ends", json!({}), detail));
    }
    Ok(rule)
}

fn recurrence(
    wish: &TimesWish<'_>,
    zone: &Zone,
    rule: &Rule,
    start: UnixS,
) -> Result<Recurrence, Problem> {
    let begun = |local: DateTime| Recurrence::new(local, zone.time_zone(), rule.clone());
    let mut made = begun(zone.local(start));
    if let (IfOutOfRule::Snap, Err(StartError::NotInRule { after: Some(after), .. })) =
        (wish.if_out_of_rule, &made)
    {
        made = begun(*after);
    }
    made.map_err(|error| match error {
        StartError::NotInRule { before, after } => out_of_rule(wish, zone, before, after),
        StartError::EndsBeforeStart => {
            let detail = "the rule ends before its start; choose a later UNTIL or an earlier start";
            invalid("rule", "rule-ends-before-start", json!({}), detail)
        }
        StartError::BeyondCalendar => not_a_time(wish.start_field),
    })
}

fn out_of_rule(
    wish: &TimesWish<'_>,
    zone: &Zone,
    before: Option<DateTime>,
    after: Option<DateTime>,
) -> Problem {
    let print = |local: DateTime| zone.at(local).map(|at| zone.print(at));
    let [before, after] = [before, after].map(|near| near.and_then(print));
    let detail = match (&before, &after) {
        (None, None) => "the rule has no day at all; correct it".to_owned(),
        _ => {
            let near: Vec<&str> =
                [&before, &after].into_iter().flatten().map(String::as_str).collect();
            format!(
                "the start is not a day of the rule; begin at {}, change the rule, or send `ifOutOfRule`: `snap`",
                near.join(" or ")
            )
        }
    };
    let params = json!({ "before": before, "after": after });
    invalid(wish.start_field, "start-not-in-rule", params, &detail)
}

fn excluded(text: &str, recurrence: &Recurrence) -> Result<DateTime, Problem> {
    let day = parse_day(text).ok_or_else(|| {
        let detail = "`exdates` must be days written YYYY-MM-DD, such as 2026-11-23";
        invalid("exdates", "not-a-day", json!({}), detail)
    })?;
    Ok(day.to_datetime(recurrence.start().time()))
}

pub(super) fn too_many(field: &str) -> Problem {
    let detail = format!(
        "a series has at most {OCCURRENCES_MAX} sessions; end it earlier and book the rest as a second series"
    );
    invalid(field, "too-many-occurrences", json!({ "most": OCCURRENCES_MAX }), &detail)
}

fn timestamp(at: UnixS) -> Timestamp {
    i64::try_from(at.0)
        .ok()
        .and_then(|at| Timestamp::from_second(at).ok())
        .unwrap_or(Timestamp::MAX)
}

fn unix(at: Timestamp) -> Option<UnixS> {
    u64::try_from(at.as_second()).ok().map(UnixS)
}
