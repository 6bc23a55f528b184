//! What a person, a room or a site has in some days, page by page.

use booking::{Interval, UnixS};

use super::sessions::{load, seconds};
use super::{Session, Store, StoreError};

/// Whose days are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// A person, by id.
    Person(&'a str),
    /// A room, by id.
    Room(&'a str),
    /// A terminal, by id.
    Terminal(&'a str),
    /// A site, by the id of its organization: its people, its rooms and its terminals.
    Organization(&'a str),
}

/// The last session of a page: the next one begins after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) starts: UnixS,
    pub(crate) id: String,
}

/// Ids of sessions by a condition; one text each, as the store takes no text that is put together at run time.
macro_rules! sessions_by {
    ($condition:literal) => {
        concat!(
            "SELECT session.id FROM session WHERE starts_s > $1 - 43200 AND starts_s < $2 AND ends_s > $1
               AND state = 'scheduled' AND (starts_s > $3 OR (starts_s = $3 AND session.id > $4)) AND (",
            $condition,
            ") ORDER BY starts_s, session.id LIMIT $6"
        )
    };
}

impl Store {
    /// The sessions that share a second with `within` and come after `after`, earliest first, at most `most`; cancelled ones are
    /// left out.
    pub(crate) async fn sessions_of(
        &self,
        whose: Whose<'_>,
        within: Interval,
        after: Option<&After>,
        most: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let (text, id) = match whose {
            Whose::Person(id) => (
                sessions_by!(
                    "EXISTS (SELECT 1 FROM participant WHERE session_id = session.id AND person_id = $5)"
                ),
                id,
            ),
            Whose::Room(id) => (
                sessions_by!(
                    "EXISTS (SELECT 1 FROM claim WHERE claim.session_id = session.id AND resource_kind = 'room'
                             AND resource_id = $5)"
                ),
                id,
            ),
            Whose::Terminal(id) => (
                sessions_by!(
                    "EXISTS (SELECT 1 FROM claim WHERE claim.session_id = session.id AND resource_kind = 'terminal'
                             AND resource_id = $5)"
                ),
                id,
            ),
            Whose::Organization(id) => (
                sessions_by!(
                    "EXISTS (SELECT 1 FROM participant JOIN person ON person.id = participant.person_id
                             WHERE participant.session_id = session.id AND person.organization_id = $5)
                     OR EXISTS (SELECT 1 FROM claim JOIN room ON room.id = claim.resource_id
                                WHERE claim.session_id = session.id AND claim.resource_kind = 'room'
                                  AND room.organization_id = $5)
                     OR EXISTS (SELECT 1 FROM claim JOIN terminal ON terminal.id = claim.resource_id
                                     JOIN room ON room.id = terminal.room_id
                                WHERE claim.session_id = session.id AND claim.resource_kind = 'terminal'
                                  AND room.organization_id = $5)"
                ),
                id,
            ),
        };
        let (starts_s, last) = match after {
            Some(After { starts, id }) => (seconds(*starts)?, id.as_str()),
            None => (0, ""),
        };
        let ids: Vec<String> = sqlx::query_scalar(text)
            .bind(seconds(within.start())?)
            .bind(seconds(within.end())?)
            .bind(starts_s)
            .bind(last)
            .bind(id)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *connection)
            .await?;
        load(&mut connection, &ids).await
    }
}
