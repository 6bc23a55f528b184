//! Who could be asked into a session that runs.

use booking::{Interval, UnixS};
use session::{Names, Role};

use super::sessions::seconds;
use super::{Store, StoreError};

/// Somebody who could come.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Candidate {
    pub(crate) id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
    #[sqlx(try_from = "String")]
    pub(crate) organization_names: Names,
    /// 1 if nothing else is booked for the person during that time.
    pub(crate) free: i64,
}

impl Store {
    /// At most `most` of those who are registered in this role and are not in the session, and whose name or organization has
    /// `text` in it, whoever is free `during` that time first, then by organization and id; `now` tells which holds have run out.
    pub(crate) async fn candidates(
        &self,
        (session_id, role, text): (&str, Role, &str),
        (during, now): (Interval, UnixS),
        most: i64,
    ) -> Result<Vec<Candidate>, StoreError> {
        let found = sqlx::query_as(
            "SELECT person.id, person.names, organization.names AS organization_names,
                    CASE WHEN EXISTS (
                        SELECT 1 FROM claim WHERE resource_kind = 'person' AND resource_id = person.id AND state = 'confirmed'
                           AND starts_s > $3 - 43200 AND starts_s < $4 AND ends_s > $3)
                      OR EXISTS (
                        SELECT 1 FROM claim JOIN hold ON hold.id = claim.hold_id WHERE resource_kind = 'person'
                           AND resource_id = person.id AND until_s > $7 AND claim.starts_s < $4 AND claim.ends_s > $3)
                    THEN 0 ELSE 1 END AS free
             FROM person JOIN organization ON organization.id = organization_id
             WHERE person.retired_s IS NULL
               AND EXISTS (SELECT 1 FROM person_role WHERE person_id = person.id AND role = $2)
               AND NOT EXISTS (SELECT 1 FROM participant WHERE session_id = $1 AND person_id = person.id)
               AND lower(person.names || organization.names) LIKE $6 ESCAPE '!'
             ORDER BY free DESC, organization_id, person.id LIMIT $5",
        )
        .bind(session_id)
        .bind(role.as_str())
        .bind(seconds(during.start())?)
        .bind(seconds(during.end())?)
        .bind(most)
        .bind(within(text))
        .bind(seconds(now)?)
        .fetch_all(&self.readers)
        .await?;
        Ok(found)
    }
}

/// The pattern of what has this text in it.
fn within(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.trim().to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
