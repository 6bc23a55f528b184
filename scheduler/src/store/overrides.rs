//! Bookings that were made against hours, with the reason: written once, with the event of the same version.

use super::{Connection, Override, Session, StoreError};

/// Keeps that `session`, as it was just written, goes against hours.
pub(super) async fn keep(
    change: &mut Connection,
    session: &Session,
    overrides: Option<&Override>,
) -> Result<(), StoreError> {
    let Some(Override { reason, against }) = overrides else { return Ok(()) };
    sqlx::query(
        "INSERT INTO session_override (session_id, version, reason, against) VALUES ($1, $2, $3, $4)",
    )
    .bind(&session.id)
    .bind(session.version)
    .bind(reason)
    .bind(against)
    .execute(change)
    .await?;
    Ok(())
}
