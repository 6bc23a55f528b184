//! Booking series of sessions, and making up what is owed.

use std::collections::BTreeMap;

use booking::UnixS;

use super::bookings::{check_known, write};
use super::mail_queue;
use super::series_changes::{bump, settle};
use super::series_rows::{
    Blocked, Hindrance, MonthOf, NewSeries, SeriesHours, insert_series, load, new_id,
};
use super::{Act, BookError, LineRefused, NewSession, Override, Store, StoreError};

/// Why nothing of a series was booked, or nothing was made up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeriesError {
    /// An occurrence is blocked, and the series was to be booked whole or not at all; or all of them are.
    #[error("occurrence {number} is blocked")]
    Blocked { number: i64, all: bool, why: Box<BookError> },
    /// The first that could not be booked is one at which somebody or something is not open, and so all are blocked.
    #[error("occurrence {number} is closed")]
    Closed { number: i64 },
    #[error("there is no such occurrence")]
    Unknown,
    #[error("the occurrence is not owed")]
    NotOwed,
    #[error(transparent)]
    Book(#[from] BookError),
}

impl From<StoreError> for SeriesError {
    fn from(error: StoreError) -> Self {
        Self::Book(error.into())
    }
}

impl From<sqlx::Error> for SeriesError {
    fn from(error: sqlx::Error) -> Self {
        Self::Book(error.into())
    }
}

fn no_time() -> StoreError {
    StoreError::Unreadable("a series without a length".into())
}

impl Store {
    /// Books all sessions of a series in one change, or none of them; those against hours with the reason.
    pub(crate) async fn book_whole_series(
        &self,
        new: &NewSeries,
        month_of: MonthOf<'_>,
        overrides: &BTreeMap<i64, Override>,
    ) -> Result<(), SeriesError> {
        let mut change = self.change().await?;
        let ids: Vec<String> = new.starts.iter().map(|_| new_id()).collect();
        insert_series(&mut change, new, &ids, "tried").await?;
        let act = (new.booked_by.as_str(), new.booked);
        for (number, (start, id)) in (1..).zip(new.starts.iter().zip(&ids)) {
            let session = new.template.session(id, (*start, month_of), act);
            let overrides = overrides.get(&number).cloned();
            let session = NewSession { overrides, ..session.ok_or_else(no_time)? };
            if let Err(error) = write(&mut change, &session).await {
                return Err(match Blocked::by(&error) {
                    Some(_) => SeriesError::Blocked { number, all: false, why: Box::new(error) },
                    None => error.into(),
                });
            }
        }
        change.commit().await?;
        Ok(())
    }

    /// Writes down what a series should have; [`Store::try_occurrences`] books it.
    pub(crate) async fn begin_series(&self, new: &NewSeries) -> Result<(), SeriesError> {
        let mut change = self.change().await?;
        let first = new.starts.first().copied().unwrap_or(new.booked);
        let session = new.template.session("", (first, &|_| None), (&new.booked_by, new.booked));
        check_known(&mut change, &session.ok_or_else(no_time)?).await?;
        let ids: Vec<String> = new.starts.iter().map(|_| new_id()).collect();
        insert_series(&mut change, new, &ids, "untried").await?;
        change.commit().await?;
        Ok(())
    }

