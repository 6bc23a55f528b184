//! What the store holds of series: what one should have, what became of each of its occurrences, and what is owed.

use std::collections::BTreeMap;

use booking::{Interval, ResourceKind, UnixS};
use serde::{Deserialize, Serialize};
use session::{Kind, Mode, Names};

use super::sessions::{self, interval, point, seconds};
use super::{
    BookError, Connection, LineRefused, LineTerms, NewSession, Override, Part, Session, Store,
    StoreError,
};
use crate::kept_names;

/// What each session of a series is booked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) recording: bool,
    pub(crate) rooms: Vec<String>,
    /// None of what was kept before terminals could be booked.
    #[serde(default)]
    pub(crate) terminals: Vec<String>,
    pub(crate) participants: Vec<Part>,
    /// Organizations and the mode in which their people take part.
    pub(crate) modes: Vec<(String, Mode)>,
    pub(crate) seconds: u64,
}

/// The calendar month that a time is in, in the county's zone.
pub(crate) type MonthOf<'a> = &'a (dyn Fn(UnixS) -> Option<Interval> + Send + Sync);

/// A series to be booked, its times checked before.
#[derive(Debug, Clone)]
pub(crate) struct NewSeries {
    pub(crate) id: String,
    pub(crate) booked_by: String,
    pub(crate) booked: UnixS,
    pub(crate) template: Template,
    pub(crate) time_zone: String,
    pub(crate) rule: String,
    pub(crate) starts: Vec<UnixS>,
    pub(crate) request_key: Option<String>,
    pub(crate) request_sha256: String,
}

/// A series and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) id: String,
    pub(crate) booked_by: String,
    pub(crate) booked: UnixS,
    pub(crate) template: Template,
    pub(crate) time_zone: String,
    pub(crate) rule: String,
    /// Grows with each change of the series and of the sessions that stand for it.
    pub(crate) version: i64,
    /// By the time at which the series has them.
    pub(crate) occurrences: Vec<Occurrence>,
}

/// What became of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its session stands at its time.
    Booked,
    /// Its session stands at another time.
    Moved,
    /// Somebody or something was taken, or it was not tried.
    Skipped,
    /// Its session was cancelled, alone or with the series.
    Cancelled,
    /// Another session stands for it.
    MadeUp,
    /// Nobody owes it any more.
    Waived,
}

/// One occurrence of a series.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence {
    pub(crate) number: i64,
    /// When the series has it.
    pub(crate) interval: Interval,
    pub(crate) outcome: Outcome,
    /// Whether it is still to be made up.
    pub(crate) owed: bool,
    /// The session that stands for it, and when that is.
    pub(crate) session: Option<(String, Interval)>,
    /// What was in the way, as it was told then.
    pub(crate) blocked_by: Option<Blocked>,
    pub(crate) reason: Option<String>,
    /// What its session is booked with, where that is not what the series has now.
    pub(crate) template: Option<Template>,
    /// The id that its session has, or would have.
    pub(crate) session_id: String,
    /// Whether the session of that id was booked and is cancelled.
    pub(crate) own_cancelled: bool,
    /// Whether nothing was tried for it yet.
    pub(crate) untried: bool,
}

/// What was in the way of an occurrence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Blocked {
    /// The word of a [`ResourceKind`]; a line has the id of its organization.
    pub(crate) kind: String,
    pub(crate) id: String,
    #[serde(flatten, with = "kept_names")]
    pub(crate) names: Names,
    pub(crate) taken_until_s: Option<u64>,
    pub(crate) next_free_s: Option<u64>,
    /// If it is closed or too near to another session: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) closed: Option<Closed>,
}

/// Why somebody or something is not open for an occurrence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Closed {
    /// `hours`, `exception`, `holiday`, `overlay` or `travel`.
    pub(crate) cause: String,
    /// Whose hours, overlays or holidays these are: its own or its organization's.
    pub(crate) of: Option<BlockedOf>,
    /// Name of the overlay or holiday.
    pub(crate) what: Option<String>,
    /// When it is closed, or has the other session.
    pub(crate) from_s: u64,
    pub(crate) to_s: u64,
}

