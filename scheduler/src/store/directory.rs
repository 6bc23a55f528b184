//! Everybody and everything that can be booked, page by page.

use super::interpreters::{Interpreted, interpreted};
use super::people::people_after;
use super::{BookableTerminal, Connection, Organization, Person, Room, Store, StoreError};

/// Everybody and everything of one page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Directory {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) terminals: Vec<BookableTerminal>,
    pub(crate) people: Vec<Person>,
    /// What these people interpret, by their ids.
    pub(crate) interpreted: Interpreted,
    /// Where the next page begins; none if this is the last one.
    pub(crate) next: Option<DirectoryPlace>,
}

/// The parts of a directory, in their order: what others belong to comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DirectoryPart {
    Organizations,
    Rooms,
    Terminals,
    People,
}

impl DirectoryPart {
    pub(crate) const ALL: [Self; 4] =
        [Self::Organizations, Self::Rooms, Self::Terminals, Self::People];
}

/// After which id of which part a page begins; an empty id comes before all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirectoryPlace {
    pub(crate) part: DirectoryPart,
    pub(crate) after: String,
}

impl Store {
    /// What is not retired, part by part in the order of ids, from a place on, at most `most` of all parts together.
    pub(crate) async fn directory(
        &self,
        from: &DirectoryPlace,
        most: usize,
    ) -> Result<Directory, StoreError> {
        let mut look = self.readers.begin().await?;
        let mut page = Directory::default();
        let mut left = most;
        for part in DirectoryPart::ALL.into_iter().filter(|part| *part >= from.part) {
            let after = if part == from.part { from.after.as_str() } else { "" };
            let last = page.read(&mut look, (part, after), left).await?;
            left = most.saturating_sub(page.len());
            if let Some(after) = last {
                page.next = Some(DirectoryPlace { part, after });
                break;
            }
        }
        if let (Some(first), Some(last)) = (page.people.first(), page.people.last()) {
            // Nobody's id comes between these two but those of the page.
            let (first, last) = (first.id.clone(), last.id.clone());
            page.interpreted = interpreted(&mut look, (&first, &last)).await?;
        }
        Ok(page)
    }
}

impl Directory {
    fn len(&self) -> usize {
        self.organizations.len() + self.rooms.len() + self.terminals.len() + self.people.len()
    }

    /// Adds what a part has after an id, at most `most`; gives back after which id there is more.
    async fn read(
        &mut self,
        look: &mut Connection,
        (part, after): (DirectoryPart, &str),
        most: usize,
    ) -> Result<Option<String>, StoreError> {
        // One more tells whether there is more.
        let asked = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        Ok(match part {
            DirectoryPart::Organizations => {
                let text = "SELECT id, names, kind FROM organization
                            WHERE retired_s IS NULL AND id > $1 ORDER BY id LIMIT $2";
                self.organizations =
                    sqlx::query_as(text).bind(after).bind(asked).fetch_all(look).await?;
                cut(&mut self.organizations, (after, most), |it| &it.id)
            }
            DirectoryPart::Rooms => {
                let text = "SELECT id, names, organization_id FROM room
                            WHERE retired_s IS NULL AND id > $1 ORDER BY id LIMIT $2";
                self.rooms = sqlx::query_as(text).bind(after).bind(asked).fetch_all(look).await?;
                cut(&mut self.rooms, (after, most), |it| &it.id)
            }
            DirectoryPart::Terminals => {
                let text = "SELECT id, names, kind, room_id,
                       (SELECT organization_id FROM room WHERE room.id = room_id) AS organization_id FROM terminal
                            WHERE retired_s IS NULL AND id > $1 ORDER BY id LIMIT $2";
                self.terminals =
                    sqlx::query_as(text).bind(after).bind(asked).fetch_all(look).await?;
                cut(&mut self.terminals, (after, most), |it| &it.id)
            }
            DirectoryPart::People => {
                self.people = people_after(look, after, asked).await?;
                cut(&mut self.people, (after, most), |it| &it.id)
            }
        })
    }
}

/// Cuts a list to `most`; after which id the rest begins, if there is a rest.
fn cut<T>(
    list: &mut Vec<T>,
    (after, most): (&str, usize),
    id: impl Fn(&T) -> &String,
) -> Option<String> {
    let more = list.len() > most;
    list.truncate(most);
    more.then(|| list.last().map_or_else(|| after.to_owned(), |it| id(it).clone()))
}
