//! The forms of what happened to sessions.

use booking::UnixS;
use serde::Serialize;
use session::{Kind, LanguagePair, Names, Role};
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::{event_kind_schema, kind_schema, role_schema, you_schema};
use crate::store::{self, Event, EventKind, Terms};

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Author {
    /// Person id, or the name of a part of the scheduler.
    id: String,
    /// Null for a part of the scheduler.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    names: Option<Names>,
}

/// One participant, by id.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    person_id: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// Between which languages the person interprets in it; left out if that was not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    interprets: Option<LanguagePair>,
}

/// Members of a session as they were or are.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Members {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title: Option<String>,
    /// RFC 3339 in the county's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    starts_at: Option<String>,
    /// RFC 3339 in the county's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recording: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    room_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    terminal_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    participants: Option<Vec<Part>>,
    /// When whoever led it ended it for all: RFC 3339 in the county's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<String>,
}

/// One event of a session, as the person who asks may see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionEvent {
    /// Grows from event to event.
    number: i64,
    session_id: String,
    #[schema(schema_with = kind_schema)]
    session_kind: Kind,
    /// The version of the session that it made.
    version: i64,
    /// `booked`, `changed` or `cancelled`.
    #[schema(schema_with = event_kind_schema)]
    kind: &'static str,
    /// RFC 3339 in the county's zone.
    at: String,
    by: Author,
    /// Why, as who did it wrote it.
    #[schema(required = true)]
    reason: Option<String>,
    /// Why it went against the hours of somebody or something, if it did.
    override_reason: Option<String>,
    /// Title and time since then; for a session that was cancelled, or that the person is not in any more, until then.
    title: String,
    starts_at: String,
    ends_at: String,
    /// `added` or `removed`, if the person who asks was.
    #[schema(required = true, schema_with = you_schema)]
    you: Option<&'static str>,
    /// What changed, as it was before; all of it if there is no after.
    #[schema(required = true)]
    before: Option<Members>,
    /// What changed, as it is since then; all of it if there was nothing before.
    #[schema(required = true)]
    after: Option<Members>,
}

/// Events in their order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Events {
    /// At most 100.
    pub(super) events: Vec<SessionEvent>,
    /// `since` of the request for those that follow.
    pub(super) next: String,
    /// Whether there are more by now.
    pub(super) more: bool,
}

/// Who reads events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) person_id: &'a str,
    /// Sees sessions that the person is not in.
    pub(super) all: bool,
}

impl SessionEvent {
    /// The event as `reader` may see it: of a session that a person came into or was taken out of, the side that it was in.
    /// `None` if it may see nothing of it.
    pub(super) fn new(app: &App, event: Event, reader: Reader<'_>) -> Option<Self> {
        let Event { before, after, .. } = event;
        let part =
            |terms: &Option<Terms>| terms.as_ref().and_then(|it| it.role_of(reader.person_id));
        let you = match (event.kind, part(&before), part(&after)) {
            (EventKind::Changed, None, Some(_)) => Some("added"),
            (EventKind::Changed, Some(_), None) => Some("removed"),
            _ => None,
        };
        let seen = |terms: &Terms| reader.all || terms.role_of(reader.person_id).is_some();
        let (before, after) = (before.filter(seen), after.filter(seen));
        let latest = after.as_ref().or(before.as_ref())?;
        let print = |at_s: u64| app.zone.print(UnixS(at_s));
        Some(Self {
            number: event.number,
            session_id: event.session_id,
            session_kind: event.session_kind,
            version: event.version,
            kind: event.kind.as_str(),
            at: app.zone.print(event.at),
            by: Author { id: event.by_id, names: event.by_names },
            reason: event.reason,
            override_reason: event.override_reason,
            title: latest.title.clone(),
            starts_at: print(latest.starts_s),
            ends_at: print(latest.ends_s),
            you,
            before: before.as_ref().map(|terms| Members::of(app, terms, after.as_ref())),
            after: after.as_ref().map(|terms| Members::of(app, terms, before.as_ref())),
        })
    }
}

impl Members {
    /// What differs in `terms` from `other`, or all of it if there is no other.
    fn of(app: &App, terms: &Terms, other: Option<&Terms>) -> Self {
        fn told<T: PartialEq, W>(
            of: impl Fn(&Terms) -> T,
            (terms, other): (&Terms, Option<&Terms>),
            write: impl Fn(T) -> W,
        ) -> Option<W> {
            let value = of(terms);
            (other.map(of).as_ref() != Some(&value)).then(|| write(value))
        }
        let both = (terms, other);
        let print = |at_s: u64| app.zone.print(UnixS(at_s));
        let part = |it: store::Part| {
            let store::Part { person_id, role, interprets } = it;
            Part { person_id, role, interprets }
        };
        Self {
            title: told(|it| it.title.clone(), both, |it| it),
            starts_at: told(|it| it.starts_s, both, print),
            ends_at: told(|it| it.ends_s, both, print),
            recording: told(|it| it.recording, both, |it| it),
            room_ids: told(|it| it.rooms.clone(), both, |it| it),
            terminal_ids: told(|it| it.terminals.clone(), both, |it| it),
            participants: told(
                |it| it.participants.clone(),
                both,
                |list| list.into_iter().map(part).collect(),
            ),
            ended_at: told(|it| it.ended_s, both, |at_s| at_s.map(print)).flatten(),
        }
    }
}
