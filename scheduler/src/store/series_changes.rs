//! Changing and cancelling series: all of it in one transaction, or nothing.

use std::collections::BTreeMap;

use booking::{Interval, UnixS};
use sqlx::Connection as _;

use super::bookings::{cancel_within, write};
use super::changes::{ChangeError, rewrite};
use super::claims;
use super::line_claims;
use super::mail_queue;
use super::series_rows::{Blocked, Hindrance, Template, load, template_text};
use super::sessions::seconds;
use super::{
    Act, BookError, Cancelled, Change, Connection, NewSession, Revision, Store, StoreError,
};

/// How often the sessions that are not in the way of each other are looked for, before the whole change is refused.
const TRIES_MAX: usize = 6;

/// What is to become of a series, from a version of it that was read.
#[derive(Debug)]
pub(crate) struct SeriesRevision {
    pub(crate) id: String,
    pub(crate) version: i64,
    /// What its sessions are booked with from now on.
    pub(crate) template: Template,
    pub(crate) rule: String,
    pub(crate) parts: Vec<PartRevision>,
    /// Whether nothing is changed where one session cannot be.
    pub(crate) whole: bool,
    /// What is closed at the new time of an occurrence, which so stays as it was.
    pub(crate) closed: BTreeMap<i64, Blocked>,
}

/// What is to become of one occurrence.
#[derive(Debug)]
pub(crate) struct PartRevision {
    pub(crate) number: i64,
    /// When the series has it.
    pub(crate) planned: Interval,
    /// What its session is booked with, where that is not what the series has.
    pub(crate) template: Option<Template>,
    pub(crate) step: PartStep,
}

/// What is done for one occurrence.
#[derive(Debug)]
pub(crate) enum PartStep {
    /// Nothing.
    Keep,
    /// Its session becomes another.
    Change(Box<Revision>),
    /// It has no session, and gets one.
    Book(Box<NewSession>),
    /// The series did not have it before.
    Add(Box<NewSession>),
    /// The series does not have it any more; with the session that stands for it.
    Drop(Option<String>),
}

impl PartStep {
    /// The session whose claims are given back before any are taken.
    fn standing(&self) -> Option<&str> {
        match self {
            Self::Change(revision) => Some(&revision.wanted.id),
            Self::Drop(session) => session.as_deref(),
            Self::Keep | Self::Book(_) | Self::Add(_) => None,
        }
    }
}

/// Why nothing of a series was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeriesChangeError {
    #[error("the series is of another version by now")]
    Meanwhile,
    #[error("occurrence {number} cannot be changed so")]
    Blocked { number: i64, why: Box<BookError> },
    #[error(transparent)]
    Refused(#[from] BookError),
}

impl From<StoreError> for SeriesChangeError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<sqlx::Error> for SeriesChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<ChangeError> for SeriesChangeError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Meanwhile => Self::Meanwhile,
            ChangeError::Refused(error) => Self::Refused(error),
        }
    }
}

/// What was in the way, by the number of the occurrence.
type InTheWay = BTreeMap<i64, Hindrance>;

impl Store {
    /// Makes a series what the revision says, if it is still of the revision's version; who has what is in the way of each
    /// occurrence that stays as it was. The sessions that are changed give back their claims before any are taken, so
    /// that a series is never in its own way.
    pub(crate) async fn change_series(
        &self,
        revision: &SeriesRevision,
        act: &Act<'_>,
    ) -> Result<BTreeMap<i64, Blocked>, SeriesChangeError> {
        let mut change = self.change().await?;
        let taken = sqlx::query(
            "UPDATE series SET version = version + 1, template = $1, rule = $2 WHERE id = $3 AND version = $4",
        )
        .bind(template_text(&revision.template)?)
        .bind(&revision.rule)
        .bind(&revision.id)
        .bind(revision.version)
        .execute(&mut *change)
        .await?;
        if taken.rows_affected() == 0 {
            return Err(SeriesChangeError::Meanwhile);
        }
        let blocked = carry_out(&mut change, revision, act).await?;
        for part in &revision.parts {
            write_part(&mut change, &revision.id, part, blocked.get(&part.number), act).await?;
        }
        change.commit().await?;
        Ok(blocked.into_iter().map(|(number, (blocked, _))| (number, blocked)).collect())
    }

