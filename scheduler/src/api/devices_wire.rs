//! The forms of the devices of terminals.

use booking::UnixS;
use serde::{Deserialize, Serialize};
use session::{Kind, Names};
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::kind_schema;
use crate::access::ChallengeFor;
use crate::store;

/// A device of a terminal, for who keeps it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TerminalDevice {
    id: String,
    name: String,
    /// RFC 3339.
    paired_at: String,
    /// Who made the code by which it came in.
    #[schema(value_type = NamesSchema)]
    paired_by_names: Names,
    /// When it last said that it is there, RFC 3339; noted every five minutes.
    seen_at: String,
    /// When it was revoked, RFC 3339; null if it was not.
    revoked_at: Option<String>,
}

impl TerminalDevice {
    pub(super) fn new(app: &App, device: store::Device) -> Self {
        Self {
            id: device.id,
            name: device.name,
            paired_at: app.zone.print(device.paired),
            paired_by_names: device.paired_by,
            seen_at: app.zone.print(device.seen),
            revoked_at: device.revoked.map(|at| app.zone.print(at)),
        }
    }
}

/// The devices of a terminal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TerminalDevices {
    pub(super) terminal: Named,
    pub(super) room: Named,
    pub(super) site: Named,
    /// In the order in which they were paired; at most 5 that are not revoked, and 20 that are.
    pub(super) devices: Vec<TerminalDevice>,
    /// Until when the link of the terminal's pairing code works, RFC 3339; null if it has none.
    pub(super) code_ends_at: Option<String>,
}

/// Something by id and names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    pub(super) id: String,
    #[schema(value_type = NamesSchema)]
    pub(super) names: Names,
}

impl From<store::Room> for Named {
    fn from(store::Room { id, names, .. }: store::Room) -> Self {
        Self { id, names }
    }
}

impl From<store::Organization> for Named {
    fn from(store::Organization { id, names, .. }: store::Organization) -> Self {
        Self { id, names }
    }
}

/// A device that is to be paired.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPairing {
    /// What the device is to be called, 1 to 100 characters; the terminal's name if absent.
    pub(super) name: Option<String>,
}

/// A pairing code, told once: the store keeps neither the link nor the digits. It brings one device in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PairingCode {
    /// What the device will be called.
    pub(super) name: String,
    /// The page is `/#/device?once=` and this.
    pub(super) once: String,
    /// Until when the link works, RFC 3339.
    pub(super) link_ends_at: String,
    /// Six digits for the page `/#/device`.
    pub(super) digits: String,
    /// And until when they do.
    pub(super) digits_end_at: String,
}

/// For which key and what a challenge is asked.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChallengeWish {
    /// SHA-256 of the device's public key (an uncompressed point of P-256), base64url without padding.
    pub(super) key: String,
    /// `pair` to come in by a code, `login` to come back.
    #[serde(rename = "for")]
    #[schema(value_type = String)]
    pub(super) wanted: ChallengeFor,
}

/// What a device is to sign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChallengeMade {
    /// The device signs `shanqiao device 1`, the origin of its page and this, with a line feed (U+000A) between, by ECDSA on
    /// P-256 with SHA-256.
    pub(super) challenge: String,
    /// Until when that is taken, RFC 3339.
    pub(super) ends_at: String,
}

/// A device that comes in by a code: the secret of a link, or six digits.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Pairing {
    /// What stands after `once=` in the link.
    pub(super) once: Option<String>,
    pub(super) digits: Option<String>,
    /// The public key: an uncompressed point of P-256 (65 bytes, SEC 1), base64url without padding.
    pub(super) public_key: String,
    pub(super) challenge: String,
    /// Two numbers of 32 bytes (IEEE P1363), base64url without padding.
    pub(super) signature: String,
}

/// A device that comes back.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeviceLogin {
    pub(super) challenge: String,
    /// Two numbers of 32 bytes (IEEE P1363), base64url without padding.
    pub(super) signature: String,
}

/// That a device is in: the cookie says the rest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceIn {
    /// What the device is called.
    pub(super) name: String,
    /// Until when the cookie works, RFC 3339; the device then signs again.
    pub(super) ends_at: String,
}

/// The day of a terminal, as its device shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceDay {
    /// What the device is called.
    pub(super) device: String,
    pub(super) room: Named,
    pub(super) site: Named,
    /// Of the terminal's room, and others of its site; earliest first, at most 60.
    pub(super) sessions: Vec<DeviceSession>,
    /// The county's zone by its IANA name.
    pub(super) time_zone: String,
    /// `seen` of the next request: says what of all this is known.
    pub(super) tag: String,
    /// The scheduler's time, RFC 3339.
    pub(super) now: String,
}

/// A session, for everybody who passes the screen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceSession {
    pub(super) id: String,
    #[schema(schema_with = kind_schema)]
    pub(super) kind: Kind,
    /// Null for a consultation: what it is about is for those who are in it.
    pub(super) title: Option<String>,
    /// Who leads it; null for a consultation, or if nobody does.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    pub(super) leader_names: Option<Names>,
    /// Names of its rooms.
    pub(super) rooms: Vec<String>,
    /// RFC 3339.
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    /// From when it can be joined.
    pub(super) opens_at: String,
    /// Whether this device may join it then: a class in the room of its terminal.
    pub(super) joins: bool,
}

impl DeviceSession {
    pub(super) fn new(app: &App, session: &store::Session, (opens, joins): (UnixS, bool)) -> Self {
        let open = session.kind != Kind::Consultation;
        let leader = session.attendees.iter().find(|it| open && it.role.runs_the_room());
        Self {
            id: session.id.clone(),
            kind: session.kind,
            title: open.then(|| session.title.clone()),
            leader_names: leader.map(|it| it.names.clone()),
            rooms: session.rooms.iter().map(|it| it.names.zh().to_owned()).collect(),
            starts_at: app.zone.print(session.interval.start()),
            ends_at: app.zone.print(session.interval.end()),
            opens_at: app.zone.print(opens),
            joins,
        }
    }
}
