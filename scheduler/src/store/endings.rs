//! Sessions that whoever leads them ends for all before their rooms close by themselves.

use super::claims;
use super::events::{self, Act, EventKind, Terms};
use super::sessions::{load, seconds};
use super::{Session, Store, StoreError};

/// What became of an end.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It is ended, now or by an earlier request.
    Done(Box<Session>),
    Cancelled,
    /// It is of another version by now.
    Meanwhile,
    Unknown,
}

impl Store {
    /// Ends a session for all and frees its people and places; its times stay as they were planned, and so does what its lines are
    /// booked for. Who may, and when, is asked before.
    pub(crate) async fn end_session(
        &self,
        (id, version): (&str, i64),
        act: &Act<'_>,
    ) -> Result<Ended, StoreError> {
        let mut change = self.change().await?;
        let Some(mut session) = load(&mut change, &[id]).await?.pop() else {
            return Ok(Ended::Unknown);
        };
        if session.cancelled {
            return Ok(Ended::Cancelled);
        }
        if session.ended.is_some() {
            return Ok(Ended::Done(Box::new(session)));
        }
        if session.version != version {
            return Ok(Ended::Meanwhile);
        }
        sqlx::query("UPDATE session SET ended_s = $1, version = version + 1 WHERE id = $2")
            .bind(seconds(act.at)?)
            .bind(id)
            .execute(&mut *change)
            .await?;
        claims::release(&mut change, id).await?;
        let before = Terms::of(&session);
        session.ended = Some(act.at);
        session.version += 1;
        let after = Terms::of(&session);
        let terms = (Some(&before), Some(&after));
        events::append(&mut change, &session, EventKind::Changed, terms, act).await?;
        change.commit().await?;
        Ok(Ended::Done(Box::new(session)))
    }
}
