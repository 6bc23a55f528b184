//! The forms of the API, camelCase JSON.

use booking::UnixS;
use policy::{Object, Permission};
use serde::{Deserialize, Serialize};
use session::{Kind, LanguagePair, Mode, Names, Role};
use utoipa::ToSchema;

use super::App;
pub(super) use super::directory_wire::Directory;
use super::events_wire::SessionEvent;
use super::freshness::TaggedBy;
pub(super) use super::lines_wire::NotBooked;
use super::lines_wire::SiteMode;
use super::names_wire::NamesSchema;
use super::places_wire::{Organization, Room, Terminal};
pub(super) use super::problem_schemas::{Invalid, Problem};
pub(super) use super::receipt_schemas::Receipts;
use super::receipt_schemas::SiteLine;
pub(super) use super::tickets_wire::{DeletionTicket, ListTicket, RecordingTicket};
use super::window::Window;
use super::word_schemas::{kind_schema, mode_schema, role_schema, state_schema};
use crate::store;

/// What the people of a site are sent, and how much data that may take, both ways, in megabytes of 10^6 bytes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reception {
    /// What they begin with.
    #[schema(schema_with = mode_schema)]
    mode: Mode,
    /// The most that they may choose.
    #[schema(schema_with = mode_schema)]
    mode_most: Mode,
    /// Of one person in one session; null = no bound.
    session_mb: Option<u32>,
    /// Of the site in one month; null = no bound.
    month_mb: Option<u32>,
}

impl From<store::Reception> for Reception {
    fn from(row: store::Reception) -> Self {
        let store::Reception { mode, mode_most, session_mb, month_mb } = row;
        Self { mode, mode_most, session_mb, month_mb }
    }
}

impl From<Reception> for store::Reception {
    fn from(said: Reception) -> Self {
        let Reception { mode, mode_most, session_mb, month_mb } = said;
        Self { mode, mode_most, session_mb, month_mb }
    }
}

/// The person who asks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Myself {
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// What the person may be booked as, and `scheduler`.
    roles: Vec<String>,
    /// Where the person sits, as people read it.
    site: String,
    organization: Organization,
}

/// What the person who asks may do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Can {
    /// May book, cancel and see sessions of others: all, or those of a part of the county.
    book: bool,
    /// May set the county up: its places and its people.
    administer: bool,
    /// May say who comes in, and give and take roles.
    keep_access: bool,
    /// May read who read what of patients.
    audit: bool,
    /// Keeps the call list of a site: who is to be told of sessions there.
    keep_calls: bool,
}

/// The home page in one answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    person: Myself,
    /// The scheduler's time, RFC 3339 in the county's zone.
    now: String,
    /// The county's zone by its IANA name, such as `Asia/Shanghai`: days begin and times are shown in it.
    time_zone: String,
    /// Today's sessions and whatever can be joined now: one's own, for a scheduler all.
    today: Vec<Session>,
    /// One's own sessions that begin in the seven days after today, earliest first, at most 10.
    soon: Vec<Session>,
    /// What others have changed or cancelled in the last seven days of one's own sessions that are not over, latest first, at
    /// most 10.
    news: Vec<SessionEvent>,
    /// Whether `GET /api/v1/me/reminders` has anything to show.
    reminded: bool,
    can: Can,
    /// How the person's site is served.
    reception: Reception,
}

impl Me {
    pub(super) fn new(
        app: &App,
        (person, reception): (store::Person, store::Reception),
        now: UnixS,
        (today, soon): (Vec<Session>, Vec<Session>),
        (news, reminded): (Vec<SessionEvent>, bool),
    ) -> Self {
        let can = Can {
            book: person.may_somewhere(Permission::Book),
            administer: person.is_administrator(),
            keep_access: person.may(Permission::GiveRoles, Object::County),
            audit: person.may(Permission::ReadAudit, Object::County),
            keep_calls: person.may_somewhere(Permission::KeepCallList),
        };
        let site = person.organization.names.zh().to_owned();
        let organization = person.organization.into();
        let store::Person { id, names, roles, .. } = person;
        Self {
            person: Myself { id, names, roles, site, organization },
            now: app.zone.print(now),
            time_zone: app.zone.name().to_owned(),
            today,
            soon,
            news,
            reminded,
            can,
            reception: reception.into(),
        }
    }

    /// All of it but the time.
    pub(super) fn tagged_by(&self) -> TaggedBy {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.remove("now");
        }
        TaggedBy(value.to_string().into_bytes())
    }
}

/// One participant of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Participant {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// Between which languages the person interprets in it, such as `bo-zh`; left out if that was not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    interprets: Option<LanguagePair>,
    #[schema(value_type = NamesSchema)]
    organization_names: Names,
    /// The access line of that organization, as it was last; null if nobody there has listened yet.
    #[schema(required = true)]
    line: Option<SiteLine>,
}

/// A booked session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// UUIDv7; also the name of the room at the gateway.
    id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    title: String,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    /// RFC 3339 in the county's zone; not in the session any more.
    ends_at: String,
    /// `scheduled` or `cancelled`.
    #[schema(schema_with = state_schema)]
    state: &'static str,
    /// When whoever led it ended it for all, RFC 3339 in the county's zone; null if nobody did.
    #[schema(required = true)]
    ended_at: Option<String>,
    /// Whether it is to be recorded.
    recording: bool,
    /// Grows with each change; in quotes the ETag of the session.
    version: i64,
    /// The series that it stands in, if any.
    #[schema(required = true)]
    series_id: Option<String>,
    rooms: Vec<Room>,
    terminals: Vec<Terminal>,
    participants: Vec<Participant>,
    /// Organization of the person who leads it (specialist or lead teacher, else the first participant); null if nobody takes
    /// part.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    organization_names: Option<Names>,
    /// Whether the person who asks can join it now.
    joinable: bool,
}

