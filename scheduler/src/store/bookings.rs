//! Booking and cancelling. The no-overlap rule is a trigger of the claim table (migrations/0001_bookings.sql); here a
//! refusal of that trigger is turned into the way out: who is taken, until when, and when all of them are free.

use booking::{Interval, UnixS, next_free};
use sqlx::SqliteConnection;

use super::events::{self, Act, EventKind, Terms};
use super::idempotency::{self, Bounds, EarlierAnswer, Key};
use super::line_claims::{self, LineRefused};
use super::sessions::{interval, load, seconds};
use super::{NewSession, Resource, Session, Store, StoreError};

/// How far ahead a free time is looked for after a clash.
pub(super) const LOOK_AHEAD_S: u64 = 31 * 86_400;
/// Most claims read for that; a longer calendar is searched only as far as they reach.
const LOOK_AHEAD_ROWS: usize = 5_000;

/// A booking that went through, now or before.
#[derive(Debug)]
pub(crate) enum Booked {
    /// It was made now.
    Made {
        session_id: String,
        answer: String,
        /// Kept answers of others that were dropped to make room for this one.
        forgotten: u64,
    },
    /// The same request was answered before; this is that answer.
    Before { session_id: String, answer: String },
}

/// Why nothing was booked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    #[error("a resource is taken")]
    Clash(Box<Clash>),
    #[error("there is no {} {}", .0.kind, .0.id)]
    Unknown(Resource),
    #[error("{person_id} may not be booked as {role}")]
    NotHeld { person_id: String, role: session::Role },
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error(transparent)]
    Line(#[from] LineRefused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for BookError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

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

/// What a cancellation did.
#[derive(Debug)]
pub(crate) enum Cancelled {
    Done(Box<Session>),
    /// It was over before.
    TooLate,
    /// It is of another version than it was to be cancelled in.
    Meanwhile(Box<Session>),
    Unknown,
}

impl Store {
    /// Books `new` with all its claims, or nothing. `answer` renders what the client is told, which is kept under `key`
    /// in the same transaction, so that a client that never got it can ask again and books once.
    pub(crate) async fn book(
        &self,
        new: &NewSession,
        key: Option<(&Key, Bounds)>,
        answer: impl Fn(&Session) -> String + Send,
    ) -> Result<Booked, BookError> {
        let mut change = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        if let Some((key, bounds)) = key {
            match idempotency::look_up(&mut change, key, bounds, new.booked).await? {
                EarlierAnswer::New => {}
                EarlierAnswer::Same { session_id, answer } => {
                    return Ok(Booked::Before { session_id, answer });
                }
                EarlierAnswer::Other => return Err(BookError::KeyReused),
            }
        }
        let made = write(&mut change, new).await?;
        let answer = answer(&made);
        let mut forgotten = 0;
        if let Some((key, bounds)) = key {
            forgotten =
                idempotency::keep(&mut change, key, &new.id, &answer, bounds, new.booked).await?;
        }
        change.commit().await?;
        Ok(Booked::Made { session_id: new.id.clone(), answer, forgotten })
    }

    /// Cancels a session that is not over when that is done, and gives back its claims; only one of the versions that
    /// `fits`. Cancelling twice is the same as once.
    pub(crate) async fn cancel(
        &self,
        id: &str,
        fits: impl Fn(i64) -> bool + Send,
        act: &Act<'_>,
    ) -> Result<Cancelled, StoreError> {
        let mut change = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let Some(mut session) = load(&mut change, &[id]).await?.pop() else {
            return Ok(Cancelled::Unknown);
        };
        if session.cancelled {
            return Ok(Cancelled::Done(Box::new(session)));
        }
        if !fits(session.version) {
            return Ok(Cancelled::Meanwhile(Box::new(session)));
        }
        if session.interval.end() <= act.at {
            return Ok(Cancelled::TooLate);
        }
        sqlx::query("UPDATE session SET state = 'cancelled', version = version + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *change)
            .await?;
        sqlx::query("UPDATE claim SET state = 'released' WHERE session_id = $1")
            .bind(id)
            .execute(&mut *change)
            .await?;
        line_claims::release(&mut change, id).await?;
        let terms = Terms::of(&session);
        session.cancelled = true;
        session.version += 1;
        let became = (Some(&terms), None);
        events::append(&mut change, &session, EventKind::Cancelled, became, act).await?;
        change.commit().await?;
        Ok(Cancelled::Done(Box::new(session)))
    }
}

/// Writes a session with all its claims. After an error the change can only be rolled back.
pub(super) async fn write(
    change: &mut SqliteConnection,
    new: &NewSession,
) -> Result<Session, BookError> {
    check_known(change, new).await?;
    insert_session(change, new).await?;
    insert_claims(change, new).await?;
    line_claims::book(change, new).await?;
    let made = load(change, &[&new.id]).await?.pop();
    let made = made.ok_or_else(|| {
        StoreError::Unreadable("a session that was just written is not there".into())
    })?;
    let act = Act { by: &new.booked_by, at: new.booked, reason: None };
    let terms = Terms::of(&made);
    events::append(change, &made, EventKind::Booked, (None, Some(&terms)), &act).await?;
    Ok(made)
}

/// Everybody and every room is there and not retired, and everybody may be what they are asked to be. Anybody may observe.
pub(super) async fn check_known(
    change: &mut SqliteConnection,
    new: &NewSession,
) -> Result<(), BookError> {
    for (person_id, role) in &new.participants {
        let held: Option<bool> = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM person_role WHERE person_id = id AND role = ?2) FROM person
             WHERE id = ?1 AND retired_s IS NULL",
        )
        .bind(person_id)
        .bind(role.as_str())
        .fetch_optional(&mut *change)
        .await?;
        let person_id = person_id.clone();
        match held {
            None => return Err(BookError::Unknown(Resource { kind: "person", id: person_id })),
            Some(false) if *role != session::Role::Observer => {
                return Err(BookError::NotHeld { person_id, role: *role });
            }
            Some(_) => {}
        }
    }
    for id in &new.rooms {
        let there: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM room WHERE id = ? AND retired_s IS NULL")
                .bind(id)
                .fetch_optional(&mut *change)
                .await?;
        if there.is_none() {
            return Err(BookError::Unknown(Resource { kind: "room", id: id.clone() }));
        }
    }
    Ok(())
}

