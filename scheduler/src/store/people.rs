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
    /// The person of this id.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<Person>, StoreError> {
        let row: Option<PersonRow> = sqlx::query_as(
            "SELECT person.id, person.name, person.name_en, organization_id,
                    organization.name AS organization_name, organization.name_en AS organization_name_en,
                    organization.kind AS organization_kind,
                    coalesce((SELECT group_concat(role) FROM
                        (SELECT role FROM person_role WHERE person_id = person.id ORDER BY role)), '') AS roles
             FROM person JOIN organization ON organization.id = organization_id WHERE person.id = ?",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(Person::from))
    }

    /// Everybody and everything, in the order of their ids.
    pub(crate) async fn directory(&self) -> Result<Directory, StoreError> {
        let organizations =
            sqlx::query_as("SELECT id, name, name_en, kind FROM organization ORDER BY id")
                .fetch_all(&self.readers)
                .await?;
        let rooms =
            sqlx::query_as("SELECT id, name, name_en, organization_id FROM room ORDER BY id")
                .fetch_all(&self.readers)
                .await?;
        let people: Vec<PersonRow> = sqlx::query_as(
            "SELECT person.id, person.name, person.name_en, organization_id,
                    organization.name AS organization_name, organization.name_en AS organization_name_en,
                    organization.kind AS organization_kind,
                    coalesce((SELECT group_concat(role) FROM
                        (SELECT role FROM person_role WHERE person_id = person.id ORDER BY role)), '') AS roles
             FROM person JOIN organization ON organization.id = organization_id ORDER BY person.id",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(Directory {
            organizations,
            people: people.into_iter().map(Person::from).collect(),
            rooms,
        })
    }

    /// Adds what is not there yet, and brings names up to date. All of it or nothing.
    pub(crate) async fn put_directory(&self, directory: &Directory) -> Result<(), StoreError> {
        let mut change = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for organization in &directory.organizations {
            sqlx::query(
                "INSERT INTO organization (id, name, name_en, kind) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, kind = excluded.kind",
            )
            .bind(&organization.id)
            .bind(&organization.name)
            .bind(&organization.name_en)
            .bind(&organization.kind)
            .execute(&mut *change)
            .await?;
        }
        for person in &directory.people {
            sqlx::query(
                "INSERT INTO person (id, name, name_en, organization_id) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
                    organization_id = excluded.organization_id",
            )
            .bind(&person.id)
            .bind(&person.name)
            .bind(&person.name_en)
            .bind(&person.organization.id)
            .execute(&mut *change)
            .await?;
            for role in &person.roles {
                sqlx::query("INSERT INTO person_role (person_id, role) VALUES (?, ?) ON CONFLICT DO NOTHING")
                    .bind(&person.id)
                    .bind(role)
                    .execute(&mut *change)
                    .await?;
            }
        }
        for room in &directory.rooms {
            sqlx::query(
                "INSERT INTO room (id, name, name_en, organization_id) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
                    organization_id = excluded.organization_id",
            )
            .bind(&room.id)
            .bind(&room.name)
            .bind(&room.name_en)
            .bind(&room.organization_id)
            .execute(&mut *change)
            .await?;
        }
        Ok(change.commit().await?)
    }
}
