//! Who has answered that they come, or was told by somebody.

use booking::UnixS;

use super::sessions::seconds;
use super::{Store, StoreError};

/// How somebody knows of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HowTold {
    /// The person says so.
    Oneself,
    /// Somebody came by.
    InPerson,
    /// Somebody called.
    ByPhone,
}

impl HowTold {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Oneself => "self",
            Self::InPerson => "in_person",
            Self::ByPhone => "by_phone",
        }
    }
}

/// That somebody knows of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) session_id: &'a str,
    pub(crate) person_id: &'a str,
    pub(crate) by: &'a str,
    pub(crate) how: HowTold,
    pub(crate) at: UnixS,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acknowledged {
    /// It is written down, now or before: no step of the ladder is taken any more.
    Done,
    /// The person has no ladder in the session as it is now: nobody waits for an answer.
    Unasked,
}

impl Store {
    /// Writes down that somebody knows of a session as it is now, and ends the ladder. The first answer stays.
    pub(crate) async fn acknowledge(
        &self,
        answered: &Answered<'_>,
    ) -> Result<Acknowledged, StoreError> {
        let mut change = self.change().await?;
        let generation: Option<i64> = sqlx::query_scalar(
            "SELECT r.generation FROM reminder r JOIN session s ON s.id = r.session_id
             WHERE r.session_id = $1 AND r.person_id = $2 AND s.state = 'scheduled' AND s.starts_s > $3
               AND (r.why IS NULL OR r.why NOT IN ('left', 'moved'))
               AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = $1)
             LIMIT 1",
        )
        .bind(answered.session_id)
        .bind(answered.person_id)
        .bind(seconds(answered.at)?)
        .fetch_optional(&mut *change)
        .await?;
        let Some(generation) = generation else {
            change.rollback().await?;
            return Ok(Acknowledged::Unasked);
        };
        sqlx::query(
            "INSERT INTO reminder_answer (session_id, generation, person_id, at_s, by_id, how)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (session_id, generation, person_id) DO NOTHING",
        )
        .bind(answered.session_id)
        .bind(generation)
        .bind(answered.person_id)
        .bind(seconds(answered.at)?)
        .bind(answered.by)
        .bind(answered.how.as_str())
        .execute(&mut *change)
        .await?;
        sqlx::query(
            "UPDATE reminder SET state = 'acknowledged', at_s = coalesce(at_s, $1)
             WHERE session_id = $2 AND generation = $3 AND person_id = $4 AND state IN ('waiting', 'handed')",
        )
        .bind(seconds(answered.at)?)
        .bind(answered.session_id)
        .bind(generation)
        .bind(answered.person_id)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(Acknowledged::Done)
    }
}
