//! Bookings that take nothing of each other go side by side on PostgreSQL: each shares the turn to write with other bookings,
//! and has locks of its own on all that it reads and that another booking could change: people, rooms, terminals, who books,
//! the key of the request, and the lines and months of its sites. Every other change has the turn alone. The numbers of events
//! have no gaps all the same: whoever takes one keeps the counter's row until the commit.

use sha2::{Digest as _, Sha256};

use super::durable::Change;
use super::engine::Engine;
use super::idempotency::Key;
use super::sessions::seconds;
use super::texts::placeholders;
use super::wanted::KEPT_MAX;
use super::{Connection, NewSession, Store, StoreError};

impl Store {
    /// Begins the change that books `new`. What it reads of that session's people, places and lines stays true until it commits.
    pub(super) async fn change_beside(
        &self,
        new: &NewSession,
        key: Option<&Key>,
    ) -> Result<Change, StoreError> {
        // What becomes of a hold is an event of the register, and those are numbered by who has the turn alone.
        if self.engine == Engine::Sqlite || new.hold.is_some() {
            return self.change().await;
        }
        let own = locks(new, key);
        let mut change = self.engine.begin_beside(&self.writer, &self.durable, &own).await?;
        if have_run_out(&mut change, new).await? {
            // Taking holds away is no part of one booking.
            change.rollback().await?;
            return self.change().await;
        }
        let lines = bounded_sites(&mut change, new).await?;
        if !lines.is_empty() {
            let taken = sorted(lines.iter().map(|id| lock("line", id)).collect());
            self.engine.take(&mut change, &taken).await?;
        }
        Ok(change)
    }
}

/// The locks of a booking, in the order in which every booking takes them.
fn locks(new: &NewSession, key: Option<&Key>) -> Vec<i64> {
    let claimed = new.claims().map(|(it, _)| lock(it.claimed_as(), &it.id));
    let booker = lock("booker", &new.booked_by);
    let key = key.map(|key| lock("key", &format!("{} {}", key.person_id, key.key)));
    sorted(claimed.chain([booker]).chain(key).collect())
}

fn sorted(mut locks: Vec<i64>) -> Vec<i64> {
    locks.sort_unstable();
    locks.dedup();
    locks
}

/// The same number in every program. Two things of one number only wait for each other.
fn lock(kind: &str, id: &str) -> i64 {
    let digest = Sha256::new_with_prefix(kind).chain_update([0]).chain_update(id).finalize();
    digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

async fn have_run_out(change: &mut Connection, new: &NewSession) -> Result<bool, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM hold WHERE until_s <= $1 LIMIT 1")
            .bind(seconds(new.booked)?)
            .fetch_optional(change)
            .await?;
    Ok(found.is_some())
}

/// The sites of a session whose line or month has a bound, which all their bookings share.
async fn bounded_sites(
    change: &mut Connection,
    new: &NewSession,
) -> Result<Vec<String>, StoreError> {
    let count = new.participants.len();
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT organization_id FROM line
         WHERE organization_id IN (SELECT organization_id FROM person WHERE id IN ({list}))
         UNION SELECT organization_id FROM reception
         WHERE organization_id IN (SELECT organization_id FROM person WHERE id IN ({list}))",
        list = placeholders(1, count, 1)
    )))
    .persistent(count <= KEPT_MAX);
    for part in &new.participants {
        query = query.bind(&part.person_id);
    }
    Ok(query.fetch_all(change).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_the_same_number_in_every_program() {
        assert_eq!(lock("person", "dr-li"), lock("person", "dr-li"));
        assert_ne!(lock("person", "a"), lock("room", "a"));
        assert_ne!(lock("key", "a b"), lock("keya", " b"));
    }
}
