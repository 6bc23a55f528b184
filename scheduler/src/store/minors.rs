//! Minors, their guardians, and who would be in a room with them.

use booking::UnixS;
use policy::{Company, Present, StandingRole, alone_with_minor};
use serde_json::json;
use session::Names;

use super::events::Act;
use super::guests::{guest_called, pupils_asked_in};
use super::names::{names, one_name};
use super::register_events::note;
use super::sessions::seconds;
use super::texts::placeholders;
use super::wanted::KEPT_MAX;
use super::{Connection, Session, Store, StoreError};

/// Most guardians of one minor.
pub(crate) const GUARDIANS_MAX: usize = 10;

/// When a minor was born, and who answers for the minor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Minor {
    /// YYYY-MM-DD.
    pub(crate) born_on: String,
    pub(crate) guardian_ids: Vec<String>,
}

/// A minor beside whom nobody would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unaccompanied {
    pub(crate) person_id: String,
    pub(crate) names: Names,
}

/// What became of what was said of a minor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MinorPut {
    Done,
    NoSuchPerson,
    NoSuchGuardian(String),
    /// A guardian is a minor as well.
    GuardianIsMinor(String),
}

impl Store {
    /// What is known of a person as a minor; nothing of who was never said to be one.
    pub(crate) async fn minor(&self, person_id: &str) -> Result<Option<Minor>, StoreError> {
        let born_on = sqlx::query_scalar("SELECT born_on FROM minor WHERE person_id = $1")
            .bind(person_id)
            .fetch_optional(&self.readers)
            .await?;
        let Some(born_on) = born_on else { return Ok(None) };
        let guardian_ids = sqlx::query_scalar(
            "SELECT guardian_id FROM guardian WHERE minor_id = $1 ORDER BY guardian_id",
        )
        .bind(person_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(Some(Minor { born_on, guardian_ids }))
    }

    /// Says when a person was born who is no adult before `adult`, and who the guardians are.
    pub(crate) async fn put_minor(
        &self,
        person_id: &str,
        (minor, adult): (&Minor, UnixS),
        act: &Act<'_>,
    ) -> Result<MinorPut, StoreError> {
        let mut change = self.change().await?;
        if !is_person(&mut change, person_id).await? {
            return Ok(MinorPut::NoSuchPerson);
        }
        for guardian in &minor.guardian_ids {
            if guardian == person_id || !is_person(&mut change, guardian).await? {
                return Ok(MinorPut::NoSuchGuardian(guardian.clone()));
            }
            let ids = [guardian.as_str()];
            if !minors_among(&mut change, &ids, act.at).await?.is_empty() {
                return Ok(MinorPut::GuardianIsMinor(guardian.clone()));
            }
        }
        sqlx::query(
            "INSERT INTO minor (person_id, born_on, adult_s, said_by, said_s) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (person_id) DO UPDATE SET born_on = excluded.born_on, adult_s = excluded.adult_s,
                said_by = excluded.said_by, said_s = excluded.said_s",
        )
        .bind(person_id)
        .bind(&minor.born_on)
        .bind(seconds(adult)?)
        .bind(act.by)
        .bind(seconds(act.at)?)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM guardian WHERE minor_id = $1")
            .bind(person_id)
            .execute(&mut *change)
            .await?;
        for guardian in &minor.guardian_ids {
            sqlx::query("INSERT INTO guardian (minor_id, guardian_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(person_id)
                .bind(guardian)
                .execute(&mut *change)
                .await?;
        }
        let told = json!({ "bornOn": minor.born_on, "guardianIds": minor.guardian_ids });
        note(&mut change, ("minor", "said", person_id), &told, act).await?;
        change.commit().await?;
        Ok(MinorPut::Done)
    }

    /// Who would be in the room of this session, as far as they can come in; empty if no minor takes part. `more` are further
    /// pupils, who have no ticket yet.
    pub(crate) async fn company(
        &self,
        session: &Session,
        more: &[String],
    ) -> Result<Company, StoreError> {
        let mut look = self.readers.acquire().await?;
        let people: Vec<&str> = session.attendees.iter().map(|it| it.person_id.as_str()).collect();
        let mut pupils = pupils_asked_in(&mut look, &session.id).await?;
        pupils.extend_from_slice(more);
        company(&mut look, &people, (&pupils, session.interval.start())).await
    }
}

/// The minor with whom somebody would be alone in a session of these people that begins at `starts`, and in which pupils are asked
/// in if it is there already.
pub(super) async fn unaccompanied(
    change: &mut Connection,
    session_id: Option<&str>,
    people: &[&str],
    starts: UnixS,
) -> Result<Option<Unaccompanied>, StoreError> {
    let pupils = match session_id {
        Some(id) => pupils_asked_in(change, id).await?,
        None => Vec::new(),
    };
    let company = company(change, people, (&pupils, starts)).await?;
    let Some(alone) = alone_with_minor(&company) else { return Ok(None) };
    let person: Option<String> = sqlx::query_scalar("SELECT names FROM person WHERE id = $1")
        .bind(alone.minor)
        .fetch_optional(&mut *change)
        .await?;
    let names = match person {
        Some(called) => names(&called)?,
        None => {
            let called = guest_called(change, alone.minor).await?;
            one_name(called.unwrap_or_else(|| alone.minor.to_owned()))?
        }
    };
    let person_id = alone.minor.to_owned();
    Ok(Some(Unaccompanied { person_id, names }))
}

/// These people as far as they can come in, and these pupils; empty if there is no minor among them then. Of a pupil who comes
/// by a ticket nobody knows the day of birth or the guardians: each is taken for a minor.
async fn company(
    look: &mut Connection,
    people: &[&str],
    (pupils, starts): (&[String], UnixS),
) -> Result<Company, StoreError> {
    let minors = minors_among(look, people, starts).await?;
    if minors.is_empty() && pupils.is_empty() || people.is_empty() {
        return Ok(Company::default());
    }
    let list = placeholders(1, people.len(), 1);
    // Who is retired or disabled stands beside nobody.
    let here: Vec<String> = ids_of(
        look,
        format!(
            "SELECT person.id FROM person LEFT JOIN account ON account.person_id = person.id
             WHERE person.id IN ({list}) AND retired_s IS NULL AND coalesce(enabled, 1) = 1"
        ),
        people,
    )
    .await?;
    let roles = format!("SELECT person_id, role FROM assignment WHERE person_id IN ({list})");
    let roles: Vec<(String, String)> = pairs_of(look, roles, people).await?;
    let wards = format!("SELECT guardian_id, minor_id FROM guardian WHERE guardian_id IN ({list})");
    let wards: Vec<(String, String)> = pairs_of(look, wards, people).await?;
    let answers = |word: &str| word.parse().is_ok_and(StandingRole::answers_for_minors);
    let present = |person: String| {
        let guardian_of = wards.iter().filter(|(guardian, _)| *guardian == person);
        Present {
            minor: minors.contains(&person),
            responsible: roles.iter().any(|(id, role)| *id == person && answers(role)),
            guardian_of: guardian_of.map(|(_, minor)| minor.clone()).collect(),
            person,
        }
    };
    let pupil = |id: &String| Present {
        person: id.clone(),
        minor: true,
        responsible: false,
        guardian_of: Vec::new(),
    };
    Ok(Company(here.into_iter().map(present).chain(pupils.iter().map(pupil)).collect()))
}

/// Those of these people who are no adults at `at`.
async fn minors_among(
    look: &mut Connection,
    people: &[&str],
    at: UnixS,
) -> Result<Vec<String>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(2, people.len(), 1);
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT person_id FROM minor WHERE person_id IN ({list}) AND adult_s > $1"
    )))
    .persistent(people.len() <= KEPT_MAX)
    .bind(seconds(at)?);
    for id in people {
        query = query.bind(*id);
    }
    Ok(query.fetch_all(&mut *look).await?)
}

async fn ids_of(
    look: &mut Connection,
    text: String,
    people: &[&str],
) -> Result<Vec<String>, StoreError> {
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).persistent(false);
    for id in people {
        query = query.bind(*id);
    }
    Ok(query.fetch_all(&mut *look).await?)
}

async fn pairs_of(
    look: &mut Connection,
    text: String,
    people: &[&str],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
    for id in people {
        query = query.bind(*id);
    }
    Ok(query.fetch_all(&mut *look).await?)
}

async fn is_person(change: &mut Connection, id: &str) -> Result<bool, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM person WHERE id = $1 AND retired_s IS NULL")
            .bind(id)
            .fetch_optional(&mut *change)
            .await?;
    Ok(found.is_some())
}