    /// Books what of a series was not tried yet, each occurrence by itself, and writes down what was in the way of the others.
    /// What is closed by `hours` is not tried. A series of which nothing could be booked is taken back. Begun again, it goes on
    /// where it was.
    pub(crate) async fn try_occurrences(
        &self,
        id: &str,
        (now, month_of): (UnixS, MonthOf<'_>),
        hours: &SeriesHours,
    ) -> Result<(), SeriesError> {
        let series = self.series(id).await?.ok_or(SeriesError::Unknown)?;
        let mut booked = series.occurrences.iter().filter(|it| it.session.is_some()).count();
        let mut first_blocked = None;
        for occurrence in series.occurrences.iter().filter(|it| it.untried) {
            let when = (occurrence.interval.start(), month_of);
            let (number, by) = (occurrence.number, (series.booked_by.as_str(), now));
            let session = series.template.session(&occurrence.session_id, when, by);
            let overrides = hours.overrides.get(&number).cloned();
            let session = NewSession { overrides, ..session.ok_or_else(no_time)? };
            let blocked = match self.book_open(&session, hours.closed.get(&number)).await {
                Ok(blocked) => blocked,
                Err(error) => return self.give_up(id, booked, error).await,
            };
            booked += usize::from(blocked.is_none());
            let (by, why) = blocked.unzip();
            self.tried(id, number, by.as_ref()).await?;
            if let Some(why) = why {
                first_blocked.get_or_insert((number, why));
            }
        }
        match first_blocked {
            Some((number, why)) if booked == 0 => {
                self.take_back(id).await?;
                Err(match why {
                    Some(why) => SeriesError::Blocked { number, all: true, why },
                    None => SeriesError::Closed { number },
                })
            }
            _ => Ok(()),
        }
    }

    /// A request at fault leaves nothing; where the store failed, the same request goes on later.
    async fn give_up(&self, id: &str, booked: usize, error: BookError) -> Result<(), SeriesError> {
        let store = matches!(error, BookError::Store(_) | BookError::Line(LineRefused::Store(_)));
        if booked == 0 && !store {
            self.take_back(id).await?;
        }
        Err(error.into())
    }

    /// Books a session unless it is closed then; what is in its way.
    async fn book_open(
        &self,
        new: &NewSession,
        closed: Option<&Blocked>,
    ) -> Result<Option<Hindrance>, BookError> {
        if let Some(closed) = closed
            && self.session(&new.id).await?.is_none()
        {
            return Ok(Some((closed.clone(), None)));
        }
        let Err(error) = self.book_once(new).await else { return Ok(None) };
        match Blocked::by(&error) {
            Some(by) => Ok(Some((by, Some(Box::new(error))))),
            None => Err(error),
        }
    }

    /// Books a session that the same request, sent twice at once or interrupted, may have booked already.
    async fn book_once(&self, new: &NewSession) -> Result<(), BookError> {
        if self.session(&new.id).await?.is_some() {
            return Ok(());
        }
        let booking = || self.book(new, None, |_| String::new());
        match self.explained(new, booking).await {
            Err(_) if self.session(&new.id).await?.is_some() => Ok(()),
            booked => booked.map(|_| ()),
        }
    }

    async fn tried(
        &self,
        id: &str,
        number: i64,
        blocked: Option<&Blocked>,
    ) -> Result<(), StoreError> {
        let text = blocked.map(serde_json::to_string).transpose();
        let text = text.map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let statement = sqlx::query(
            "UPDATE occurrence SET state = 'tried', blocked_by = $1
             WHERE series_id = $2 AND number = $3 AND state = 'untried'",
        )
        .bind(text)
        .bind(id)
        .bind(number);
        self.once(statement).await?;
        Ok(())
    }

    async fn take_back(&self, id: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        // The same request, sent twice at once, may have booked one.
        let series = load(&mut change, id).await?;
        if series.is_none_or(|it| it.occurrences.iter().any(|one| one.session.is_some())) {
            return Ok(());
        }
        for text in
            ["DELETE FROM occurrence WHERE series_id = $1", "DELETE FROM series WHERE id = $1"]
        {
            sqlx::query(text).bind(id).execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// The series that this request of this person made before, and the SHA-256 of what it asked for.
    pub(crate) async fn series_of_request(
        &self,
        booked_by: &str,
        key: &str,
    ) -> Result<Option<(String, String)>, StoreError> {
        let found = sqlx::query_as(
            "SELECT id, request_sha256 FROM series WHERE booked_by = $1 AND request_key = $2",
        )
        .bind(booked_by)
        .bind(key)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found)
    }

    /// What is owed of this occurrence is owed no more.
    pub(crate) async fn waive(
        &self,
        id: &str,
        number: i64,
        act: &Act<'_>,
    ) -> Result<(), SeriesError> {
        let mut change = self.change().await?;
        let series = load(&mut change, id).await?.ok_or(SeriesError::Unknown)?;
        let found = series.occurrences.into_iter().find(|it| it.number == number);
        if !found.ok_or(SeriesError::Unknown)?.owed {
            return Err(SeriesError::NotOwed);
        }
        settle(&mut change, (id, number), "waived", act).await?;
        bump(&mut change, id).await?;
        change.commit().await?;
        Ok(())
    }

    /// Books a session that stands for an owed occurrence, against hours with a reason. Of two that try at once one finds it not
    /// owed any more.
    pub(crate) async fn make_up(
        &self,
        id: &str,
        number: i64,
        when: (UnixS, MonthOf<'_>),
        (by, now): (&str, UnixS),
        overrides: Option<Override>,
    ) -> Result<String, SeriesError> {
        let mut change = self.change().await?;
        let series = load(&mut change, id).await?.ok_or(SeriesError::Unknown)?;
        let found = series.occurrences.iter().find(|it| it.number == number);
        let found = found.ok_or(SeriesError::Unknown)?;
        if !found.owed {
            return Err(SeriesError::NotOwed);
        }
        let template = found.template.as_ref().unwrap_or(&series.template);
        let session = template.session(&new_id(), when, (by, now)).ok_or_else(no_time)?;
        let session = NewSession { overrides, ..session };
        write(&mut change, &session).await?;
        sqlx::query("UPDATE occurrence SET made_up_by = $1 WHERE series_id = $2 AND number = $3")
            .bind(&session.id)
            .bind(id)
            .bind(number)
            .execute(&mut *change)
            .await?;
        mail_queue::adopt(&mut change, &session.id, id).await?;
        bump(&mut change, id).await?;
        change.commit().await?;
        Ok(session.id)
    }
}
