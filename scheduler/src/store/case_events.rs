//! What happens to a case, written down in the transaction in which it happens.

use super::events::Act;
use super::sessions::seconds;
use super::{Connection, StoreError};

/// Most steps of one case.
pub(crate) const CASE_STEPS_MAX: i64 = 200;

/// Adds an event of a case.
pub(super) async fn tell(
    change: &mut Connection,
    (id, kind): (&str, &str),
    about: &str,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO care_case_event (case_id, number, kind, at_s, by_id, about, reason)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM care_case_event WHERE case_id = $1",
    )
    .bind(id)
    .bind(kind)
    .bind(seconds(act.at)?)
    .bind(act.by)
    .bind(about)
    .bind(act.reason)
    .execute(&mut *change)
    .await?;
    Ok(())
}
