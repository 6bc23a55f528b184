//! People, and what they are and where.

use policy::{Area, Assignment, Place};
use session::Names;

use super::assignments::assignment;
use super::{Connection, Organization, Person, Store, StoreError};

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: String,
    #[sqlx(try_from = "String")]
    names: Names,
    organization_id: String,
    #[sqlx(try_from = "String")]
    organization_names: Names,
    organization_kind: String,
    area_code: Option<String>,
    /// `role kind id area` with commas between them; no word of it has a comma or a space in it.
    held: String,
    /// 1 if the person has an account that is disabled.
    disabled: i64,
}

impl PersonRow {
    fn person(self) -> Result<Person, StoreError> {
        let Self { id, names, organization_id, held, .. } = self;
        let assignments = assignments(&held)?;
        let mut roles: Vec<String> =
            assignments.iter().map(|held| held.role.as_str().to_owned()).collect();
        roles.sort();
        roles.dedup();
        let area = self.area_code.as_deref().and_then(Area::read);
        let place = Place { site: organization_id.clone(), area };
        let organization = Organization {
            id: organization_id,
            names: self.organization_names,
            kind: self.organization_kind,
        };
        Ok(Person { id, names, roles, organization, place, assignments })
    }
}

fn assignments(held: &str) -> Result<Vec<Assignment>, StoreError> {
    let one = |text: &str| {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (role, kind, id, area) = (next(), next(), next(), next());
        assignment(role, (kind, id), area)
    };
    held.split(',').filter(|text| !text.is_empty()).map(one).collect()
}

/// People by a condition.
macro_rules! people_by {
    ($condition:literal) => {
        concat!(
            "SELECT person.id, person.names, person.organization_id,
                    organization.names AS organization_names,
                    organization.kind AS organization_kind, organization.area_code,
                    coalesce((SELECT string_agg(role || ' ' || scope_kind || ' ' || scope_id || ' ' || coalesce(site.area_code, ''),
                                                ',' ORDER BY role)
                              FROM assignment LEFT JOIN organization AS site ON scope_kind = 'site' AND site.id = scope_id
                              WHERE person_id = person.id), '') AS held,
                    CASE WHEN EXISTS (SELECT 1 FROM account WHERE account.person_id = person.id AND enabled = 0)
                         THEN 1 ELSE 0 END AS disabled
             FROM person JOIN organization ON organization.id = person.organization_id
             WHERE person.retired_s IS NULL",
            $condition
        )
    };
}

impl Store {
    /// The person of this id, unless retired.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<Person>, StoreError> {
        Ok(self.who_asks(id).await?.map(|(person, _)| person))
    }

    /// The person of this id, unless retired, and whether the person's account is disabled: all that is asked for each request.
    pub(crate) async fn who_asks(&self, id: &str) -> Result<Option<(Person, bool)>, StoreError> {
        let row: Option<PersonRow> = sqlx::query_as(people_by!(" AND person.id = $1"))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        let read = |row: PersonRow| {
            let disabled = row.disabled != 0;
            Ok((row.person()?, disabled))
        };
        row.map(read).transpose()
    }
}

/// People who are not retired, in the order of their ids, those after `after`, at most `most`.
pub(super) async fn people_after(
    look: &mut Connection,
    after: &str,
    most: i64,
) -> Result<Vec<Person>, StoreError> {
    let rows: Vec<PersonRow> =
        sqlx::query_as(people_by!(" AND person.id > $1 ORDER BY person.id LIMIT $2"))
            .bind(after)
            .bind(most)
            .fetch_all(look)
            .await?;
    rows.into_iter().map(PersonRow::person).collect()
}
