//! Learning groups: pupils of a site who attend classes together, and which of them attend which class. A class follows its groups
//! until it begins; from then on it keeps them as they were.

use booking::UnixS;
use session::Names;

use super::cases::count;
use super::events::Act;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};

/// Most learning groups of one site, retired ones too.
pub(crate) const SITE_GROUPS_MAX: i64 = 200;
/// Most changes of one learning group, before it is retired.
pub(crate) const GROUP_CHANGES_MAX: i64 = 500;

/// Most later classes of a series whose groups are named with those of one: as many as a series has.
const LATER_MAX: i64 = 200;

/// What is kept of a learning group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupTerms {
    pub(crate) name: String,
    pub(crate) pupils: u32,
    /// The local teacher: a person of the site.
    pub(crate) teacher_id: String,
    pub(crate) retired: bool,
}

/// A learning group as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LearningGroup {
    pub(crate) id: String,
    pub(crate) site_id: String,
    pub(crate) terms: GroupTerms,
    pub(crate) teacher_names: Names,
    pub(crate) version: i64,
    pub(crate) changed: UnixS,
}

/// What became of a change of a learning group.
#[derive(Debug)]
pub(crate) enum ChangedGroup {
    Done,
    /// The site has as many as may be.
    TooMany,
    /// It was changed as often as may be; it can still be retired.
    TooOften,
    /// It is of another version.
    Meanwhile,
    Unknown,
}

/// What became of the groups of a place.
#[derive(Debug)]
pub(crate) enum NamedGroups {
    Done,
    /// The class would have more than this.
    TooMany(usize),
    /// There is no group of this id at the place, or it is retired.
    Unknown(String),
}

/// A learning group in a class, as it was when the class began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RosterGroup {
    pub(crate) group_id: String,
    pub(crate) site_id: String,
    pub(crate) name: String,
    pub(crate) pupils: u32,
    pub(crate) teacher_id: String,
    pub(crate) teacher_names: Names,
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    id: String,
    site_id: String,
    name: String,
    pupils: i64,
    teacher_id: String,
    #[sqlx(try_from = "String")]
    teacher_names: Names,
    version: i64,
    changed_s: i64,
    retired_s: Option<i64>,
}

impl GroupRow {
    fn group(self) -> Result<LearningGroup, StoreError> {
        let terms = GroupTerms {
            name: self.name,
            pupils: count(self.pupils)?,
            teacher_id: self.teacher_id,
            retired: self.retired_s.is_some(),
        };
        Ok(LearningGroup {
            id: self.id,
            site_id: self.site_id,
            terms,
            teacher_names: self.teacher_names,
            version: self.version,
            changed: point(self.changed_s)?,
        })
    }
}

/// Groups by a condition; one text each.
macro_rules! groups_by {
    ($condition:literal) => {
        concat!(
            "SELECT learning_group.id, site_id, name, pupils, teacher_id, person.names AS teacher_names, version, changed_s,
                    learning_group.retired_s
             FROM learning_group JOIN person ON person.id = teacher_id WHERE ",
            $condition
        )
    };
}

impl Store {
    /// The learning groups of a site in the order of their making, retired ones too.
    pub(crate) async fn learning_groups(
        &self,
        site_id: &str,
    ) -> Result<Vec<LearningGroup>, StoreError> {
        let rows: Vec<GroupRow> =
            sqlx::query_as(groups_by!("site_id = $1 ORDER BY learning_group.id LIMIT $2"))
                .bind(site_id)
                .bind(SITE_GROUPS_MAX)
                .fetch_all(&self.readers)
                .await?;
        rows.into_iter().map(GroupRow::group).collect()
    }

    /// The learning group of this id.
    pub(crate) async fn learning_group(
        &self,
        id: &str,
    ) -> Result<Option<LearningGroup>, StoreError> {
        let row: Option<GroupRow> = sqlx::query_as(groups_by!("learning_group.id = $1"))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.map(GroupRow::group).transpose()
    }