async fn insert_session(change: &mut SqliteConnection, new: &NewSession) -> Result<(), BookError> {
    sqlx::query(
        "INSERT INTO session (id, kind, title, starts_s, ends_s, state, recording, booked_by, booked_s)
         VALUES (?, ?, ?, ?, ?, 'scheduled', ?, ?, ?)",
    )
    .bind(&new.id)
    .bind(new.kind.as_str())
    .bind(&new.title)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(new.interval.end())?)
    .bind(new.recording)
    .bind(&new.booked_by)
    .bind(seconds(new.booked)?)
    .execute(&mut *change)
    .await?;
    insert_participants(change, new).await
}

pub(super) async fn insert_participants(
    change: &mut SqliteConnection,
    new: &NewSession,
) -> Result<(), BookError> {
    for (position, (person_id, role)) in new.participants.iter().enumerate() {
        sqlx::query(
            "INSERT INTO participant (session_id, person_id, role, position) VALUES (?, ?, ?, ?)",
        )
        .bind(&new.id)
        .bind(person_id)
        .bind(role.as_str())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}

pub(super) async fn insert_claims(
    change: &mut SqliteConnection,
    new: &NewSession,
) -> Result<(), BookError> {
    for resource in resources(new) {
        let inserted = sqlx::query(
            "INSERT INTO claim (session_id, resource_kind, resource_id, starts_s, ends_s, state)
             VALUES (?, ?, ?, ?, ?, 'confirmed')",
        )
        .bind(&new.id)
        .bind(resource.kind)
        .bind(&resource.id)
        .bind(seconds(new.interval.start())?)
        .bind(seconds(new.interval.end())?)
        .execute(&mut *change)
        .await;
        match inserted {
            Ok(_) => {}
            Err(error) if is_slot_taken(&error) => {
                return Err(BookError::Clash(Box::new(way_out(change, new, resource).await?)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_slot_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains("slot-taken"))
}

pub(super) fn resources(new: &NewSession) -> impl Iterator<Item = Resource> + '_ {
    let people = new.participants.iter().map(|(id, _)| Resource { kind: "person", id: id.clone() });
    let rooms = new.rooms.iter().map(|id| Resource { kind: "room", id: id.clone() });
    people.chain(rooms)
}

/// The clash in words: until when this resource is taken, and when all of the wanted ones are free.
async fn way_out(
    change: &mut SqliteConnection,
    new: &NewSession,
    resource: Resource,
) -> Result<Clash, StoreError> {
    let wanted = new.interval;
    let horizon = wanted.start().plus(LOOK_AHEAD_S);
    let (own, known_until) = busy(change, new, std::slice::from_ref(&resource), horizon).await?;
    let first = own
        .iter()
        .copied()
        .find(|taken| taken.overlaps(wanted))
        .map_or(wanted.start(), Interval::start);
    let free_again =
        next_free(&own, first, 1, known_until.plus(1)).map_or(known_until, Interval::start);
    let all: Vec<Resource> = resources(new).collect();
    let (taken, known_until) = busy(change, new, &all, horizon).await?;
    let next_free = next_free(&taken, wanted.start(), wanted.seconds(), known_until);
    let (name, name_en): (String, String) = match resource.kind {
        "room" => sqlx::query_as("SELECT name, name_en FROM room WHERE id = ?"),
        _ => sqlx::query_as("SELECT name, name_en FROM person WHERE id = ?"),
    }
    .bind(&resource.id)
    .fetch_one(&mut *change)
    .await?;
    Ok(Clash { resource, name, name_en, taken_until: free_again, next_free, free_until: None })
}

/// The claims of others on `resources` from the wanted start on, and up to when they are all of them.
pub(super) async fn busy(
    change: &mut SqliteConnection,
    new: &NewSession,
    resources: &[Resource],
    horizon: UnixS,
) -> Result<(Vec<Interval>, UnixS), StoreError> {
    let wanted: Vec<(&str, &str)> =
        resources.iter().map(|resource| (resource.kind, resource.id.as_str())).collect();
    let wanted = serde_json::to_string(&wanted)
        .map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT claim.starts_s, claim.ends_s FROM json_each(?1) AS wanted CROSS JOIN claim
         WHERE claim.resource_kind = json_extract(wanted.value, '$[0]')
           AND claim.resource_id = json_extract(wanted.value, '$[1]') AND claim.state = 'confirmed'
           AND claim.starts_s > ?2 - 43200 AND claim.starts_s < ?3 AND claim.ends_s > ?2 AND claim.session_id <> ?4
         ORDER BY claim.starts_s LIMIT ?5",
    )
    .bind(wanted)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(horizon)?)
    .bind(&new.id)
    .bind(i64::try_from(LOOK_AHEAD_ROWS).unwrap_or(i64::MAX))
    .fetch_all(&mut *change)
    .await?;
    let busy = rows
        .iter()
        .map(|(starts_s, ends_s)| interval(*starts_s, *ends_s))
        .collect::<Result<Vec<_>, _>>()?;
    let known_until = match busy.last() {
        Some(last) if busy.len() == LOOK_AHEAD_ROWS => last.start(),
        _ => horizon,
    };
    Ok((busy, known_until))
}
