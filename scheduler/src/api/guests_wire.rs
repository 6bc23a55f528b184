//! The forms of guests: for who asks them in, and for themselves.

use booking::UnixS;
use serde::{Deserialize, Serialize};
use session::{Kind, Names, Role};
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::{guest_role_schema, kind_schema};
use crate::store;

/// Somebody who is asked in without a login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GuestWish)]
pub(super) struct NewGuest {
    /// 1 to 100 characters; shown to everybody in the session.
    pub(super) name: String,
    /// `patient` in a consultation, `pupil` in a class.
    #[schema(schema_with = guest_role_schema)]
    pub(super) role: Role,
}

/// A guest of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guest {
    id: String,
    name: String,
    #[schema(schema_with = guest_role_schema)]
    role: Role,
    /// `waiting`: has not come in yet; `in`: came in, in one browser; `revoked`: does not come in any more.
    state: &'static str,
    /// When the guest came in first, RFC 3339; null before.
    used_at: Option<String>,
}

impl Guest {
    pub(super) fn new(app: &App, row: store::Guest) -> Self {
        let state = match (&row.revoked, &row.used) {
            (Some(_), _) => "revoked",
            (None, Some(_)) => "in",
            (None, None) => "waiting",
        };
        let used_at = row.used.map(|(_, at)| app.zone.print(at));
        Self { id: row.id, name: row.name, role: row.role, state, used_at }
    }
}

/// The guests of a session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Guests {
    /// In the order in which they were asked in, at most 100.
    pub(super) guests: Vec<Guest>,
}

/// A ticket, told once: the store keeps neither the link nor the digits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestTicket {
    pub(super) guest: Guest,
    /// The page is `/#/t?once=` and this.
    pub(super) once: String,
    /// Six digits for the page `/t`.
    pub(super) digits: String,
    /// From when the ticket lets in, RFC 3339.
    pub(super) opens_at: String,
    /// And until when.
    pub(super) ends_at: String,
}

/// What a guest has: the secret of a link, or six digits; or neither, in the browser that came in before.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TicketShown {
    /// What stands after `once=` in the link.
    pub(super) once: Option<String>,
    pub(super) digits: Option<String>,
    /// In a browser that came in before: into which session; the latest if absent.
    pub(super) session_id: Option<String>,
}

/// What a ticket is for, as its bearer may read it before coming in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestLook {
    /// Null if nothing was shown, and nobody came in in this browser.
    pub(super) ticket: Option<GuestView>,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestView {
    session_id: String,
    name: String,
    #[schema(schema_with = guest_role_schema)]
    role: Role,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    /// Where the guest takes part.
    #[schema(value_type = NamesSchema)]
    site_names: Names,
    recording: bool,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    ends_at: String,
    /// From when it lets in.
    opens_at: String,
    /// `early`, `open`, `over` or `cancelled`.
    state: &'static str,
    /// The scheduler's time, RFC 3339.
    now: String,
    /// The county's zone by its IANA name.
    time_zone: String,
}

impl GuestView {
    pub(super) fn new(app: &App, guest: &store::Guest, session: &store::Session) -> Self {
        let now: UnixS = app.now();
        let opens = session.interval.start().minus(app.config.join_early_s);
        let closes = match &guest.used {
            Some(_) => session.interval.end().plus(app.config.join_late_s),
            None => session.interval.end(),
        };
        let state = match () {
            () if session.cancelled => "cancelled",
            () if now < opens => "early",
            () if session.ended.is_some() || now >= closes => "over",
            () => "open",
        };
        Self {
            session_id: session.id.clone(),
            name: guest.name.clone(),
            role: guest.role,
            kind: session.kind,
            site_names: guest.organization.names.clone(),
            recording: session.recording,
            starts_at: app.zone.print(session.interval.start()),
            ends_at: app.zone.print(session.interval.end()),
            opens_at: app.zone.print(opens),
            state,
            now: app.zone.print(now),
            time_zone: app.zone.name().to_owned(),
        }
    }
}
