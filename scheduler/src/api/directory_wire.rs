//! The forms of everybody and everything that can be booked.

use serde::Serialize;
use session::Names;
use utoipa::ToSchema;

use super::names_wire::NamesSchema;
use super::places_wire::{Organization, Room, Terminal};
use crate::store::{self, DirectoryPart, DirectoryPlace};

/// Longest id in a place.
const ID_BYTES_MAX: usize = 128;

/// A person who can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DirectoryPerson {
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// What the person may be booked as, and `scheduler`.
    roles: Vec<String>,
    organization_id: String,
    /// Between which languages the person interprets, such as `bo-zh`; in alphabetical order.
    interprets: Vec<String>,
}

/// Everybody and everything that can be booked, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Directory {
    organizations: Vec<Organization>,
    people: Vec<DirectoryPerson>,
    rooms: Vec<Room>,
    terminals: Vec<Terminal>,
    /// `after` of the request for the next page; null if this is the last one.
    #[schema(required = true)]
    next: Option<String>,
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
            names: row.names,
            roles: row.roles,
            organization_id: row.organization.id,
        };
        Self {
            organizations: directory.organizations.into_iter().map(Organization::from).collect(),
            people: directory.people.into_iter().map(person).collect(),
            rooms: directory.rooms.into_iter().map(Room::from).collect(),
            terminals: directory.terminals.into_iter().map(Terminal::from).collect(),
            next: directory.next.as_ref().map(print),
        }
    }
}

/// The word of a part in a place.
const fn word(part: DirectoryPart) -> &'static str {
    match part {
        DirectoryPart::Organizations => "organizations",
        DirectoryPart::Rooms => "rooms",
        DirectoryPart::Terminals => "terminals",
        DirectoryPart::People => "people",
    }
}

/// The `next` of an answer: `PART.ID`.
fn print(place: &DirectoryPlace) -> String {
    format!("{}.{}", word(place.part), place.after)
}

/// Reads the `after` of a request; `None` if it is no `next` of ours.
pub(super) fn place(text: &str) -> Option<DirectoryPlace> {
    let (part, after) = text.split_once('.')?;
    let part = DirectoryPart::ALL.into_iter().find(|it| word(*it) == part)?;
    (after.len() <= ID_BYTES_MAX).then(|| DirectoryPlace { part, after: after.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_printed_and_nothing_else_is_one() {
        for (part, after) in [(DirectoryPart::Organizations, ""), (DirectoryPart::People, "a.b")] {
            let there = DirectoryPlace { part, after: after.to_owned() };
            assert_eq!(place(&print(&there)), Some(there));
        }
        for text in ["", "people", "nobody.x", &format!("rooms.{}", "x".repeat(ID_BYTES_MAX + 1))] {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
