//! The forms of organizations, their rooms, and the terminals that stand in these.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store;

/// An organization: hospital, clinic, school, teaching point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    id: String,
    name: String,
    name_en: String,
    /// `health` or `education`.
    kind: String,
}

impl From<store::Organization> for Organization {
    fn from(row: store::Organization) -> Self {
        Self { id: row.id, name: row.name, name_en: row.name_en, kind: row.kind }
    }
}

/// A bookable room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Room {
    id: String,
    name: String,
    name_en: String,
    organization_id: String,
}

impl From<store::Room> for Room {
    fn from(row: store::Room) -> Self {
        Self {
            id: row.id,
            name: row.name,
            name_en: row.name_en,
            organization_id: row.organization_id,
        }
    }
}

/// A bookable terminal: a device that stands in a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terminal {
    id: String,
    name: String,
    name_en: String,
    /// `screen`, `computer`, `tablet` or `phone`.
    kind: String,
    room_id: String,
}

impl From<store::BookableTerminal> for Terminal {
    fn from(row: store::BookableTerminal) -> Self {
        let store::BookableTerminal { id, name, name_en, kind, room_id, .. } = row;
        Self { id, name, name_en, kind, room_id }
    }
}
