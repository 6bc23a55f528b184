//! The forms of receipts.

use booking::UnixS;
use serde::Serialize;
use session::{Names, Role};
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::role_or_none_schema;
use crate::receipt::{LineFigures, Receipt, ReceivedSums, Spans};
use crate::store;

/// What the participants of a session received.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipts {
    /// The sums of each person who was there; who led it first, as in the session.
    participants: Vec<Received>,
    /// At most 450.
    receipts: Vec<Receipt>,
    /// `after` of the request for the receipts that follow; null if these are all.
    #[schema(required = true)]
    next: Option<String>,
}

/// What one person received in a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Received {
    /// The person's id, or whatever the room token named.
    person_id: String,
    /// Null for one who was not booked.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    names: Option<Names>,
    /// Null for one who was not booked.
    #[schema(required = true, schema_with = role_or_none_schema)]
    role: Option<Role>,
    /// Null for one who was not booked.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    organization_names: Option<Names>,
    /// When the first and the last receipt was, RFC 3339.
    from: String,
    to: String,
    sound: Spans,
    picture: Spans,
    screen: Spans,
    /// All that was sent to the person, bytes on the wire.
    wire_bytes: u64,
    /// All that came from the person, bytes on the wire.
    up_bytes: u64,
    /// Packets lost on the way, before copies and repair; null if not known.
    #[schema(required = true)]
    loss_percent: Option<f64>,
    #[schema(required = true)]
    round_trip_ms: Option<u64>,
    /// Estimated opinion of the voice (ITU-T G.107), 1 to 4.4.
    #[schema(required = true)]
    opinion: Option<f64>,
}

/// What the access line of a site carried last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SiteLine {
    #[serde(flatten)]
    figures: LineFigures,
    /// When that was, RFC 3339.
    at: String,
}

impl SiteLine {
    pub(super) fn new(app: &App, line: &store::SiteLine) -> Self {
        Self { figures: line.figures, at: app.zone.print(UnixS(line.at_ms / 1_000)) }
    }
}

impl Receipts {
    pub(super) fn new(
        app: &App,
        session: &store::Session,
        attendances: Vec<(String, ReceivedSums)>,
        (receipts, next): (Vec<Receipt>, Option<String>),
    ) -> Self {
        let place = |identity: &str| {
            let mut attendees = session.attendees.iter();
            attendees.position(|it| it.person_id == identity).unwrap_or(usize::MAX)
        };
        let mut attendances = attendances;
        attendances.sort_by_key(|(identity, _)| place(identity));
        let received = |(identity, sums): (String, ReceivedSums)| {
            let attendee = session.attendee(&identity).cloned();
            Received::new(app, identity, attendee, sums)
        };
        Self { participants: attendances.into_iter().map(received).collect(), receipts, next }
    }
}

impl Received {
    fn new(
        app: &App,
        identity: String,
        attendee: Option<store::Attendee>,
        of: ReceivedSums,
    ) -> Self {
        let at = |ms: u64| app.zone.print(UnixS(ms / 1_000));
        let role = attendee.as_ref().map(|it| it.role);
        let (names, organization_names) =
            attendee.map(|it| (it.names, it.organization_names)).unzip();
        Self {
            names,
            organization_names,
            person_id: identity,
            role,
            from: at(of.from_ms),
            to: at(of.to_ms),
            sound: of.sound,
            picture: of.picture,
            screen: of.screen,
            wire_bytes: of.wire_bytes,
            up_bytes: of.up_bytes,
            loss_percent: of.loss_percent(),
            round_trip_ms: of.round_trip_ms(),
            opinion: of.opinion(),
        }
    }
}