/// Somebody or something by kind, id and name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BlockedOf {
    pub(crate) kind: String,
    pub(crate) id: String,
    #[serde(flatten, with = "kept_names")]
    pub(crate) names: Names,
}

/// What hours say of the occurrences of a series, by their numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeriesHours {
    /// Those at which somebody or something is not open.
    pub(crate) closed: BTreeMap<i64, Blocked>,
    /// Those that are booked against hours.
    pub(crate) overrides: BTreeMap<i64, Override>,
}

/// What is in the way of an occurrence, and the refusal where that is the store's.
pub(super) type Hindrance = (Blocked, Option<Box<BookError>>);

impl Blocked {
    /// What `error` says was in the way; none if it is another fault.
    pub(super) fn by(error: &BookError) -> Option<Self> {
        match error {
            BookError::Clash(clash) => Some(Self {
                kind: clash.resource.kind.as_str().to_owned(),
                id: clash.resource.id.clone(),
                names: clash.names.clone(),
                taken_until_s: Some(clash.taken_until.0),
                next_free_s: clash.next_free.map(|free| free.start().0),
                closed: None,
            }),
            BookError::Line(LineRefused::Full(sites)) => sites.first().map(|site| Self {
                kind: ResourceKind::Line.as_str().to_owned(),
                id: site.organization.id.clone(),
                names: site.organization.names.clone(),
                taken_until_s: None,
                next_free_s: None,
                closed: None,
            }),
            _ => None,
        }
    }
}

impl Template {
    /// The session of the series that starts at `start`; none if the series has no length.
    pub(crate) fn session(
        &self,
        id: &str,
        (start, month_of): (UnixS, MonthOf<'_>),
        (by, now): (&str, UnixS),
    ) -> Option<NewSession> {
        Some(NewSession {
            id: id.to_owned(),
            kind: self.kind,
            title: self.title.clone(),
            interval: Interval::new(start, start.plus(self.seconds)).ok()?,
            recording: self.recording,
            rooms: self.rooms.clone(),
            terminals: self.terminals.clone(),
            participants: self.participants.clone(),
            booked_by: by.to_owned(),
            booked: now,
            lines: LineTerms { modes: self.modes.clone(), month: month_of(start) },
            overrides: None,
            hold: None,
        })
    }
}

pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

#[derive(sqlx::FromRow)]
struct SeriesRow {
    id: String,
    booked_by: String,
    booked_s: i64,
    template: String,
    time_zone: String,
    rule: String,
    version: i64,
}

/// An occurrence with the sessions that stand for it.
#[derive(sqlx::FromRow)]
struct OccurrenceRow {
    number: i64,
    starts_s: i64,
    ends_s: i64,
    session_id: String,
    state: String,
    blocked_by: Option<String>,
    reason: Option<String>,
    template: Option<String>,
    own_state: Option<String>,
    own_starts_s: Option<i64>,
    own_ends_s: Option<i64>,
    made_up_by: Option<String>,
    made_up_state: Option<String>,
    made_up_starts_s: Option<i64>,
    made_up_ends_s: Option<i64>,
}

impl OccurrenceRow {
    fn occurrence(self) -> Result<Occurrence, StoreError> {
        let planned = interval(self.starts_s, self.ends_s)?;
        let stands = |state: &Option<String>| state.as_deref() == Some("scheduled");
        let span = |starts_s: Option<i64>, ends_s: Option<i64>| {
            starts_s.zip(ends_s).map(|(starts_s, ends_s)| interval(starts_s, ends_s)).transpose()
        };
        let own = span(self.own_starts_s, self.own_ends_s)?.filter(|_| stands(&self.own_state));
        let made_up = span(self.made_up_starts_s, self.made_up_ends_s)?;
        let made_up = made_up.filter(|_| stands(&self.made_up_state)).zip(self.made_up_by);
        let session = match (&made_up, own) {
            (Some((at, id)), _) => Some((id.clone(), *at)),
            (None, own) => own.map(|at| (self.session_id.clone(), at)),
        };
        let (outcome, owed) = match (self.state.as_str(), &made_up, own) {
            ("waived", ..) => (Outcome::Waived, false),
            ("cancelled", ..) => (Outcome::Cancelled, false),
            (_, Some(_), _) => (Outcome::MadeUp, false),
            (_, None, Some(at)) if at == planned => (Outcome::Booked, false),
            (_, None, Some(_)) => (Outcome::Moved, false),
            (_, None, None) if self.own_state.is_some() => (Outcome::Cancelled, true),
            (_, None, None) => (Outcome::Skipped, true),
        };
        let blocked_by = self.blocked_by.as_deref().map(serde_json::from_str).transpose();
        Ok(Occurrence {
            number: self.number,
            interval: planned,
            outcome,
            owed,
            session,
            blocked_by: blocked_by.map_err(|error| StoreError::Unreadable(error.to_string()))?,
            reason: self.reason,
            untried: self.state == "untried",
            template: self.template.as_deref().map(read_template).transpose()?,
            own_cancelled: self.own_state.as_deref() == Some("cancelled"),
            session_id: self.session_id,
        })
    }
}

fn read_template(text: &str) -> Result<Template, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(super) fn template_text(template: &Template) -> Result<String, StoreError> {
    serde_json::to_string(template).map_err(|error| StoreError::Unreadable(error.to_string()))
}

impl Store {
    /// The series of this id.
    pub(crate) async fn series(&self, id: &str) -> Result<Option<Series>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        load(&mut connection, id).await
    }

