//! Whether something is in the way of a booking, what that is, and the way out.

use booking::{Interval, UnixS, next_free};
use session::Names;

use super::sessions::seconds;
use super::wanted::{KEPT_MAX, Look, Wanted, look};
use super::{Connection, NewSession, Resource, StoreError};

/// How far ahead a free time is looked for.
pub(super) const LOOK_AHEAD_MOST_S: u64 = 31 * 86_400;
/// The steps to there: it is mostly on the same day.
const LOOK_AHEAD_S: [u64; 3] = [FIRST_LOOK_S, 7 * 86_400, LOOK_AHEAD_MOST_S];
/// The first of them.
pub(super) const FIRST_LOOK_S: u64 = 43_200;

/// What was in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) resource: Resource,
    /// What people call the resource.
    pub(crate) names: Names,
    /// First second at which this resource is free again.
    pub(crate) taken_until: UnixS,
    /// Earliest time at which all that was asked for is free; none within 31 days if absent.
    pub(crate) next_free: Option<Interval>,
    /// For a session that has begun and keeps its start: until when all that was asked for is free.
    pub(crate) free_until: Option<UnixS>,
    /// If it is only held: the second at which that runs out.
    pub(crate) held_until: Option<UnixS>,
}

/// Whether others have claimed somebody or something for a part of the time of `new`, which is not in the store yet. One look
/// into an index for each: what is booked does not overlap, so only the last that begins before the end can reach into it.
pub(super) async fn is_taken(
    connection: &mut Connection,
    new: &NewSession,
) -> Result<bool, StoreError> {
    let wanted: Vec<Resource> = new.claims().map(|(resource, _)| resource).collect();
    for some in wanted.chunks(KEPT_MAX) {
        let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(taken_among(some.len())))
            .bind(seconds(new.interval.start())?)
            .bind(seconds(new.interval.end())?)
            .bind(seconds(new.booked)?)
            .bind(new.hold.as_deref().unwrap_or_default())
            .bind("confirmed");
        for resource in some {
            query = query.bind(resource.claimed_as()).bind(&resource.id);
        }
        let taken: i64 = query.fetch_one(&mut *connection).await?;
        if taken != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The question of [`is_taken`] for so many people, rooms and terminals. The state is a parameter: where it is written out, PostgreSQL takes
/// the index of the no-overlap rule for as good, and reads all claims of each.
fn taken_among(count: usize) -> String {
    let of = |n| format!("resource_kind = ${} AND resource_id = ${}", 6 + 2 * n, 7 + 2 * n);
    let booked = |n| {
        format!(
            "(SELECT ends_s FROM claim WHERE {} AND state = $5 AND starts_s > $1 - 43200 AND starts_s < $2
              ORDER BY starts_s DESC LIMIT 1) > $1 OR ",
            of(n)
        )
    };
    let booked: String = (0..count).map(booked).collect();
    let any: Vec<String> = (0..count).map(of).collect();
    format!(
        "SELECT CASE WHEN {booked}EXISTS (SELECT 1 FROM hold CROSS JOIN claim
            WHERE claim.hold_id = hold.id AND until_s > $3 AND hold.id <> $4 AND hold.starts_s < $2 AND hold.ends_s > $1 AND ({}))
         THEN 1 ELSE 0 END",
        any.join(" OR ")
    )
}

/// The clash in words: until when the resource at this place is taken, and when all of the wanted ones are free.
pub(super) async fn way_out(
    connection: &mut Connection,
    new: &NewSession,
    (place, mut found): (usize, Look),
) -> Result<Clash, StoreError> {
    let wanted = new.interval;
    let mut out = (wanted.start(), None);
    for look_ahead_s in LOOK_AHEAD_S {
        let horizon = wanted.start().plus(look_ahead_s);
        if found.horizon < horizon {
            found = look(connection, new, horizon).await?;
        }
        let all: Vec<Interval> = found.wanted.iter().flat_map(|it| it.taken.clone()).collect();
        let own = found.wanted.get(place).map(|it| it.taken.as_slice()).unwrap_or_default();
        let first = own.iter().find(|it| it.overlaps(wanted));
        let first = first.map_or(wanted.start(), |it| it.start());
        let free_again = next_free(own, first, 1, found.known_until.plus(1));
        let all_free = next_free(&all, wanted.start(), wanted.seconds(), found.known_until);
        out = (free_again.map_or(found.known_until, Interval::start), all_free);
        if free_again.is_some() && all_free.is_some() {
            break;
        }
    }
    let (taken_until, next_free) = out;
    let Some(taken) = found.wanted.into_iter().nth(place) else {
        return Err(StoreError::Unreadable("what is in the way is not wanted".into()));
    };
    let held_until = taken.held_until(wanted);
    let Wanted { resource, names: Some(names), .. } = taken else {
        return Err(StoreError::Unreadable("what is in the way is not there".into()));
    };
    Ok(Clash { resource, names, taken_until, next_free, free_until: None, held_until })
}
