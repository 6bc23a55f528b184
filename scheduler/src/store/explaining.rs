//! What a refused booking or hold is answered with: what is in the way, until when, and when all is free. It is looked for after
//! the refusal, not for it.

use std::future::Future;

use super::book_error::BookError;
use super::bookings::Booked;
use super::clashes::{FIRST_LOOK_S, way_out};
use super::wanted::look;
use super::{NewSession, Store};

/// How often something is tried whose obstacle was gone each time that it was looked for.
const TRIES: usize = 3;

impl Store {
    /// What an attempt to book or hold `new` comes to; if something is taken, with what a person wants to know of that. If it is
    /// free by now, the attempt is made again.
    pub(crate) async fn explained<F>(
        &self,
        new: &NewSession,
        attempt: impl Fn() -> F + Send,
    ) -> Result<Booked, BookError>
    where
        F: Future<Output = Result<Booked, BookError>> + Send,
    {
        for _ in 0..TRIES {
            match attempt().await {
                Err(BookError::Taken) => self.check_free(new).await?,
                decided => return decided,
            }
        }
        Err(BookError::Taken)
    }

    /// Says what is in the way of `new`, if anything is.
    async fn check_free(&self, new: &NewSession) -> Result<(), BookError> {
        let mut connection = self.readers.acquire().await?;
        // So many claims of others mostly tell a way out.
        let horizon = new.interval.start().plus(FIRST_LOOK_S);
        let around = look(&mut connection, new, horizon).await?;
        around.check_fit()?;
        let Some(taken) = around.first_taken(new.interval) else { return Ok(()) };
        let clash = way_out(&mut connection, new, (taken, around)).await?;
        Err(BookError::Clash(Box::new(clash)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use booking::{Interval, UnixS};
    use session::Kind;

    use super::{BookError, Booked, NewSession, Store, TRIES};
    use crate::config::DatabaseUrl;
    use crate::store::LineTerms;

    /// A session of nobody, which is in nobody's way.
    fn nobody() -> NewSession {
        NewSession {
            id: "session".into(),
            kind: Kind::Consultation,
            title: "会诊".into(),
            interval: Interval::new(UnixS(1_000), UnixS(2_000)).unwrap(),
            recording: false,
            rooms: Vec::new(),
            terminals: Vec::new(),
            participants: Vec::new(),
            booked_by: "scheduler".into(),
            booked: UnixS(0),
            lines: LineTerms::default(),
            overrides: None,
            hold: None,
        }
    }

    /// What comes of attempts of which the first `taken` find something taken, and how many were made.
    async fn after(taken: usize) -> (Result<Booked, BookError>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let (made, new) = (AtomicUsize::new(0), nobody());
        let attempt = || async {
            let before = made.fetch_add(1, Ordering::Relaxed);
            let booked = || Booked::Before { session_id: new.id.clone(), answer: String::new() };
            (before >= taken).then(booked).ok_or(BookError::Taken)
        };
        let came = store.explained(&new, attempt).await;
        store.close().await;
        (came, made.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn what_is_free_by_then_is_tried_again() {
        assert!(matches!(after(1).await, (Ok(Booked::Before { .. }), 2)));
    }

    #[tokio::test]
    async fn no_attempt_is_made_without_end() {
        assert!(matches!(after(TRIES).await, (Err(BookError::Taken), TRIES)));
    }
}
