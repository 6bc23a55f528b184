//! The forms of what is to be changed of a series, and of what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem_schemas::Problem;
use super::series_wire::{BlockedBy, IfBlocked, IfOutOfRule, Series};
use super::wire::RequestedParticipant;

/// What to do with what was changed of one session alone, where the change of its series says something else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChangedAlone {
    /// That session keeps it.
    #[default]
    Keep,
    /// It becomes as the others.
    Replace,
}

/// What is to be changed of a series; a member that is absent or null stays as it is. What has begun stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SeriesChange)]
pub(super) struct SeriesChangeRequest {
    /// Number of the occurrence that is changed with all that follow it; all that are to come if absent. One alone is changed
    /// as any session.
    pub(super) from: Option<i64>,
    /// One line, at most 120 characters.
    pub(super) title: Option<String>,
    /// HH:MM in the zone of the series; the days stay.
    #[schema(example = "14:00")]
    pub(super) start_time: Option<String>,
    /// How long each is.
    pub(super) minutes: Option<u64>,
    /// Another rule for them, as when booking. A session that keeps its day keeps its time and people; the rest move on in their
    /// order; what is left over is cancelled, and what is missing is booked.
    #[schema(example = "FREQ=WEEKLY;BYDAY=TH;COUNT=12")]
    pub(super) rule: Option<String>,
    /// YYYY-MM-DD, the first day of that rule; the day of the first occurrence that is changed if absent.
    pub(super) start_day: Option<String>,
    #[serde(default)]
    pub(super) if_out_of_rule: IfOutOfRule,
    /// All rooms that they are to have.
    pub(super) room_ids: Option<Vec<String>>,
    /// All terminals that they are to have.
    pub(super) terminal_ids: Option<Vec<String>>,
    /// All people that they are to have.
    pub(super) participants: Option<Vec<RequestedParticipant>>,
    pub(super) recording: Option<bool>,
    /// Why they must be so although somebody or something is not open; one line, at most 200 characters.
    pub(super) override_reason: Option<String>,
    /// `skip`: a session that cannot be changed so stays as it was. `refuse`: then none is changed.
    #[serde(default)]
    pub(super) if_blocked: IfBlocked,
    #[serde(default)]
    pub(super) changed_alone: ChangedAlone,
    /// Why, for the people who are booked; one line, at most 200 characters.
    pub(super) reason: Option<String>,
}

/// What is to be cancelled of a series.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SeriesCancellation {
    /// Number of the occurrence that is cancelled with all that follow it; all that are to come if absent. One alone is cancelled
    /// as any session, and owed then.
    pub(super) from: Option<i64>,
    /// For the people who are booked; one line, at most 200 characters.
    pub(super) reason: Option<String>,
}

/// A series after a change, and what the change did to each of its occurrences.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeriesChanged {
    pub(super) series: Series,
    /// Those that the change was for, in their order.
    pub(super) results: Vec<OccurrenceResult>,
}

/// What a change of a series did to one occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OccurrenceResult {
    pub(super) number: i64,
    /// `booked` (it had no session), `moved` (to another time), `changed` (at its time), `unchanged`, `skipped` (it stays as it
    /// was), `cancelled` (the rule has it no more).
    pub(super) result: &'static str,
    /// What of the change its session did not take over, as that was changed of it alone: `title`, `time`, `rooms`,
    /// `terminals`, `participants`, `recording`.
    pub(super) kept: Vec<&'static str>,
    /// What had been changed of it alone and is as the others now.
    pub(super) lost: Vec<&'static str>,
    /// Why it was skipped, if nobody and nothing was taken or closed: `start-in-the-past`, `too-far-ahead`, `session-has-begun`,
    /// `end-in-the-past`, `recording-told`, `changed-too-often`.
    pub(super) why: Option<&'static str>,
    /// Who or what was taken or not open.
    pub(super) blocked_by: Option<BlockedBy>,
}

/// The problem of a change of a series of which somebody has changed something meanwhile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeriesChangedMeanwhile {
    #[serde(flatten)]
    problem: Problem,
    /// The series as it is now.
    series: Series,
}