    /// The series of this id with the sessions that stand for its occurrences. They are read after it: of a series whose
    /// version still is this one, the sessions are these.
    pub(crate) async fn series_with_sessions(
        &self,
        id: &str,
    ) -> Result<Option<(Series, Vec<Session>)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let Some(series) = load(&mut connection, id).await? else { return Ok(None) };
        let standing = series.occurrences.iter().filter_map(|it| it.session.as_ref());
        let ids: Vec<&str> = standing.map(|(id, _)| id.as_str()).collect();
        let sessions = sessions::load(&mut connection, &ids).await?;
        Ok(Some((series, sessions)))
    }
}

/// The series of this id with all its occurrences, in order.
pub(super) async fn load(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Series>, StoreError> {
    let row: Option<SeriesRow> = sqlx::query_as(
        "SELECT id, booked_by, booked_s, template, time_zone, rule, version FROM series WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let rows: Vec<OccurrenceRow> = sqlx::query_as(
        "SELECT o.number, o.starts_s, o.ends_s, o.session_id, o.state, o.blocked_by, o.reason, o.template,
                own.state AS own_state, own.starts_s AS own_starts_s, own.ends_s AS own_ends_s, o.made_up_by,
                other.state AS made_up_state, other.starts_s AS made_up_starts_s, other.ends_s AS made_up_ends_s
         FROM occurrence o LEFT JOIN session own ON own.id = o.session_id LEFT JOIN session other ON other.id = o.made_up_by
         WHERE o.series_id = $1 ORDER BY o.starts_s, o.number",
    )
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    Ok(Some(Series {
        id: row.id,
        booked_by: row.booked_by,
        booked: point(row.booked_s)?,
        template: read_template(&row.template)?,
        time_zone: row.time_zone,
        rule: row.rule,
        version: row.version,
        occurrences: rows.into_iter().map(OccurrenceRow::occurrence).collect::<Result<_, _>>()?,
    }))
}

/// Writes a series down, `ids` for its sessions, of which none is booked by this.
pub(super) async fn insert_series(
    change: &mut Connection,
    new: &NewSeries,
    ids: &[String],
    state: &str,
) -> Result<(), StoreError> {
    let template = template_text(&new.template)?;
    sqlx::query(
        "INSERT INTO series (id, booked_by, booked_s, template, time_zone, rule, request_key, request_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&new.id)
    .bind(&new.booked_by)
    .bind(seconds(new.booked)?)
    .bind(template)
    .bind(&new.time_zone)
    .bind(&new.rule)
    .bind(&new.request_key)
    .bind(&new.request_sha256)
    .execute(&mut *change)
    .await?;
    for (number, (start, id)) in (1_i64..).zip(new.starts.iter().zip(ids)) {
        sqlx::query(
            "INSERT INTO occurrence (series_id, number, starts_s, ends_s, session_id, state)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&new.id)
        .bind(number)
        .bind(seconds(*start)?)
        .bind(seconds(start.plus(new.template.seconds))?)
        .bind(id)
        .bind(state)
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}
