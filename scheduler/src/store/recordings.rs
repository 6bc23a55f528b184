//! Whose recordings a person may see.

use booking::UnixS;

use super::sessions::{point, seconds};
use super::{Person, Store, StoreError};

/// Who took part may see; what touches no patient is also for those who sit where somebody took part. With a minor in it, it
/// is for the minor's own school and guardians alone. `$1` is the person, `$2` the person's organization.
const VISIBLE: &str =
    "(EXISTS (SELECT 1 FROM participant WHERE session_id = session.id AND person_id = $1)
    OR (kind <> 'consultation' AND (
        EXISTS (
            SELECT 1 FROM participant JOIN person ON person.id = participant.person_id
                LEFT JOIN minor ON minor.person_id = person.id AND adult_s > session.starts_s
            WHERE session_id = session.id AND organization_id = $2
                AND (minor.person_id IS NOT NULL OR NOT EXISTS (
                    SELECT 1 FROM participant AS other JOIN minor ON minor.person_id = other.person_id
                    WHERE other.session_id = session.id AND adult_s > session.starts_s)))
        OR EXISTS (
            SELECT 1 FROM participant JOIN guardian ON minor_id = person_id
            WHERE session_id = session.id AND guardian_id = $1))))";

/// A session that may have been recorded, in the order of the list: latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) start: UnixS,
    pub(crate) session_id: String,
}

impl Store {
    /// The sessions that were to be recorded and began by `latest`, as far as this person may see them: at most
    /// `most`, the latest first, going on after `after`.
    pub(crate) async fn recorded_sessions(
        &self,
        person: &Person,
        latest: UnixS,
        after: Option<&Recorded>,
        most: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        let after_s = after.map(|it| seconds(it.start)).transpose()?;
        let rows: Vec<(i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT starts_s, id FROM session
             WHERE recording = 1 AND starts_s <= $3 AND ($4 IS NULL OR (starts_s, id) < ($4, $5)) AND {VISIBLE}
             ORDER BY starts_s DESC, id DESC LIMIT $6"
        )))
        .bind(&person.id)
        .bind(&person.organization.id)
        .bind(seconds(latest)?)
        .bind(after_s)
        .bind(after.map(|it| it.session_id.as_str()))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        let recorded = |(start_s, session_id)| Ok(Recorded { start: point(start_s)?, session_id });
        rows.into_iter().map(recorded).collect()
    }

    /// Whether this person may see the recordings of a session.
    pub(crate) async fn sees_recordings(
        &self,
        person: &Person,
        session_id: &str,
    ) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT 1 FROM session WHERE id = $3 AND {VISIBLE}"
        )))
        .bind(&person.id)
        .bind(&person.organization.id)
        .bind(session_id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found.is_some())
    }
}
