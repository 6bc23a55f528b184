//! Holding people, rooms and lines of a time for somebody who is about to book it.

use booking::UnixS;
use serde_json::json;

use super::book_error::BookError;
use super::bookings::{Booked, answered, made_and_kept};
use super::claims::claim_all;
use super::hold_rows::{Hold, HoldRefused, end, held, insert, sweep, tell};
use super::idempotency::{Bounds, Key};
use super::line_claims;
use super::sessions::{interval, seconds};
use super::wanted::{Claimant, look};
use super::{Connection, NewSession, Store, StoreError};

/// Most holds that have not run out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldBounds {
    pub(crate) of_person: usize,
    pub(crate) of_all: usize,
}

/// A person, a room or a terminal that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldClaim {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) interval: booking::Interval,
    pub(crate) until: UnixS,
}

impl Store {
    /// Holds all that `new` wants, under its id, until `until`, or nothing. `answer` is kept under `key` as that of a booking is.
    pub(crate) async fn hold(
        &self,
        new: &NewSession,
        (until, bounds): (UnixS, HoldBounds),
        key: Option<(&Key, Bounds)>,
        answer: String,
    ) -> Result<Booked, BookError> {
        self.refuse_taken(new, key).await?;
        let mut change = self.change().await?;
        if let Some(before) = answered(&mut change, new, key).await? {
            change.commit().await?;
            return before;
        }
        sweep(&mut change, new.booked).await?;
        check_number(&mut change, &new.booked_by, bounds).await?;
        let around = look(&mut change, new, new.interval.end()).await?;
        around.check_fit()?;
        let hold = Hold {
            id: new.id.clone(),
            held_by: new.booked_by.clone(),
            interval: new.interval,
            made: new.booked,
            until,
        };
        insert(&mut change, &hold).await?;
        claim_all(&mut change, (new, Claimant::Hold), around).await?;
        line_claims::book(&mut change, (new, Claimant::Hold)).await?;
        let people: Vec<&str> = new.participants.iter().map(|it| it.person_id.as_str()).collect();
        let more =
            json!({ "personIds": people, "roomIds": new.rooms, "terminalIds": new.terminals });
        tell(&mut change, (&hold, "made"), more, (&hold.held_by, hold.made)).await?;
        made_and_kept(change, new, key, answer).await
    }

    /// Lets a hold last until `until`, as its holder wishes; never shorter than it lasts already.
    pub(crate) async fn extend_hold(
        &self,
        id: &str,
        act: (&str, UnixS),
        until: impl Fn(&Hold) -> UnixS + Send,
    ) -> Result<Hold, HoldRefused> {
        let mut change = self.change().await?;
        let before = held(&mut change, id, act).await?;
        let until = until(&before).max(before.until);
        if until == before.until {
            return Ok(before);
        }
        sqlx::query("UPDATE hold SET until_s = $1 WHERE id = $2")
            .bind(seconds(until)?)
            .bind(id)
            .execute(&mut *change)
            .await?;
        let after = Hold { until, ..before };
        tell(&mut change, (&after, "extended"), json!({}), act).await?;
        change.commit().await?;
        Ok(after)
    }

    /// Gives a hold back. One that has run out is nobody's any more.
    pub(crate) async fn release_hold(
        &self,
        id: &str,
        act: (&str, UnixS),
    ) -> Result<(), HoldRefused> {
        let mut change = self.change().await?;
        let hold = held(&mut change, id, act).await?;
        end(&mut change, (&hold, "released"), json!({}), act).await?;
        Ok(change.commit().await?)
    }

    /// All people, rooms and terminals that others than this person hold at `now`.
    pub(crate) async fn held_by_others(
        &self,
        person_id: &str,
        now: UnixS,
    ) -> Result<Vec<HeldClaim>, StoreError> {
        let rows: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT claim.resource_kind, claim.resource_id, claim.starts_s, claim.ends_s, hold.until_s
             FROM hold JOIN claim ON claim.hold_id = hold.id WHERE hold.until_s > $1 AND hold.held_by <> $2",
        )
        .bind(seconds(now)?)
        .bind(person_id)
        .fetch_all(&self.readers)
        .await?;
        let claim = |(kind, id, starts_s, ends_s, until_s)| {
            let until = super::sessions::point(until_s)?;
            Ok(HeldClaim { kind, id, interval: interval(starts_s, ends_s)?, until })
        };
        rows.into_iter().map(claim).collect()
    }
}

/// That one more may be held, by this person and by all.
async fn check_number(
    change: &mut Connection,
    held_by: &str,
    bounds: HoldBounds,
) -> Result<(), BookError> {
    let (all, own): (i64, i64) = sqlx::query_as(
        "SELECT count(*), CAST(coalesce(sum(CASE WHEN held_by = $1 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM hold",
    )
    .bind(held_by)
    .fetch_one(change)
    .await?;
    for (there, most, of_all) in [(own, bounds.of_person, false), (all, bounds.of_all, true)] {
        if usize::try_from(there).is_ok_and(|there| there >= most) {
            return Err(BookError::TooManyHolds { most, of_all });
        }
    }
    Ok(())
}
