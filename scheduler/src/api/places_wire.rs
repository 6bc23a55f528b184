//! The forms of organizations, their rooms, and the terminals that stand in these.

use serde::Serialize;
use session::Names;
use utoipa::ToSchema;

use super::names_wire::NamesSchema;
use crate::store;

/// An organization: hospital, clinic, school, teaching point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// `health` or `education`.
    kind: String,
}

impl From<store::Organization> for Organization {
    fn from(row: store::Organization) -> Self {
        Self { id: row.id, names: row.names, kind: row.kind }
    }
}

/// A bookable room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Room {
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    organization_id: String,
}

impl From<store::Room> for Room {
    fn from(row: store::Room) -> Self {
        Self { id: row.id, names: row.names, organization_id: row.organization_id }
    }
}

/// A bookable terminal: a device that stands in a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terminal {
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// `screen`, `computer`, `tablet` or `phone`.
    kind: String,
    room_id: String,
}

impl From<store::BookableTerminal> for Terminal {
    fn from(row: store::BookableTerminal) -> Self {
        let store::BookableTerminal { id, names, kind, room_id, .. } = row;
        Self { id, names, kind, room_id }
    }
}
