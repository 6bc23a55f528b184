//! Booking and cancelling. What is taken is claimed in `claims`; whether something is in the way, what that is, until when, and
//! when all are free is told by `clashes`.

use serde_json::json;
use session::LanguagePair;

use super::book_error::BookError;
use super::claims::{self, claim_all};
use super::clashes::is_taken;
use super::events::{self, Act, EventKind, Terms};
use super::hold_rows::{end, held};
use super::idempotency::{self, Bounds, EarlierAnswer, Key};
use super::line_claims;
use super::made::made;
use super::minors::unaccompanied;
use super::overrides;
use super::sessions::{load, seconds};
use super::texts::placeholders;
use super::wanted::{Claimant, KEPT_MAX, look};
use super::{Change, Connection, NewSession, Session, Store, StoreError};

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
    /// Books `new`, which is not in the store yet, with all its claims, or nothing. `answer` renders what the client is told, which is kept under `key`
    /// in the same transaction, so that a client that never got it can ask again and books once.
    pub(crate) async fn book(
        &self,
        new: &NewSession,
        key: Option<(&Key, Bounds)>,
        answer: impl Fn(&Session) -> String + Send,
    ) -> Result<Booked, BookError> {
        self.refuse_taken(new, key).await?;
        let mut change = self.change_beside(new, key.map(|(key, _)| key)).await?;
        if let Some(before) = answered(&mut change, new, key).await? {
            change.commit().await?;
            return before;
        }
        let made = write(&mut change, new).await?;
        let answer = answer(&made);
        made_and_kept(change, new, key, answer).await
    }

    /// Refuses what is plainly taken by reading alone, so that many who want one slot do not wait for the turn to write only to
    /// be refused. Whether it is free, the claims decide. The key is looked up after the claims were: a booking of the same
    /// request that is among them is found by its key then, and whoever has the turn gives its answer.
    pub(super) async fn refuse_taken(
        &self,
        new: &NewSession,
        key: Option<(&Key, Bounds)>,
    ) -> Result<(), BookError> {
        let mut connection = self.readers.acquire().await?;
        if !is_taken(&mut connection, new).await?
            || answered(&mut connection, new, key).await?.is_some()
        {
            return Ok(());
        }
        if let Some(hold) = &new.hold {
            held(&mut connection, hold, (&new.booked_by, new.booked)).await?;
        }
        Err(BookError::Taken)
    }

    /// Cancels a session that is not over when that is done, and gives back its claims; only one of the versions that
    /// `fits`. Cancelling twice is the same as once.
    pub(crate) async fn cancel(
        &self,
        id: &str,
        fits: impl Fn(i64) -> bool + Send,
        act: &Act<'_>,
    ) -> Result<Cancelled, StoreError> {
        let mut change = self.change().await?;
        let cancelled = cancel_within(&mut change, id, fits, act).await?;
        // One that was cancelled already has changed nothing, and is on the disk when this returns as well.
        if matches!(cancelled, Cancelled::Done(_)) {
            change.commit().await?;
        }
        Ok(cancelled)
    }
}

/// [`Store::cancel`] as a part of a change.
pub(super) async fn cancel_within(
    change: &mut Connection,
    id: &str,
    fits: impl Fn(i64) -> bool + Send,
    act: &Act<'_>,
) -> Result<Cancelled, StoreError> {
    let Some(mut session) = load(change, &[id]).await?.pop() else {
        return Ok(Cancelled::Unknown);
    };
    if session.cancelled {
        return Ok(Cancelled::Done(Box::new(session)));
    }
    if !fits(session.version) {
        return Ok(Cancelled::Meanwhile(Box::new(session)));
    }
    if session.interval.end() <= act.at || session.ended.is_some() {
        return Ok(Cancelled::TooLate);
    }
    sqlx::query("UPDATE session SET state = 'cancelled', version = version + 1 WHERE id = $1")
        .bind(id)
        .execute(&mut *change)
        .await?;
    claims::release(change, id).await?;
    line_claims::release(change, id).await?;
    let terms = Terms::of(&session);
    session.cancelled = true;
    session.version += 1;
    let became = (Some(&terms), None);
    events::append(change, &session, EventKind::Cancelled, became, act).await?;
    Ok(Cancelled::Done(Box::new(session)))
}