impl Session {
    /// The session as `viewer` sees it at `now`.
    pub(super) fn new(app: &App, session: store::Session, viewer: &str, now: UnixS) -> Self {
        let joinable = session.attendee(viewer).is_some()
            && Window::of(&app.config, &session).is_some_and(|window| window.is_open(now));
        let lead = session.attendees.iter().find(|attendee| attendee.role.runs_the_room());
        let lead = lead.or(session.attendees.first());
        let organization_names = lead.map(|lead| lead.organization_names.clone());
        let participants = session.attendees.into_iter().map(|row| Participant::new(app, row));
        Self {
            starts_at: app.zone.print(session.interval.start()),
            ends_at: app.zone.print(session.interval.end()),
            state: if session.cancelled { "cancelled" } else { "scheduled" },
            ended_at: session.ended.map(|at| app.zone.print(at)),
            id: session.id,
            kind: session.kind,
            title: session.title,
            recording: session.recording,
            version: session.version,
            series_id: session.series_id,
            rooms: session.rooms.into_iter().map(Room::from).collect(),
            terminals: session.terminals.into_iter().map(Terminal::from).collect(),
            participants: participants.collect(),
            organization_names,
            joinable,
        }
    }
}

impl Participant {
    fn new(app: &App, row: store::Attendee) -> Self {
        Self {
            line: row.line.map(|line| SiteLine::new(app, &line)),
            person_id: row.person_id,
            names: row.names,
            role: row.role,
            interprets: row.interprets,
            organization_names: row.organization_names,
        }
    }
}

/// The sessions of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Day {
    /// YYYY-MM-DD in the county's zone.
    pub(super) day: String,
    /// The county's zone by its IANA name, such as `Asia/Shanghai`.
    pub(super) time_zone: String,
    /// Earliest first, at most 500.
    pub(super) sessions: Vec<Session>,
    /// Whether there are more than the list holds.
    pub(super) more: bool,
    /// `after` of the request for those; null if there are none.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// A person to be booked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Wanted)]
pub(super) struct RequestedParticipant {
    pub(super) person_id: String,
    #[schema(schema_with = role_schema)]
    pub(super) role: Role,
    /// Of an interpreter: between which languages in this session, one of the pairs with which the person is registered, such as `bo-zh`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "bo-zh")]
    pub(super) interprets: Option<LanguagePair>,
}

impl From<RequestedParticipant> for store::Part {
    fn from(said: RequestedParticipant) -> Self {
        let RequestedParticipant { person_id, role, interprets } = said;
        Self { person_id, role, interprets }
    }
}

/// What is to be booked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Wish)]
pub(super) struct BookingRequest {
    #[schema(schema_with = kind_schema)]
    pub(super) kind: Kind,
    /// One line, at most 120 characters.
    pub(super) title: String,
    /// RFC 3339 with an offset; parts of a second are dropped.
    #[schema(example = "2026-11-23T09:30:00+08:00")]
    pub(super) starts_at: String,
    /// RFC 3339 with an offset; at most 12 hours after the start.
    #[schema(example = "2026-11-23T10:00:00+08:00")]
    pub(super) ends_at: String,
    /// Rooms to be taken, at most 10.
    #[serde(default)]
    pub(super) room_ids: Vec<String>,
    /// Terminals to be taken, at most 20.
    #[serde(default)]
    pub(super) terminal_ids: Vec<String>,
    /// People to be taken, at most 50. A consultation needs a specialist and a village doctor, a class exactly one lead
    /// teacher and at least one classroom, anything else somebody who can speak.
    pub(super) participants: Vec<RequestedParticipant>,
    /// Whether to record it.
    #[serde(default)]
    pub(super) recording: bool,
    /// Sites whose people take part in a lesser mode than they may; the others have the most that they may.
    #[serde(default)]
    pub(super) sites: Vec<SiteMode>,
    /// Why it must be then although somebody or something is not open, or has no time for the way; one line, at most 200
    /// characters, and kept with the event. Without it such a booking is refused (`/problems/not-open`).
    #[serde(default)]
    pub(super) override_reason: Option<String>,
    /// A hold of one's own (`POST /api/v1/holds`) that this is booked over: what it holds is given back and booked in one step.
    #[serde(default)]
    pub(super) hold_id: Option<String>,
}

/// The way into a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pass {
    /// Where the gateway is; empty = where this answer came from.
    pub(super) url: String,
    /// Room token for `/rtc`.
    pub(super) token: String,
    /// When the token ends, RFC 3339.
    pub(super) expires_at: String,
    /// Room name = session id.
    pub(super) room: String,
    #[schema(schema_with = role_schema)]
    pub(super) role: Role,
    pub(super) title: String,
    #[schema(schema_with = kind_schema)]
    pub(super) kind: Kind,
    /// Whether the session is recorded.
    pub(super) recording: bool,
    /// The case for which it is booked, for who cares for its patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) case_id: Option<String>,
}
