//! Between which languages people interpret.

use std::collections::BTreeMap;

use session::LanguagePair;

use super::{Connection, Store, StoreError};

/// The pairs of each person, in alphabetical order.
pub(super) type Interpreted = BTreeMap<String, Vec<LanguagePair>>;

impl Store {
    /// Ids of the people who interpret this pair and may be booked for it, at most `most`, in the order of ids.
    pub(crate) async fn interpreters(
        &self,
        pair: &LanguagePair,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar(
            "SELECT person_id FROM person_language JOIN person ON person.id = person_id
             WHERE pair = $1 AND retired_s IS NULL
               AND EXISTS (SELECT 1 FROM assignment
                           WHERE assignment.person_id = person.id AND role = 'interpreter')
             ORDER BY person_id LIMIT $2",
        )
        .bind(pair.as_str())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        Ok(ids)
    }
}

/// What people with ids from `first` up to `last` interpret; who interprets nothing is left out.
pub(super) async fn interpreted(
    look: &mut Connection,
    (first, last): (&str, &str),
) -> Result<Interpreted, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT person_id, pair FROM person_language WHERE person_id >= $1 AND person_id <= $2
         ORDER BY person_id, pair",
    )
    .bind(first)
    .bind(last)
    .fetch_all(look)
    .await?;
    let mut found = Interpreted::new();
    for (person_id, pair) in rows {
        let pair = pair.parse().map_err(|_| {
            StoreError::Unreadable(format!("`{pair}` of {person_id} is no pair of languages"))
        })?;
        found.entry(person_id).or_default().push(pair);
    }
    Ok(found)
}

/// Keeps what a person interprets, instead of what was kept before.
pub(super) async fn put_interpreted(
    change: &mut Connection,
    person_id: &str,
    pairs: &[LanguagePair],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM person_language WHERE person_id = $1")
        .bind(person_id)
        .execute(&mut *change)
        .await?;
    for pair in pairs {
        sqlx::query("INSERT INTO person_language (person_id, pair) VALUES ($1, $2)")
            .bind(person_id)
            .bind(pair.as_str())
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}