    /// Cancels what of a series `chosen` names, and what is owed there; only one of the versions that `fits`. The ids of the
    /// sessions that were cancelled by it.
    pub(crate) async fn cancel_series(
        &self,
        id: &str,
        chosen: impl Fn(&super::Series) -> Vec<i64> + Send,
        fits: impl Fn(i64) -> bool + Send,
        act: &Act<'_>,
    ) -> Result<SeriesCancelled, StoreError> {
        let mut change = self.change().await?;
        let Some(series) = load(&mut change, id).await? else {
            return Ok(SeriesCancelled::Unknown);
        };
        let chosen = chosen(&series);
        let open = |it: &&super::Occurrence| chosen.contains(&it.number) && it.is_open();
        let open: Vec<_> = series.occurrences.iter().filter(open).collect();
        // Cancelled already: this request, or the same one of somebody else, has been carried out.
        if open.is_empty() {
            change.commit().await?;
            return Ok(SeriesCancelled::Done(Vec::new()));
        }
        if !fits(series.version) {
            return Ok(SeriesCancelled::Meanwhile);
        }
        let mut cancelled = Vec::new();
        for occurrence in open {
            if let Some((session_id, _)) = &occurrence.session {
                match cancel_within(&mut change, session_id, |_| true, act).await? {
                    Cancelled::Done(_) => cancelled.push(session_id.clone()),
                    Cancelled::TooLate | Cancelled::Meanwhile(_) | Cancelled::Unknown => continue,
                }
            }
            settle(&mut change, (id, occurrence.number), "cancelled", act).await?;
        }
        bump(&mut change, id).await?;
        change.commit().await?;
        Ok(SeriesCancelled::Done(cancelled))
    }
}

/// What a cancellation of a series did.
#[derive(Debug)]
pub(crate) enum SeriesCancelled {
    /// With the sessions that were cancelled by it.
    Done(Vec<String>),
    /// It is of another version than it was to be cancelled in.
    Meanwhile,
    Unknown,
}

/// Carries out all steps but those that are blocked. An occurrence that is blocked stays as it was and may so be in the way of
/// another, which is found in the next try.
async fn carry_out(
    change: &mut Change,
    revision: &SeriesRevision,
    act: &Act<'_>,
) -> Result<InTheWay, SeriesChangeError> {
    let closed = revision.closed.iter().map(|(number, by)| (*number, (by.clone(), None)));
    let mut blocked: InTheWay = closed.collect();
    for _ in 0..TRIES_MAX {
        let mut attempt = change.begin().await?;
        let found = try_all(&mut attempt, revision, &blocked, act).await?;
        if found.is_empty() {
            attempt.commit().await?;
            return Ok(blocked);
        }
        attempt.rollback().await?;
        blocked.extend(found);
        if revision.whole {
            break;
        }
    }
    let mut refusals = blocked.into_iter().filter_map(|(number, (_, why))| Some((number, why?)));
    match refusals.next() {
        Some((number, why)) => Err(SeriesChangeError::Blocked { number, why }),
        None => Ok(InTheWay::new()),
    }
}

