//! The forms of series of sessions.

use serde::{Deserialize, Serialize};
use session::{Kind, LanguagePair, Names, Role};
use utoipa::ToSchema;

use super::names_wire::NamesSchema;
use super::series_members::{differing, prescribed, template_of};
use super::wire::BookingRequest;
use super::word_schemas::{blocked_schema, kind_schema, occurrence_schema, role_schema};
use crate::civil::Zone;
use crate::store::{self, Terms};

/// What to do where somebody or something is taken or not open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum IfBlocked {
    /// Leave that occurrence out; it is owed.
    #[default]
    Skip,
    /// Book nothing.
    Refuse,
}

/// What to do with a start that is not in its rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum IfOutOfRule {
    /// Refuse, and name the nearest that are.
    #[default]
    Refuse,
    /// Begin with the next one that is.
    Snap,
}

/// What is to be booked again and again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SeriesWish)]
pub(super) struct SeriesRequest {
    /// The first session; all others are as long, at the same local time.
    pub(super) booking: BookingRequest,
    /// RFC 5545, section 3.3.10, with COUNT or UNTIL: FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20")]
    pub(super) rule: String,
    /// IANA name of the zone in whose time the sessions stay; the county's if absent.
    #[schema(example = "Asia/Shanghai")]
    pub(super) time_zone: Option<String>,
    /// Days of the rule without a session, YYYY-MM-DD in that zone.
    #[serde(default)]
    pub(super) exdates: Vec<String>,
    /// Starts of further sessions, RFC 3339 with an offset.
    #[serde(default)]
    pub(super) rdates: Vec<String>,
    #[serde(default)]
    pub(super) if_blocked: IfBlocked,
    #[serde(default)]
    pub(super) if_out_of_rule: IfOutOfRule,
}

/// A session that stands for an owed occurrence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MakeUp)]
pub(super) struct MakeUpRequest {
    /// RFC 3339 with an offset; it is as long as the others.
    pub(super) starts_at: String,
    /// Why it must be then although somebody or something is not open; one line, at most 200 characters.
    #[serde(default)]
    pub(super) override_reason: Option<String>,
}

/// Why an occurrence is owed no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Waiver)]
pub(super) struct WaiveRequest {
    /// One line, at most 200 characters.
    pub(super) reason: String,
}

/// A series of sessions and what became of each of its occurrences.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Series {
    /// UUIDv7.
    id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    title: String,
    /// Of what is to come, as the standard writes it.
    rule: String,
    /// IANA name of the zone in whose time the sessions stay.
    time_zone: String,
    /// Person id.
    booked_by: String,
    /// RFC 3339.
    booked_at: String,
    /// How many occurrences have a session, at their own time or another.
    booked: usize,
    /// How many are still to be made up.
    owed: usize,
    /// Grows with each change of the series and of its sessions; in quotes the ETag of the series.
    version: i64,
    /// Ids of the rooms that its sessions to come are booked with.
    room_ids: Vec<String>,
    /// Ids of the terminals that its sessions to come are booked with.
    terminal_ids: Vec<String>,
    /// The people whom its sessions to come are booked with.
    participants: Vec<SeriesParticipant>,
    recording: bool,
    /// By their time, at most 400.
    occurrences: Vec<Occurrence>,
}

/// A person of a series.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SeriesParticipant {
    person_id: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// Between which languages the person interprets in it; left out if that was not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    interprets: Option<LanguagePair>,
}

/// One occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Occurrence {
    /// From 1.
    number: i64,
    /// When the series has it, RFC 3339 in the zone of the series.
    starts_at: String,
    ends_at: String,
    /// `booked`, `moved` (its session stands at another time), `skipped`, `cancelled`, `made-up` or `waived`.
    #[schema(schema_with = occurrence_schema)]
    state: &'static str,
    /// Whether it is still to be made up.
    owed: bool,
    /// The session that stands for it.
    #[schema(required = true)]
    session: Option<OccurrenceSession>,
    /// What was in the way when it was tried.
    #[schema(required = true)]
    blocked_by: Option<BlockedBy>,
    /// Why it was waived, or cancelled with its series.
    #[schema(required = true)]
    reason: Option<String>,
    /// In what its session was changed alone: `title`, `time`, `rooms`, `terminals`, `participants`,
    /// `recording`.
    own: Vec<&'static str>,
}

/// The session that stands for an occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OccurrenceSession {
    id: String,
    /// RFC 3339 in the zone of the series.
    starts_at: String,
    ends_at: String,
}

