//! Organizations, people and rooms.

use super::{Organization, Person, Room, Store, StoreError};

/// Everybody and everything that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Directory {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) people: Vec<Person>,
    pub(crate) rooms: Vec<Room>,
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: String,
    name: String,
    name_en: String,
    organization_id: String,
    organization_name: String,
    organization_name_en: String,
    organization_kind: String,
    /// Comma-separated, in alphabetical order; no role has a comma in it.
    roles: String,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        let organization = Organization {
            id: row.organization_id,
            name: row.organization_name,
            name_en: row.organization_name_en,
            kind: row.organization_kind,
        };
        let roles =
            row.roles.split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect();
        Self { id: row.id, name: row.name, name_en: row.name_en, roles, organization }
    }
}

impl Store {
    /// The person of this id, unless retired.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<Person>, StoreError> {
        let row: Option<PersonRow> = sqlx::query_as(
            "SELECT person.id, person.name, person.name_en, organization_id,
                    organization.name AS organization_name, organization.name_en AS organization_name_en,
                    organization.kind AS organization_kind,
                    coalesce((SELECT string_agg(role, ',' ORDER BY role) FROM person_role
                              WHERE person_id = person.id), '') AS roles
             FROM person JOIN organization ON organization.id = organization_id
             WHERE person.id = $1 AND person.retired_s IS NULL",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(Person::from))
    }

    /// Everybody and everything that is not retired, in the order of their ids.
    pub(crate) async fn directory(&self) -> Result<Directory, StoreError> {
        let organizations = sqlx::query_as(
            "SELECT id, name, name_en, kind FROM organization WHERE retired_s IS NULL ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await?;
        let rooms =
            sqlx::query_as("SELECT id, name, name_en, organization_id FROM room WHERE retired_s IS NULL ORDER BY id")
                .fetch_all(&self.readers)
                .await?;
        let people: Vec<PersonRow> = sqlx::query_as(
            "SELECT person.id, person.name, person.name_en, organization_id,
                    organization.name AS organization_name, organization.name_en AS organization_name_en,
                    organization.kind AS organization_kind,
                    coalesce((SELECT string_agg(role, ',' ORDER BY role) FROM person_role
                              WHERE person_id = person.id), '') AS roles
             FROM person JOIN organization ON organization.id = organization_id
             WHERE person.retired_s IS NULL ORDER BY person.id",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(Directory {
            organizations,
            people: people.into_iter().map(Person::from).collect(),
            rooms,
        })
    }
}
