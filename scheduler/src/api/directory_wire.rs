//! The forms of everybody and everything that can be booked.

use serde::Serialize;
use utoipa::ToSchema;

use super::wire::{Organization, Room};
use crate::store;

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
        let store::BookableTerminal { id, name, name_en, kind, room_id } = row;
        Self { id, name, name_en, kind, room_id }
    }
}

/// A person who can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DirectoryPerson {
    id: String,
    name: String,
    name_en: String,
    /// What the person may be booked as, and `scheduler`.
    roles: Vec<String>,
    organization_id: String,
    /// Between which languages the person interprets, such as `bo-zh`; in alphabetical order.
    interprets: Vec<String>,
}

/// Everybody and everything that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Directory {
    organizations: Vec<Organization>,
    people: Vec<DirectoryPerson>,
    rooms: Vec<Room>,
    terminals: Vec<Terminal>,
}

impl From<store::Directory> for Directory {
    fn from(directory: store::Directory) -> Self {
        let mut interpreted = directory.interpreted;
        let person = |row: store::Person| DirectoryPerson {
            interprets: interpreted
                .remove(&row.id)
                .map(|pairs| pairs.into_iter().map(String::from).collect())
                .unwrap_or_default(),
            id: row.id,
            name: row.name,
            name_en: row.name_en,
            roles: row.roles,
            organization_id: row.organization.id,
        };
        Self {
            organizations: directory.organizations.into_iter().map(Organization::from).collect(),
            people: directory.people.into_iter().map(person).collect(),
            rooms: directory.rooms.into_iter().map(Room::from).collect(),
            terminals: directory.terminals.into_iter().map(Terminal::from).collect(),
        }
    }
}
