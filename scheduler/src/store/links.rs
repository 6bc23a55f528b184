//! Links that work once. The store knows a link by the SHA-256 of its secret.

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};

/// Used and old links are known for so long, so that who opens one is told what became of it.
const KNOWN_S: u64 = 90 * 86_400;
/// Most links of one person, or to set up, that are known.
const KNOWN_MAX: i64 = 20;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkPurpose {
    /// To set the county up.
    Setup,
    /// To set the password of this person.
    Password(String),
}

/// Whether a link works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkState {
    Open,
    Used,
    Over,
}

/// A link that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) purpose: LinkPurpose,
    pub(crate) state: LinkState,
    pub(crate) ends: UnixS,
}

/// A link that is made.
#[derive(Debug, Clone)]
pub(crate) struct NewLink {
    pub(crate) sha256: String,
    pub(crate) made: UnixS,
    pub(crate) ends: UnixS,
}

impl Store {
    /// The link of this secret, as it is at `now`.
    pub(crate) async fn link(&self, sha256: &str, now: UnixS) -> Result<Option<Link>, StoreError> {
        let row: Option<(Option<String>, i64, Option<i64>)> =
            sqlx::query_as("SELECT person_id, ends_s, used_s FROM one_time_link WHERE sha256 = $1")
                .bind(sha256)
                .fetch_optional(&self.readers)
                .await?;
        let Some((person_id, ends_s, used_s)) = row else { return Ok(None) };
        let ends = super::sessions::point(ends_s)?;
        let state = match used_s {
            Some(_) => LinkState::Used,
            None if ends <= now => LinkState::Over,
            None => LinkState::Open,
        };
        let purpose = person_id.map_or(LinkPurpose::Setup, LinkPurpose::Password);
        Ok(Some(Link { purpose, state, ends }))
    }

    /// Makes the link to set the county up; those before it work no more.
    pub(crate) async fn put_setup_link(&self, link: &NewLink) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        insert_link(&mut change, None, link).await?;
        Ok(change.commit().await?)
    }
}

/// Makes a link within a change: those before it of the same person work no more, and the oldest are forgotten.
pub(super) async fn insert_link(
    change: &mut Connection,
    person_id: Option<&str>,
    link: &NewLink,
) -> Result<(), StoreError> {
    let (purpose, made_s) = (purpose_of(person_id), seconds(link.made)?);
    let whose = person_id.unwrap_or_default();
    sqlx::query(
        "UPDATE one_time_link SET ends_s = $1
         WHERE purpose = $2 AND coalesce(person_id, '') = $3 AND used_s IS NULL AND ends_s > $4",
    )
    .bind(made_s)
    .bind(purpose)
    .bind(whose)
    .bind(made_s)
    .execute(&mut *change)
    .await?;
    sqlx::query(
        "INSERT INTO one_time_link (sha256, purpose, person_id, made_s, ends_s) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&link.sha256)
    .bind(purpose)
    .bind(person_id)
    .bind(made_s)
    .bind(seconds(link.ends)?)
    .execute(&mut *change)
    .await?;
    sqlx::query(
        "DELETE FROM one_time_link WHERE purpose = $1 AND coalesce(person_id, '') = $2 AND (made_s < $3 OR sha256 NOT IN
            (SELECT sha256 FROM one_time_link WHERE purpose = $4 AND coalesce(person_id, '') = $5
             ORDER BY ends_s DESC, made_s DESC, sha256 LIMIT $6))",
    )
    .bind(purpose)
    .bind(whose)
    .bind(seconds(link.made.minus(KNOWN_S))?)
    .bind(purpose)
    .bind(whose)
    .bind(KNOWN_MAX)
    .execute(&mut *change)
    .await?;
    Ok(())
}

const fn purpose_of(person_id: Option<&str>) -> &'static str {
    if person_id.is_some() { "password" } else { "setup" }
}

/// Uses a link within a change; `false` if it works no more. Of many at once one uses it.
pub(super) async fn use_link(
    change: &mut Connection,
    sha256: &str,
    person_id: Option<&str>,
    now: UnixS,
) -> Result<bool, StoreError> {
    let used = sqlx::query(
        "UPDATE one_time_link SET used_s = $1
         WHERE sha256 = $2 AND purpose = $3 AND coalesce(person_id, '') = $4 AND used_s IS NULL AND ends_s > $5",
    )
    .bind(seconds(now)?)
    .bind(sha256)
    .bind(purpose_of(person_id))
    .bind(person_id.unwrap_or_default())
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await?;
    Ok(used.rows_affected() == 1)
}
