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
