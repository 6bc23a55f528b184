//! Opinions as they were signed, which nothing changes.

use super::events::Act;
use super::sessions::seconds;
use super::{Connection, Store, StoreError};

/// An opinion with its signature, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SignedOpinion {
    pub(crate) version: i64,
    /// What was signed, byte by byte.
    pub(crate) statement: String,
    pub(crate) algorithm: String,
    pub(crate) key_id: String,
    /// Base64.
    pub(crate) public_key: String,
    /// Base64.
    pub(crate) signature: String,
}

impl Store {
    /// An opinion that was signed in a case: of this version, or the latest.
    pub(crate) async fn opinion(
        &self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<SignedOpinion>, StoreError> {
        let found = sqlx::query_as(
            "SELECT version, statement, algorithm, key_id, public_key, signature FROM care_case_opinion
             WHERE case_id = $1 AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found)
    }
}

pub(super) async fn keep_opinion(
    change: &mut Connection,
    id: &str,
    opinion: &SignedOpinion,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO care_case_opinion (case_id, version, statement, algorithm, key_id, public_key, signature,
                                        signed_by, signed_s)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(opinion.version)
    .bind(&opinion.statement)
    .bind(&opinion.algorithm)
    .bind(&opinion.key_id)
    .bind(&opinion.public_key)
    .bind(&opinion.signature)
    .bind(act.by)
    .bind(seconds(act.at)?)
    .execute(&mut *change)
    .await?;
    Ok(())
}