/// Who or what was taken or not open.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockedBy {
    /// `person`, `room`, `terminal`, `interpreter`, or `line` with an organization.
    kind: String,
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// `taken`, `full` (a line), or why it was not open: `hours`, `exception`, `holiday`, `overlay`, `travel`.
    #[schema(schema_with = blocked_schema)]
    cause: String,
    /// Whose hours, overlays or holidays these are, if it was closed: its own or its organization's.
    #[schema(required = true)]
    of: Option<BlockedOf>,
    /// Name of the overlay or holiday.
    #[schema(required = true)]
    what: Option<String>,
    /// When it was closed or had another session too near, RFC 3339.
    #[schema(required = true)]
    from: Option<String>,
    #[schema(required = true)]
    to: Option<String>,
    /// When that was to be free or open again, RFC 3339; null for a line, and if not within 31 days.
    #[schema(required = true)]
    taken_until: Option<String>,
    /// When everybody and everything was to be free, and open if it was closed, RFC 3339; null if not within 31 days, and for a line.
    #[schema(required = true)]
    next_free: Option<String>,
}

impl Series {
    /// The series in the time of its own zone, with the sessions that stand for its occurrences.
    pub(super) fn new(series: store::Series, sessions: &[store::Session], zone: &Zone) -> Self {
        let count = |wanted: fn(&store::Occurrence) -> bool| {
            series.occurrences.iter().filter(|occurrence| wanted(occurrence)).count()
        };
        Self {
            booked: count(|occurrence| occurrence.session.is_some()),
            owed: count(|occurrence| occurrence.owed),
            occurrences: series
                .occurrences
                .iter()
                .map(|occurrence| {
                    Occurrence::new(occurrence, own(&series, occurrence, sessions), zone)
                })
                .collect(),
            booked_at: zone.print(series.booked),
            id: series.id,
            kind: series.template.kind,
            title: series.template.title,
            version: series.version,
            room_ids: series.template.rooms,
            terminal_ids: series.template.terminals,
            participants: series
                .template
                .participants
                .into_iter()
                .map(|it| SeriesParticipant {
                    person_id: it.person_id,
                    role: it.role,
                    interprets: it.interprets,
                })
                .collect(),
            recording: series.template.recording,
            rule: series.rule,
            time_zone: series.time_zone,
            booked_by: series.booked_by,
        }
    }
}

impl Occurrence {
    fn new(row: &store::Occurrence, own: Vec<&'static str>, zone: &Zone) -> Self {
        let session = row.session.as_ref().map(|(id, at)| OccurrenceSession {
            id: id.clone(),
            starts_at: zone.print(at.start()),
            ends_at: zone.print(at.end()),
        });
        let blocked_by = row.blocked_by.as_ref().map(|by| BlockedBy::new(by, zone));
        Self {
            number: row.number,
            starts_at: zone.print(row.interval.start()),
            ends_at: zone.print(row.interval.end()),
            state: state(row.outcome),
            owed: row.owed,
            session,
            blocked_by,
            reason: row.reason.clone(),
            own,
        }
    }
}

/// Whose hours, overlays or holidays kept an occurrence from its time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BlockedOf {
    /// `person`, `room` or `organization`.
    kind: String,
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
}

impl BlockedBy {
    pub(super) fn new(by: &store::Blocked, zone: &Zone) -> Self {
        let print = |seconds: u64| zone.print(booking::UnixS(seconds));
        let closed = by.closed.as_ref();
        let taken = if by.kind == "line" { "full" } else { "taken" };
        let of = closed.and_then(|closed| closed.of.clone());
        let of = of.map(|store::BlockedOf { kind, id, names }| BlockedOf { kind, id, names });
        Self {
            cause: closed.map_or(taken, |closed| &closed.cause).to_owned(),
            of,
            what: closed.and_then(|closed| closed.what.clone()),
            from: closed.map(|closed| print(closed.from_s)),
            to: closed.map(|closed| print(closed.to_s)),
            kind: by.kind.clone(),
            id: by.id.clone(),
            names: by.names.clone(),
            taken_until: by.taken_until_s.map(print),
            next_free: by.next_free_s.map(print),
        }
    }
}

/// In what the session of an occurrence is not what its series has it be.
fn own(
    series: &store::Series,
    occurrence: &store::Occurrence,
    sessions: &[store::Session],
) -> Vec<&'static str> {
    let standing = occurrence.session.as_ref();
    let Some(session) = standing.and_then(|(id, _)| sessions.iter().find(|it| it.id == *id)) else {
        return Vec::new();
    };
    let was = prescribed(template_of(series, occurrence), occurrence.interval);
    differing(&Terms::of(session), &was).iter().map(|member| member.as_str()).collect()
}

const fn state(outcome: store::Outcome) -> &'static str {
    match outcome {
        store::Outcome::Booked => "booked",
        store::Outcome::Moved => "moved",
        store::Outcome::Skipped => "skipped",
        store::Outcome::Cancelled => "cancelled",
        store::Outcome::MadeUp => "made-up",
        store::Outcome::Waived => "waived",
    }
}
