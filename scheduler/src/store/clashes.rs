//! What is in the way of a booking, and the way out.

use booking::{Interval, UnixS, next_free};

use super::sessions::{interval, seconds};
use super::texts::placeholders;
use super::{Connection, NewSession, Resource, StoreError};

/// How far ahead a free time is looked for.
pub(super) const LOOK_AHEAD_MOST_S: u64 = 31 * 86_400;
/// The steps to there: it is mostly near.
const LOOK_AHEAD_S: [u64; 3] = [86_400, 7 * 86_400, LOOK_AHEAD_MOST_S];
/// Most claims read for that; a longer calendar is searched only as far as they reach.
const LOOK_AHEAD_ROWS: usize = 5_000;

/// What was in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) resource: Resource,
    /// Name of the resource, as people read it.
    pub(crate) name: String,
    pub(crate) name_en: String,
    /// First second at which this resource is free again.
    pub(crate) taken_until: UnixS,
    /// Earliest time at which all that was asked for is free; none within 31 days if absent.
    pub(crate) next_free: Option<Interval>,
    /// For a session that has begun and keeps its start: until when all that was asked for is free.
    pub(crate) free_until: Option<UnixS>,
}

/// All that a session claims, in the order in which it is claimed.
pub(super) fn resources(new: &NewSession) -> impl Iterator<Item = Resource> + '_ {
    let people = new.participants.iter().map(|(id, _)| Resource { kind: "person", id: id.clone() });
    let rooms = new.rooms.iter().map(|id| Resource { kind: "room", id: id.clone() });
    people.chain(rooms)
}

/// The first of the wanted resources that somebody else has claimed for a part of the wanted time.
pub(super) async fn taken_now(
    connection: &mut Connection,
    new: &NewSession,
) -> Result<Option<Resource>, StoreError> {
    let (taken, _) = busy(connection, new, new.interval.end()).await?;
    Ok(resources(new).find(|wanted| taken.iter().any(|claim| claim.is_of(wanted))))
}

/// The clash in words: until when this resource is taken, and when all of the wanted ones are free.
pub(super) async fn way_out(
    connection: &mut Connection,
    new: &NewSession,
    resource: Resource,
) -> Result<Clash, StoreError> {
    let wanted = new.interval;
    let mut out = (wanted.start(), None);
    for look_ahead_s in LOOK_AHEAD_S {
        let horizon = wanted.start().plus(look_ahead_s);
        let (taken, known_until) = busy(connection, new, horizon).await?;
        let all: Vec<Interval> = taken.iter().map(|claim| claim.interval).collect();
        let own = taken.iter().filter(|claim| claim.is_of(&resource));
        let own: Vec<Interval> = own.map(|claim| claim.interval).collect();
        let first = own.iter().find(|it| it.overlaps(wanted));
        let first = first.map_or(wanted.start(), |it| it.start());
        let free_again = next_free(&own, first, 1, known_until.plus(1));
        let all_free = next_free(&all, wanted.start(), wanted.seconds(), known_until);
        out = (free_again.map_or(known_until, Interval::start), all_free);
        if free_again.is_some() && all_free.is_some() {
            break;
        }
    }
    let (name, name_en): (String, String) = match resource.kind {
        "room" => sqlx::query_as("SELECT name, name_en FROM room WHERE id = $1"),
        _ => sqlx::query_as("SELECT name, name_en FROM person WHERE id = $1"),
    }
    .bind(&resource.id)
    .fetch_one(&mut *connection)
    .await?;
    let (taken_until, next_free) = out;
    Ok(Clash { resource, name, name_en, taken_until, next_free, free_until: None })
}

/// A claim of somebody else.
pub(super) struct Taken {
    kind: String,
    id: String,
    pub(super) interval: Interval,
}

impl Taken {
    fn is_of(&self, resource: &Resource) -> bool {
        self.kind == resource.kind && self.id == resource.id
    }
}

/// The claims of others on what `new` wants, from its start on, and up to when they are all of them.
pub(super) async fn busy(
    connection: &mut Connection,
    new: &NewSession,
    horizon: UnixS,
) -> Result<(Vec<Taken>, UnixS), StoreError> {
    let wanted: Vec<Resource> = resources(new).collect();
    if wanted.is_empty() {
        return Ok((Vec::new(), horizon));
    }
    let values = placeholders(5, wanted.len(), 2);
    let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "WITH wanted (kind, id) AS (VALUES {values})
         SELECT claim.resource_kind, claim.resource_id, claim.starts_s, claim.ends_s FROM wanted CROSS JOIN claim
         WHERE claim.resource_kind = wanted.kind AND claim.resource_id = wanted.id AND claim.state = 'confirmed'
           AND claim.starts_s > $1 - 43200 AND claim.starts_s < $2 AND claim.ends_s > $1 AND claim.session_id <> $3
         ORDER BY claim.starts_s LIMIT $4"
    )))
    .bind(seconds(new.interval.start())?)
    .bind(seconds(horizon)?)
    .bind(&new.id)
    .bind(i64::try_from(LOOK_AHEAD_ROWS).unwrap_or(i64::MAX));
    for resource in &wanted {
        asked = asked.bind(resource.kind).bind(&resource.id);
    }
    let rows: Vec<(String, String, i64, i64)> = asked.fetch_all(&mut *connection).await?;
    let taken = |(kind, id, starts_s, ends_s)| {
        Ok(Taken { kind, id, interval: interval(starts_s, ends_s)? })
    };
    let busy = rows.into_iter().map(taken).collect::<Result<Vec<_>, StoreError>>()?;
    let known_until = match busy.last() {
        Some(last) if busy.len() == LOOK_AHEAD_ROWS => last.interval.start(),
        _ => horizon,
    };
    Ok((busy, known_until))
}
