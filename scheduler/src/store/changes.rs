//! Changing a booking: all of it in one transaction, or nothing.

use std::collections::BTreeSet;

use booking::UnixS;
use session::Mode;

use super::book_error::BookError;
use super::bookings::{check_company, check_known, insert_participants};
use super::claims::insert_claims;
use super::clashes::Clash;
use super::consents::begin_anew;
use super::covering::{Cover, moved_uncovered};
use super::events::{self, Act, EventKind, Terms};
use super::line_claims;
use super::overrides;
use super::receptions::reception;
use super::sessions::{SESSION_S_MAX, load, seconds, word};
use super::wanted::{Claimant, look};
use super::{Connection, NewSession, Part, Session, Store, StoreError};

/// What a session is to be.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    /// The version that is changed.
    pub(crate) version: i64,
    /// Id, kind and who booked it stay as they are.
    pub(crate) wanted: NewSession,
    /// Of a consultation that is moved to another day: what an agreement must cover of its case.
    pub(crate) cover: Option<Cover>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("the session is of another version by now")]
    Meanwhile,
    #[error(transparent)]
    Refused(#[from] BookError),
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl Store {
    /// Makes a session what the revision says, if it is scheduled and still of the revision's version. Its own claims are
    /// given back before the new ones are taken, so that it never clashes with itself; a clash with another one changes nothing.
    pub(crate) async fn change_session(
        &self,
        revision: &Revision,
        act: &Act<'_>,
    ) -> Result<Session, ChangeError> {
        let mut change = self.change().await?;
        let after = rewrite(&mut change, revision, act).await?;
        change.commit().await?;
        Ok(after)
    }

    /// The modes in which the sites of these people are booked in a session, by organization, as far as they may have them:
    /// a change keeps them.
    pub(crate) async fn modes_booked(
        &self,
        session_id: &str,
        participants: &[Part],
    ) -> Result<Vec<(String, Mode)>, StoreError> {
        let booked: Vec<(String, String)> = sqlx::query_as(
            "SELECT organization_id, mode FROM line_claim WHERE session_id = $1 AND state = 'confirmed'",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let booked = booked.into_iter().map(|(site, mode)| Ok((site, word::<Mode>(&mode)?)));
        let booked = booked.collect::<Result<_, StoreError>>()?;
        self.modes_of_people(booked, participants).await
    }

    /// Of these modes those of the sites of these people, as far as they may have them.
    pub(crate) async fn modes_of_people(
        &self,
        modes: Vec<(String, Mode)>,
        participants: &[Part],
    ) -> Result<Vec<(String, Mode)>, StoreError> {
        if modes.is_empty() {
            return Ok(modes);
        }
        let mut connection = self.readers.acquire().await?;
        let mut sites = BTreeSet::new();
        for Part { person_id, .. } in participants {
            let site: Option<String> =
                sqlx::query_scalar("SELECT organization_id FROM person WHERE id = $1")
                    .bind(person_id)
                    .fetch_optional(&mut *connection)
                    .await?;
            sites.extend(site);
        }
        let mut kept = Vec::new();
        for (site, mode) in modes.into_iter().filter(|(site, _)| sites.contains(site)) {
            let most = reception(&mut connection, &site).await?.mode_most;
            kept.push((site, mode.within(most)));
        }
        Ok(kept)
    }
}

/// Gives the claims of a session back and takes those that it is to have. After an error the change can only be rolled back.
pub(super) async fn rewrite(
    change: &mut Connection,
    revision: &Revision,
    act: &Act<'_>,
) -> Result<Session, ChangeError> {
    let Revision { version, wanted, cover } = revision;
    let before = load(change, &[&wanted.id]).await?.pop();
    let before = before.ok_or(ChangeError::Meanwhile)?;
    let changed = sqlx::query(
        "UPDATE session SET title = $1, starts_s = $2, ends_s = $3, recording = $4, version = version + 1
         WHERE id = $5 AND version = $6 AND state = 'scheduled' AND ended_s IS NULL",
    )
    .bind(&wanted.title)
    .bind(seconds(wanted.interval.start())?)
    .bind(seconds(wanted.interval.end())?)
    .bind(i64::from(wanted.recording))
    .bind(&wanted.id)
    .bind(version)
    .execute(&mut *change)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(ChangeError::Meanwhile);
    }
    if let Some(cover) = cover
        && let Some((organization, why)) = moved_uncovered(change, &wanted.id, *cover).await?
    {
        return Err(BookError::NotCovered { organization, why }.into());
    }
    check_known(change, &added(wanted, &before)).await?;
    check_company(change, wanted, Some(&wanted.id)).await?;
    for text in
        ["DELETE FROM participant WHERE session_id = $1", "DELETE FROM claim WHERE session_id = $1"]
    {
        sqlx::query(text).bind(&wanted.id).execute(&mut *change).await?;
    }
    insert_participants(change, wanted).await?;
    line_claims::release(change, &wanted.id).await?;
    match insert_claims(change, &from_now(wanted, act.at)).await {
        Err(BookError::Clash(clash)) if wanted.interval.start() <= act.at => {
            let free_until = free_until(change, wanted, act.at).await?;
            let clash = Clash { next_free: None, free_until, ..*clash };
            return Err(BookError::Clash(Box::new(clash)).into());
        }
        claimed => claimed?,
    }
    line_claims::book(change, (wanted, Claimant::Session)).await.map_err(BookError::from)?;
    let after = load(change, &[&wanted.id]).await?.pop();
    let after = after.ok_or(ChangeError::Meanwhile)?;
    if after.interval.start() != before.interval.start() {
        begin_anew(change, &wanted.id, act).await?;
    }
    let terms = (Some(&Terms::of(&before)), Some(&Terms::of(&after)));
    events::append(change, &after, EventKind::Changed, terms, act).await?;
    overrides::keep(change, &after, wanted.overrides.as_ref()).await?;
    Ok(after)
}

/// What has begun takes people and places from `now` on: who comes into it later may have been elsewhere before.
fn from_now(wanted: &NewSession, now: UnixS) -> NewSession {
    NewSession { interval: wanted.interval.rest(now), ..wanted.clone() }
}

/// The people, rooms and terminals that were not in it before: who is there may stay, whatever has become of its roles.
fn added(wanted: &NewSession, before: &Session) -> NewSession {
    let known = |part: &Part| {
        let was = before.attendee(&part.person_id);
        was.is_some_and(|it| it.role == part.role && it.interprets == part.interprets)
    };
    let mut added = wanted.clone();
    added.participants.retain(|part| !known(part));
    added.rooms.retain(|id| !before.rooms.iter().any(|room| room.id == *id));
    added.terminals.retain(|id| !before.terminals.iter().any(|it| it.id == *id));
    added
}

/// Until when everybody and every room of a session that has begun is free for it, if that is after `now`.
async fn free_until(
    change: &mut Connection,
    wanted: &NewSession,
    now: UnixS,
) -> Result<Option<UnixS>, StoreError> {
    // What begins later is in the way of no session.
    let horizon = wanted.interval.start().plus(SESSION_S_MAX);
    let found = look(change, &from_now(wanted, now), horizon).await?;
    let starts = found.wanted.iter().flat_map(|it| &it.taken).map(|claim| claim.start());
    Ok(starts.min().filter(|until| *until > now))
}