/// The answer to the same request before, or the refusal of a key that another request used.
pub(super) async fn answered(
    connection: &mut Connection,
    new: &NewSession,
    key: Option<(&Key, Bounds)>,
) -> Result<Option<Result<Booked, BookError>>, StoreError> {
    let Some((key, bounds)) = key else { return Ok(None) };
    Ok(match idempotency::look_up(connection, key, bounds, new.booked).await? {
        EarlierAnswer::New => None,
        EarlierAnswer::Same { session_id, answer } => {
            Some(Ok(Booked::Before { session_id, answer }))
        }
        EarlierAnswer::Other => Some(Err(BookError::KeyReused)),
    })
}

/// Keeps the answer to what was made, under the key of the request if it has one, and commits.
pub(super) async fn made_and_kept(
    mut change: Change,
    new: &NewSession,
    key: Option<(&Key, Bounds)>,
    answer: String,
) -> Result<Booked, BookError> {
    let mut forgotten = 0;
    if let Some((key, bounds)) = key {
        forgotten =
            idempotency::keep(&mut change, key, &new.id, &answer, bounds, new.booked).await?;
    }
    change.commit().await?;
    Ok(Booked::Made { session_id: new.id.clone(), answer, forgotten })
}

/// Writes a session with all its claims. After an error the change can only be rolled back.
pub(super) async fn write(change: &mut Connection, new: &NewSession) -> Result<Session, BookError> {
    if let Some(hold) = &new.hold {
        // What it holds is the session's from here on: both are one change.
        let act = (new.booked_by.as_str(), new.booked);
        let hold = held(change, hold, act).await?;
        end(change, (&hold, "booked"), json!({ "sessionId": new.id }), act).await?;
    }
    let around = look(change, new, new.interval.end()).await?;
    around.check_fit()?;
    check_company(change, new, None).await?;
    insert_session(change, new).await?;
    let made = made(change, new, &around).await?;
    claim_all(change, (new, Claimant::Session), around).await?;
    line_claims::book(change, (new, Claimant::Session)).await?;
    let act = Act { by: &new.booked_by, at: new.booked, reason: None };
    let terms = Terms::of(&made);
    events::append(change, &made, EventKind::Booked, (None, Some(&terms)), &act).await?;
    overrides::keep(change, &made, new.overrides.as_ref()).await?;
    Ok(made)
}

/// Nobody would be alone with a minor. Pupils come by tickets into a `session` that is there already.
pub(super) async fn check_company(
    change: &mut Connection,
    new: &NewSession,
    session: Option<&str>,
) -> Result<(), BookError> {
    let people: Vec<&str> = new.participants.iter().map(|it| it.person_id.as_str()).collect();
    let alone = unaccompanied(change, session, &people, new.interval.start()).await?;
    alone.map_or(Ok(()), |minor| Err(BookError::MinorAlone(minor)))
}

/// Everybody and every room is there and not retired, and everybody may be what they are asked to be. Anybody may observe.
pub(super) async fn check_known(
    change: &mut Connection,
    new: &NewSession,
) -> Result<(), BookError> {
    Ok(look(change, new, new.interval.end()).await?.check_fit()?)
}

async fn insert_session(change: &mut Connection, new: &NewSession) -> Result<(), BookError> {
    sqlx::query(
        "INSERT INTO session (id, kind, title, starts_s, ends_s, state, recording, booked_by, booked_s)
         VALUES ($1, $2, $3, $4, $5, 'scheduled', $6, $7, $8)",
    )
    .bind(&new.id)
    .bind(new.kind.as_str())
    .bind(&new.title)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(new.interval.end())?)
    .bind(i64::from(new.recording))
    .bind(&new.booked_by)
    .bind(seconds(new.booked)?)
    .execute(&mut *change)
    .await?;
    insert_participants(change, new).await
}

pub(super) async fn insert_participants(
    change: &mut Connection,
    new: &NewSession,
) -> Result<(), BookError> {
    let count = new.participants.len();
    if count == 0 {
        return Ok(());
    }
    let mut insert = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO participant (session_id, person_id, role, position, interprets) VALUES {}",
        placeholders(1, count, 5)
    )))
    .persistent(count <= KEPT_MAX);
    for (position, part) in (0_i64..).zip(&new.participants) {
        insert = insert.bind(&new.id).bind(&part.person_id).bind(part.role.as_str());
        insert = insert.bind(position).bind(part.interprets.as_ref().map(LanguagePair::as_str));
    }
    insert.execute(&mut *change).await?;
    Ok(())
}
