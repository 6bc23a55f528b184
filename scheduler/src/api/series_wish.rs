//! What a change of a series asks for: its form is read and checked.

use booking::UnixS;
use jiff::civil::Time;
use serde_json::json;

use super::App;
use super::refusals::{invalid, not_a_time};
use super::series_changes_wire::{ChangedAlone, SeriesChangeRequest};
use super::series_members::Member;
use super::series_times::{TimesWish, times};
use super::series_wire::IfBlocked;
use crate::civil::{Zone, minute_of_day, parse_day};
use crate::problem::Problem;
use crate::store::{Occurrence, Part, Series, Template};

/// What is to be changed, its form checked.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) title: Option<String>,
    pub(super) recording: Option<bool>,
    pub(super) rooms: Option<Vec<String>>,
    pub(super) terminals: Option<Vec<String>>,
    pub(super) participants: Option<Vec<Part>>,
    /// Minute of the day.
    pub(super) start: Option<u16>,
    pub(super) seconds: Option<u64>,
    /// The rule as the standard writes it, and the starts that it gives.
    pub(super) rule: Option<(String, Vec<UnixS>)>,
    /// Whether what was changed of one session alone becomes as the others.
    pub(super) replace: bool,
    /// Whether nothing is changed where one session cannot be.
    pub(super) whole: bool,
}

impl Wish {
    pub(super) fn names(&self, member: Member) -> bool {
        match member {
            Member::Title => self.title.is_some(),
            Member::Time => self.start.is_some() || self.seconds.is_some() || self.rule.is_some(),
            Member::Rooms => self.rooms.is_some(),
            Member::Terminals => self.terminals.is_some(),
            Member::Participants => self.participants.is_some(),
            Member::Recording => self.recording.is_some(),
        }
    }

    pub(super) fn applied(&self, template: &Template) -> Template {
        let mut changed = template.clone();
        if let Some(title) = &self.title {
            changed.title.clone_from(title);
        }
        if let Some(rooms) = &self.rooms {
            changed.rooms.clone_from(rooms);
        }
        if let Some(terminals) = &self.terminals {
            changed.terminals.clone_from(terminals);
        }
        if let Some(participants) = &self.participants {
            changed.participants.clone_from(participants);
        }
        changed.recording = self.recording.unwrap_or(changed.recording);
        changed.seconds = self.seconds.unwrap_or(changed.seconds);
        changed
    }
}

/// What the request asks for; `first` is the first occurrence that it is for.
pub(super) fn wish(
    app: &App,
    zone: &Zone,
    series: &Series,
    first: &Occurrence,
    request: SeriesChangeRequest,
) -> Result<Wish, Problem> {
    let start = request.start_time.as_deref().map(|text| {
        minute_of_day(text).ok_or_else(|| {
            let detail = "`startTime` must be a time of the day written HH:MM, such as 09:30";
            invalid("startTime", "not-a-time-of-day", json!({}), detail)
        })
    });
    let start = start.transpose()?;
    let seconds = request.minutes.map(|minutes| length(app, minutes)).transpose()?;
    if request.start_day.is_some() && request.rule.is_none() {
        let detail = "`startDay` is the first day of a rule; send the rule as well";
        return Err(invalid("startDay", "rule-missing", json!({}), detail));
    }
    let rule = match &request.rule {
        Some(rule) => Some(new_times(app, (zone, series, first), (rule, start), &request)?),
        None => None,
    };
    Ok(Wish {
        title: request.title.map(|title| title.trim().to_owned()),
        recording: request.recording,
        rooms: request.room_ids,
        terminals: request.terminal_ids,
        participants: request.participants.map(|list| list.into_iter().map(Part::from).collect()),
        start,
        seconds,
        rule,
        replace: request.changed_alone == ChangedAlone::Replace,
        whole: request.if_blocked == IfBlocked::Refuse,
    })
}

/// How long each is to be, seconds.
fn length(app: &App, minutes: u64) -> Result<u64, Problem> {
    let limits = app.config.limits();
    let seconds = minutes.saturating_mul(60);
    if (limits.seconds_min..=limits.seconds_max).contains(&seconds) {
        return Ok(seconds);
    }
    let (least, most) = (limits.seconds_min / 60, limits.seconds_max / 60);
    let detail = format!("a session lasts {least} to {most} minutes; choose `minutes` so");
    Err(invalid("minutes", "bad-length", json!({ "least": least, "most": most }), &detail))
}

/// The rule as the standard writes it, and the starts that it gives.
fn new_times(
    app: &App,
    (zone, series, first): (&Zone, &Series, &Occurrence),
    (rule, start): (&str, Option<u16>),
    request: &SeriesChangeRequest,
) -> Result<(String, Vec<UnixS>), Problem> {
    let local = zone.local(first.interval.start());
    let day = request.start_day.as_deref().map(|text| {
        parse_day(text).ok_or_else(|| {
            let detail = "`startDay` must be a day written YYYY-MM-DD, such as 2026-11-23";
            invalid("startDay", "not-a-day", json!({}), detail)
        })
    });
    let day = day.transpose()?.unwrap_or(local.date());
    let time = start.and_then(time_of_day).unwrap_or(local.time());
    let begins = zone.at(day.to_datetime(time)).ok_or_else(|| not_a_time("startDay"))?;
    let wish = TimesWish {
        rule,
        time_zone: Some(series.time_zone.as_str()).filter(|name| !name.is_empty()),
        exdates: &[],
        rdates: &[],
        if_out_of_rule: request.if_out_of_rule,
        start_field: "startDay",
    };
    let found = times(app, &wish, begins, app.now())?;
    Ok((found.rule.to_string(), found.starts))
}

/// The time of the day at this minute of it.
pub(super) fn time_of_day(minute: u16) -> Option<Time> {
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Time::new(hour, minute, 0, 0).ok()
}
