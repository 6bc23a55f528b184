//! Claiming people, rooms and terminals, for a session or for a hold. That no two claims overlap is a rule of the claim table itself (a
//! trigger in SQLite, an exclusion constraint in PostgreSQL); what is in the way is looked for before it, in the same change.

use super::book_error::BookError;
use super::clashes::way_out;
use super::engine::{Fault, fault};
use super::hold_rows::sweep;
use super::sessions::seconds;
use super::wanted::{Claimant, KEPT_MAX, Look, look};
use super::{Connection, NewSession, StoreError};

/// Claims all resources of a session, or says what is in the way.
pub(super) async fn insert_claims(
    change: &mut Connection,
    new: &NewSession,
) -> Result<(), BookError> {
    let around = look(change, new, new.interval.end()).await?;
    claim_all(change, (new, Claimant::Session), around).await
}

/// Gives back whom and what a session takes.
pub(super) async fn release(change: &mut Connection, session_id: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE claim SET state = 'released' WHERE session_id = $1")
        .bind(session_id)
        .execute(change)
        .await?;
    Ok(())
}

/// Claims all that was found, or says what is in the way. What a change has read stays true until it commits, so a refusal of the
/// claims themselves comes of a program that does not wait for its turn: after that another try tells.
pub(super) async fn claim_all(
    change: &mut Connection,
    (new, claimant): (&NewSession, Claimant),
    around: Look,
) -> Result<(), BookError> {
    if let Some(taken) = around.first_taken(new.interval) {
        let clash = way_out(change, new, (taken, around)).await?;
        return Err(BookError::Clash(Box::new(clash)));
    }
    if around.has_run_out {
        sweep(change, new.booked).await?;
    }
    let count = around.wanted.len();
    if count == 0 {
        return Ok(());
    }
    let (owner, state) = match claimant {
        Claimant::Session => ("session_id", "confirmed"),
        Claimant::Hold => ("hold_id", "held"),
    };
    let row = |n| format!("($1, ${}, ${}, $2, $3, '{state}')", 4 + 2 * n, 5 + 2 * n);
    let rows: Vec<String> = (0..count).map(row).collect();
    let mut insert = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO claim ({owner}, resource_kind, resource_id, starts_s, ends_s, state) VALUES {}",
        rows.join(", ")
    )))
    .persistent(count <= KEPT_MAX)
    .bind(&new.id)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(new.interval.end())?);
    for wanted in &around.wanted {
        insert = insert.bind(wanted.resource.claimed_as()).bind(&wanted.resource.id);
    }
    match insert.execute(&mut *change).await {
        Err(error) if fault(&error) == Fault::SlotTaken => Err(StoreError::Busy.into()),
        done => Ok(done.map(drop)?),
    }
}