/// Tries all steps but those in `blocked`; what is in the way of which.
async fn try_all(
    attempt: &mut Connection,
    revision: &SeriesRevision,
    blocked: &InTheWay,
    act: &Act<'_>,
) -> Result<InTheWay, SeriesChangeError> {
    let parts = || revision.parts.iter().filter(|part| !blocked.contains_key(&part.number));
    for session_id in parts().filter_map(|part| part.step.standing()) {
        claims::release(attempt, session_id).await?;
        line_claims::release(attempt, session_id).await?;
    }
    let mut found = InTheWay::new();
    for part in parts() {
        let mut one = attempt.begin().await?;
        match take_step(&mut one, &part.step, act).await {
            Ok(()) => one.commit().await?,
            Err(SeriesChangeError::Refused(error)) => match Blocked::by(&error) {
                Some(by) => {
                    one.rollback().await?;
                    found.insert(part.number, (by, Some(Box::new(error))));
                }
                None => return Err(error.into()),
            },
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn take_step(
    change: &mut Connection,
    step: &PartStep,
    act: &Act<'_>,
) -> Result<(), SeriesChangeError> {
    match step {
        PartStep::Change(revision) => {
            rewrite(change, revision, act).await?;
        }
        PartStep::Book(new) | PartStep::Add(new) => {
            write(change, new).await?;
        }
        PartStep::Drop(Some(session_id)) => {
            cancel_within(change, session_id, |_| true, act).await?;
        }
        PartStep::Keep | PartStep::Drop(None) => {}
    }
    Ok(())
}

/// Writes down when the series has an occurrence, and what was in its way.
async fn write_part(
    change: &mut Connection,
    series_id: &str,
    part: &PartRevision,
    blocked: Option<&Hindrance>,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    if matches!(part.step, PartStep::Drop(_)) {
        return settle(change, (series_id, part.number), "cancelled", act).await;
    }
    let blocked = blocked.map(|(by, _)| serde_json::to_string(by)).transpose();
    let blocked = blocked.map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let template = part.template.as_ref().map(template_text).transpose()?;
    let (starts_s, ends_s) = (seconds(part.planned.start())?, seconds(part.planned.end())?);
    if let PartStep::Add(new) = &part.step {
        sqlx::query(
            "INSERT INTO occurrence (series_id, number, starts_s, ends_s, session_id, state, blocked_by, template)
             VALUES ($1, $2, $3, $4, $5, 'tried', $6, $7)",
        )
        .bind(series_id)
        .bind(part.number)
        .bind(starts_s)
        .bind(ends_s)
        .bind(&new.id)
        .bind(blocked)
        .bind(template)
        .execute(&mut *change)
        .await?;
        return mail_queue::adopt(change, &new.id, series_id).await;
    }
    // What is known to be in the way stays known until something else is tried.
    let keeps = i64::from(matches!(part.step, PartStep::Keep));
    sqlx::query(
        "UPDATE occurrence SET starts_s = $1, ends_s = $2, template = $3,
            blocked_by = CASE WHEN $4 = 1 THEN blocked_by ELSE $5 END
         WHERE series_id = $6 AND number = $7",
    )
    .bind(starts_s)
    .bind(ends_s)
    .bind(template)
    .bind(keeps)
    .bind(blocked)
    .bind(series_id)
    .bind(part.number)
    .execute(change)
    .await?;
    Ok(())
}

/// The series is another one than it was.
pub(super) async fn bump(change: &mut Connection, id: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE series SET version = version + 1 WHERE id = $1")
        .bind(id)
        .execute(change)
        .await?;
    Ok(())
}

/// Nothing of this occurrence is owed any more.
pub(super) async fn settle(
    change: &mut Connection,
    (id, number): (&str, i64),
    state: &str,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE occurrence SET state = $1, settled_by = $2, settled_s = $3, reason = $4
         WHERE series_id = $5 AND number = $6 AND state IN ('untried', 'tried')",
    )
    .bind(state)
    .bind(act.by)
    .bind(seconds(act.at)?)
    .bind(act.reason)
    .bind(id)
    .bind(number)
    .execute(change)
    .await?;
    Ok(())
}

impl super::Occurrence {
    /// Whether the series still has it: it has a session, or is owed one.
    pub(crate) const fn is_open(&self) -> bool {
        self.session.is_some() || self.owed
    }

    /// Whether it is to come at `now`: its session has not begun, or, where it has none, its time has not.
    pub(crate) fn is_to_come(&self, now: UnixS) -> bool {
        let at = self.session.as_ref().map_or(self.interval, |(_, at)| *at);
        at.start() > now
    }
}
