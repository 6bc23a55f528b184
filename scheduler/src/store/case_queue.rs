//! Cases that wait for doctors to be invited, and how many of each site had their turn lately.

use booking::UnixS;
use consultation::{Specialty, Urgency};

use super::cases::{CareCase, count, load};
use super::sessions::{point, seconds, word};
use super::{Store, StoreError};

/// Most cases that are put in order; younger ones come in as those have their turn.
pub(crate) const QUEUE_MAX: i64 = 2_000;

/// States in which a case waits for doctors to be invited.
const WAITS: &str = "('requested', 'declined', 'redirected')";

/// A case that waits: requested, or given back by those who were invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingCase {
    pub(crate) id: String,
    pub(crate) site: String,
    pub(crate) specialty: Specialty,
    pub(crate) urgency: Urgency,
    pub(crate) requested: UnixS,
}

/// How many cases of a site had their turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turns {
    pub(crate) site: String,
    pub(crate) specialty: Specialty,
    pub(crate) cases: u32,
}

impl Store {
    /// Those that wait, urgent ones and then the oldest first, [`QUEUE_MAX`] at most.
    pub(crate) async fn waiting_cases(&self) -> Result<Vec<WaitingCase>, StoreError> {
        let text = format!(
            "SELECT id, organization_id, specialty, urgency, requested_s FROM care_case WHERE state IN {WAITS}
             ORDER BY CASE urgency WHEN 'urgent' THEN 0 ELSE 1 END, requested_s, id LIMIT $1"
        );
        let rows: Vec<(String, String, String, String, i64)> =
            sqlx::query_as(sqlx::AssertSqlSafe(text))
                .bind(QUEUE_MAX)
                .fetch_all(&self.readers)
                .await?;
        let read = |(id, site, specialty, urgency, requested): (String, _, String, String, _)| {
            let (specialty, urgency) = (word(&specialty)?, word(&urgency)?);
            Ok(WaitingCase { id, site, specialty, urgency, requested: point(requested)? })
        };
        rows.into_iter().map(read).collect()
    }

    /// The turns that each site had since then. What cannot wait is at no site's expense, and what waits again had none.
    pub(crate) async fn turns_since(&self, since: UnixS) -> Result<Vec<Turns>, StoreError> {
        let text = format!(
            "SELECT organization_id, specialty, count(DISTINCT care_case.id)
             FROM care_case_event JOIN care_case ON care_case.id = case_id
             WHERE kind = 'triage' AND at_s >= $1 AND urgency <> 'urgent' AND state NOT IN {WAITS}
             GROUP BY organization_id, specialty"
        );
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(seconds(since)?)
            .fetch_all(&self.readers)
            .await?;
        let read = |(site, specialty, cases): (String, String, i64)| {
            Ok(Turns { site, specialty: word(&specialty)?, cases: count(cases)? })
        };
        rows.into_iter().map(read).collect()
    }

    /// The cases of these ids, in their order; what is gone meanwhile is left out.
    pub(crate) async fn cases_in_order(&self, ids: &[&str]) -> Result<Vec<CareCase>, StoreError> {
        let mut cases = load(&mut *self.readers.acquire().await?, ids).await?;
        cases.sort_by_key(|case| ids.iter().position(|id| *id == case.id));
        Ok(cases)
    }
}