    /// Keeps a new learning group of a site that is there, unless there is one of this id: of two first starts at once one makes that
    /// of the demo.
    pub(crate) async fn make_learning_group(
        &self,
        (id, site_id): (&str, &str),
        terms: &GroupTerms,
        act: &Act<'_>,
    ) -> Result<ChangedGroup, StoreError> {
        let mut change = self.change().await?;
        let all: i64 = sqlx::query_scalar("SELECT count(*) FROM learning_group WHERE site_id = $1")
            .bind(site_id)
            .fetch_one(&mut *change)
            .await?;
        if all >= SITE_GROUPS_MAX {
            return Ok(ChangedGroup::TooMany);
        }
        sqlx::query(
            "INSERT INTO learning_group (id, site_id, name, pupils, teacher_id, version, changed_s, changed_by)
             VALUES ($1, $2, $3, $4, $5, 1, $6, $7) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(site_id)
        .bind(&terms.name)
        .bind(i64::from(terms.pupils))
        .bind(&terms.teacher_id)
        .bind(seconds(act.at)?)
        .bind(act.by)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(ChangedGroup::Done)
    }

    /// Changes a learning group if its version `fits`, and with it what classes have of it that have not begun.
    pub(crate) async fn change_learning_group(
        &self,
        (id, fits): (&str, impl Fn(i64) -> bool + Send),
        terms: &GroupTerms,
        act: &Act<'_>,
    ) -> Result<ChangedGroup, StoreError> {
        let mut change = self.change().await?;
        let version: Option<i64> =
            sqlx::query_scalar("SELECT version FROM learning_group WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *change)
                .await?;
        let Some(version) = version else { return Ok(ChangedGroup::Unknown) };
        if !fits(version) {
            return Ok(ChangedGroup::Meanwhile);
        }
        if version >= GROUP_CHANGES_MAX && !terms.retired {
            return Ok(ChangedGroup::TooOften);
        }
        let at = seconds(act.at)?;
        sqlx::query(
            "UPDATE learning_group SET name = $1, pupils = $2, teacher_id = $3, retired_s = $4, version = version + 1,
                                       changed_s = $5, changed_by = $6 WHERE id = $7",
        )
        .bind(&terms.name)
        .bind(i64::from(terms.pupils))
        .bind(&terms.teacher_id)
        .bind(terms.retired.then_some(at))
        .bind(at)
        .bind(act.by)
        .bind(id)
        .execute(&mut *change)
        .await?;
        sqlx::query(
            "UPDATE session_group SET name = $1, pupils = $2, teacher_id = $3 WHERE group_id = $4
             AND session_id IN (SELECT id FROM session WHERE starts_s > $5)",
        )
        .bind(&terms.name)
        .bind(i64::from(terms.pupils))
        .bind(&terms.teacher_id)
        .bind(id)
        .bind(at)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(ChangedGroup::Done)
    }

    /// The groups of a class, by place and in the order of their making.
    pub(crate) async fn roster(&self, session_id: &str) -> Result<Vec<RosterGroup>, StoreError> {
        let rows: Vec<(String, String, String, i64, String, String)> = sqlx::query_as(
            "SELECT group_id, site_id, name, pupils, teacher_id, person.names
             FROM session_group JOIN person ON person.id = teacher_id WHERE session_id = $1
             ORDER BY site_id, group_id",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let group =
            |(group_id, site_id, name, pupils, teacher_id, names): (_, _, _, _, _, String)| {
                let (pupils, teacher_names) = (count(pupils)?, super::names::names(&names)?);
                Ok(RosterGroup { group_id, site_id, name, pupils, teacher_id, teacher_names })
            };
        rows.into_iter().map(group).collect()
    }

    /// Says which groups of a site attend classes, those of other sites being left as they are: in all of them or in none. A group
    /// that a class has already stays in it as it is there, also if it is retired; a retired one comes into no class.
    pub(crate) async fn name_groups(
        &self,
        (first, later, site_id): (&str, &[String], &str),
        ids: &[String],
        most: usize,
    ) -> Result<NamedGroups, StoreError> {
        let mut change = self.change().await?;
        match put_groups(&mut change, (first, site_id), ids, most).await? {
            NamedGroups::Done => {}
            refused => return Ok(refused),
        }
        for class in later {
            // What a later class does not get is retired: the first one has it from before.
            match put_groups(&mut change, (class, site_id), ids, most).await? {
                NamedGroups::Done | NamedGroups::Unknown(_) => {}
                refused => return Ok(refused),
            }
        }
        change.commit().await?;
        Ok(NamedGroups::Done)
    }

    /// The classes of a series after `since` that have a classroom at this site, the earliest first, at most 200.
    pub(crate) async fn later_classes(
        &self,
        series_id: &str,
        site_id: &str,
        since: UnixS,
    ) -> Result<Vec<String>, StoreError> {
        let found = sqlx::query_scalar(
            "SELECT session.id FROM session
             WHERE kind = 'class' AND session.state <> 'cancelled' AND session.starts_s > $3
                   AND EXISTS (SELECT 1 FROM occurrence
                               WHERE series_id = $1 AND (session_id = session.id OR made_up_by = session.id))
                   AND EXISTS (SELECT 1 FROM participant JOIN person ON person.id = person_id
                               WHERE session_id = session.id AND role = 'classroom' AND organization_id = $2)
             ORDER BY session.starts_s LIMIT $4",
        )
        .bind(series_id)
        .bind(site_id)
        .bind(seconds(since)?)
        .bind(LATER_MAX)
        .fetch_all(&self.readers)
        .await?;
        Ok(found)
    }
}

/// Makes these the groups of a site in one class; the first that there is not, or that is retired, is told, and the others are in it.
async fn put_groups(
    change: &mut Connection,
    (session_id, site_id): (&str, &str),
    ids: &[String],
    most: usize,
) -> Result<NamedGroups, StoreError> {
    // Groups of a site that has left the class are told nowhere, and keep no place.
    let elsewhere: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM session_group WHERE session_id = $1 AND site_id <> $2 AND EXISTS
            (SELECT 1 FROM participant JOIN person ON person.id = participant.person_id
             LEFT JOIN class_seat ON class_seat.session_id = participant.session_id AND class_seat.person_id = person.id
             WHERE participant.session_id = $1 AND participant.role = 'classroom'
                   AND coalesce(class_seat.site_id, person.organization_id) = session_group.site_id)",
    )
    .bind(session_id)
    .bind(site_id)
    .fetch_one(&mut *change)
    .await?;
    if count::<usize>(elsewhere)? + ids.len() > most {
        return Ok(NamedGroups::TooMany(most));
    }
    let had: Vec<String> = sqlx::query_scalar(
        "SELECT group_id FROM session_group WHERE session_id = $1 AND site_id = $2",
    )
    .bind(session_id)
    .bind(site_id)
    .fetch_all(&mut *change)
    .await?;
    for id in had.iter().filter(|id| !ids.contains(id)) {
        sqlx::query("DELETE FROM session_group WHERE session_id = $1 AND group_id = $2")
            .bind(session_id)
            .bind(id)
            .execute(&mut *change)
            .await?;
    }
    let mut unknown = None;
    for id in ids.iter().filter(|id| !had.contains(id)) {
        if !add_group(change, (session_id, site_id), id).await? {
            unknown = unknown.or(Some(id));
        }
    }
    Ok(unknown.map_or(NamedGroups::Done, |id| NamedGroups::Unknown(id.clone())))
}

/// Takes a group of the site into a class as it is now; `false` if there is none of this id, or it is retired.
async fn add_group(
    change: &mut Connection,
    (session_id, site_id): (&str, &str),
    id: &str,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "INSERT INTO session_group (session_id, group_id, site_id, name, pupils, teacher_id)
         SELECT $1, id, site_id, name, pupils, teacher_id FROM learning_group
         WHERE id = $2 AND site_id = $3 AND retired_s IS NULL",
    )
    .bind(session_id)
    .bind(id)
    .bind(site_id)
    .execute(change)
    .await?;
    Ok(added.rows_affected() > 0)
}
