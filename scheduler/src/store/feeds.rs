//! The secret addresses of calendar feeds, and what is in a feed.

use std::collections::BTreeMap;

use booking::{Interval, UnixS};
use session::Names;

use super::names::names_if;
use super::sessions::{LIST_MAX, interval, load, seconds};
use super::texts::placeholders;
use super::{Session, Store, StoreError};

/// Whose sessions a feed has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FeedOwner {
    /// A person, by id.
    Person(String),
    /// A site, by the id of its organization.
    Organization(String),
}

impl FeedOwner {
    fn row(&self) -> (&'static str, &str) {
        match self {
            Self::Person(id) => ("person", id),
            Self::Organization(id) => ("organization", id),
        }
    }
}

/// The time of a series that a session stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StandsFor {
    pub(crate) series_id: String,
    /// Of the series.
    pub(crate) version: i64,
    /// When the series has it.
    pub(crate) planned: Interval,
}

#[derive(sqlx::FromRow)]
struct StandsForRow {
    session_id: String,
    made_up_by: Option<String>,
    series_id: String,
    version: i64,
    starts_s: i64,
    ends_s: i64,
}

impl Store {
    /// The times of series that these sessions stand for, by the ids of the sessions; of those alone nothing.
    pub(crate) async fn stand_for(
        &self,
        session_ids: &[&str],
    ) -> Result<BTreeMap<String, StandsFor>, StoreError> {
        let mut found = BTreeMap::new();
        for chunk in session_ids.chunks(100) {
            let (own, other) =
                (placeholders(1, chunk.len(), 1), placeholders(1 + chunk.len(), chunk.len(), 1));
            let text = format!(
                "SELECT o.session_id, o.made_up_by, o.series_id, series.version, o.starts_s, o.ends_s
                 FROM occurrence o JOIN series ON series.id = o.series_id
                 WHERE o.session_id IN ({own}) OR o.made_up_by IN ({other})"
            );
            let mut query = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
            for id in chunk.iter().chain(chunk) {
                query = query.bind(*id);
            }
            let rows: Vec<StandsForRow> = query.fetch_all(&self.readers).await?;
            for StandsForRow { session_id, made_up_by, series_id, version, starts_s, ends_s } in
                rows
            {
                let stands_for =
                    StandsFor { series_id, version, planned: interval(starts_s, ends_s)? };
                found.extend(made_up_by.map(|id| (id, stands_for.clone())));
                found.insert(session_id, stands_for);
            }
        }
        Ok(found)
    }

    /// Gives a feed a new address; the one before leads nowhere from now on. False if there is no such organization.
    pub(crate) async fn put_feed(
        &self,
        owner: &FeedOwner,
        token_sha256: &str,
        (by, now): (&str, UnixS),
    ) -> Result<bool, StoreError> {
        let (kind, id) = owner.row();
        if kind == "organization" {
            let there: Option<String> =
                sqlx::query_scalar("SELECT id FROM organization WHERE id = $1")
                    .bind(id)
                    .fetch_optional(&self.readers)
                    .await?;
            if there.is_none() {
                return Ok(false);
            }
        }
        let statement = sqlx::query(
            "INSERT INTO calendar_feed (owner_kind, owner_id, token_sha256, made_by, made_s) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (owner_kind, owner_id) DO UPDATE
             SET token_sha256 = excluded.token_sha256, made_by = excluded.made_by, made_s = excluded.made_s",
        )
        .bind(kind)
        .bind(id)
        .bind(token_sha256)
        .bind(by)
        .bind(seconds(now)?);
        self.once(statement).await?;
        Ok(true)
    }

    /// Whose feed has this address, and the name of that person or organization.
    pub(crate) async fn feed(
        &self,
        token_sha256: &str,
    ) -> Result<Option<(FeedOwner, Names)>, StoreError> {
        let row: Option<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT owner_kind, owner_id, person.names, organization.names FROM calendar_feed
             LEFT JOIN person ON owner_kind = 'person' AND person.id = owner_id
             LEFT JOIN organization ON owner_kind = 'organization' AND organization.id = owner_id
             WHERE token_sha256 = $1",
        )
        .bind(token_sha256)
        .fetch_optional(&self.readers)
        .await?;
        let Some((kind, id, person, organization)) = row else { return Ok(None) };
        let (owner, called) = match kind.as_str() {
            "person" => (FeedOwner::Person(id), person),
            _ => (FeedOwner::Organization(id), organization),
        };
        Ok(names_if(called)?.map(|names| (owner, names)))
    }

    /// The sessions of a feed that share a second with `within`, cancelled ones too, earliest first, at most 500.
    pub(crate) async fn feed_sessions(
        &self,
        owner: &FeedOwner,
        within: Interval,
    ) -> Result<Vec<Session>, StoreError> {
        let id = match owner {
            FeedOwner::Person(id) => {
                return Ok(self.sessions_during(within, Some(id), None).await?.0);
            }
            FeedOwner::Organization(id) => id,
        };
        let mut connection = self.readers.acquire().await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT session.id FROM session WHERE starts_s > $1 - 43200 AND starts_s < $2 AND ends_s > $1
               AND (EXISTS (SELECT 1 FROM participant JOIN person ON person.id = participant.person_id
                            WHERE participant.session_id = session.id AND person.organization_id = $3)
                 OR EXISTS (SELECT 1 FROM claim JOIN room ON room.id = claim.resource_id
                            WHERE claim.session_id = session.id AND claim.resource_kind = 'room' AND room.organization_id = $3)
                 OR EXISTS (SELECT 1 FROM claim JOIN terminal ON terminal.id = claim.resource_id
                                 JOIN room ON room.id = terminal.room_id
                            WHERE claim.session_id = session.id AND claim.resource_kind = 'terminal'
                              AND room.organization_id = $3))
             ORDER BY starts_s, session.id LIMIT $4",
        )
        .bind(seconds(within.start())?)
        .bind(seconds(within.end())?)
        .bind(id)
        .bind(i64::try_from(LIST_MAX).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
        load(&mut connection, &ids).await
    }
}
