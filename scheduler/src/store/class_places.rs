//! Who is where in a class. Who has been a classroom or the lead in it stays evidence of it, and where they sat stays as it was
//! when they move to another site.

use std::collections::{BTreeMap, BTreeSet};

use booking::UnixS;
use session::{Kind, Names, Role};

use super::events::Terms;
use super::names::names;
use super::sessions::{seconds, word};
use super::{Connection, Store, StoreError};

/// A place of a class: a site with a classroom in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassPlace {
    pub(crate) site_id: String,
    pub(crate) names: Names,
    /// Those who are the classroom in it, with what they are called.
    pub(crate) classrooms: Vec<(String, Names)>,
    /// Those who were the classroom in it at any time of the class.
    pub(super) taught: BTreeSet<String>,
}

/// Who is where in a class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClassPlaces {
    /// In the order of the participants.
    pub(crate) places: Vec<ClassPlace>,
    /// Who gives it.
    pub(crate) lead: Option<(String, Names)>,
    /// Those who gave it at any time of the class, and their sites.
    led: BTreeMap<String, String>,
}

impl ClassPlaces {
    /// The place of this site.
    pub(crate) fn place(&self, site_id: &str) -> Option<&ClassPlace> {
        self.places.iter().find(|place| place.site_id == site_id)
    }

    /// Whether this identity, at a site if it is a device, stands for who gave the class. A device of a place stands for the place.
    pub(super) fn is_of_lead(&self, identity: &str, of_device: Option<&str>) -> bool {
        let is_device =
            |site: &str| self.place(site).is_none() && self.led.values().any(|it| it == site);
        self.led.contains_key(identity) || of_device.is_some_and(is_device)
    }

    /// Somebody had this role at this site in a part of the class.
    fn had(&mut self, role: Role, person_id: String, site_id: String) {
        match role {
            Role::LeadTeacher => {
                self.led.insert(person_id, site_id);
            }
            Role::Classroom => {
                if let Some(place) = self.places.iter_mut().find(|it| it.site_id == site_id) {
                    place.taught.insert(person_id);
                }
            }
            _ => {}
        }
    }
}

impl Store {
    /// The places of a class and who gives it.
    pub(crate) async fn class_places(&self, session_id: &str) -> Result<ClassPlaces, StoreError> {
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "SELECT participant.role, person.id, person.names, organization.id, organization.names
             FROM participant JOIN person ON person.id = participant.person_id
             LEFT JOIN class_seat ON class_seat.session_id = participant.session_id AND class_seat.person_id = person.id
             JOIN organization ON organization.id = coalesce(class_seat.site_id, person.organization_id)
             WHERE participant.session_id = $1 ORDER BY position",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let mut found = ClassPlaces::default();
        for (role, person_id, person_names, site_id, site_names) in rows {
            let who = (person_id.clone(), names(&person_names)?);
            let role = word(&role)?;
            if role == Role::LeadTeacher {
                found.lead = Some(who);
            } else if role == Role::Classroom {
                let there = found.places.iter_mut().find(|place| place.site_id == site_id);
                match there {
                    Some(place) => place.classrooms.push(who),
                    None => found.places.push(ClassPlace {
                        site_id: site_id.clone(),
                        names: names(&site_names)?,
                        classrooms: vec![who],
                        taught: BTreeSet::new(),
                    }),
                }
            }
            found.had(role, person_id, site_id);
        }
        self.add_replaced(session_id, &mut found).await?;
        Ok(found)
    }

    /// Adds those who were in the class when it began and were replaced later.
    async fn add_replaced(
        &self,
        session_id: &str,
        found: &mut ClassPlaces,
    ) -> Result<(), StoreError> {
        let before: Vec<String> = sqlx::query_scalar(
            "SELECT was FROM session_event JOIN session ON session.id = session_id
             WHERE session_id = $1 AND at_s > starts_s AND was IS NOT NULL ORDER BY number",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        if before.is_empty() {
            return Ok(());
        }
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT DISTINCT person.id, coalesce(class_seat.site_id, person.organization_id)
             FROM session_event JOIN session_event_person ON session_event_person.number = session_event.number
             JOIN person ON person.id = session_event_person.person_id
             LEFT JOIN class_seat ON class_seat.session_id = session_event.session_id AND class_seat.person_id = person.id
             WHERE session_event.session_id = $1",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let sites: BTreeMap<String, String> = rows.into_iter().collect();
        for text in before {
            let terms: Terms = serde_json::from_str(&text)
                .map_err(|error| StoreError::Unreadable(error.to_string()))?;
            for part in terms.participants {
                if let Some(site_id) = sites.get(&part.person_id) {
                    found.had(part.role, part.person_id, site_id.clone());
                }
            }
        }
        Ok(())
    }
}

/// Keeps where somebody sat in the classes that have begun, before that person moves to another site.
pub(super) async fn keep_seats(
    change: &mut Connection,
    (person_id, new_site_id): (&str, &str),
    now: UnixS,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO class_seat (session_id, person_id, site_id)
         SELECT DISTINCT session.id, person.id, person.organization_id
         FROM person JOIN session_event_person ON session_event_person.person_id = person.id
         JOIN session_event ON session_event.number = session_event_person.number
         JOIN session ON session.id = session_event.session_id
         WHERE person.id = $1 AND person.organization_id <> $2 AND session.kind = $3 AND session.starts_s <= $4
         ON CONFLICT (session_id, person_id) DO NOTHING",
    )
    .bind(person_id)
    .bind(new_site_id)
    .bind(Kind::Class.as_str())
    .bind(seconds(now)?)
    .execute(change)
    .await?;
    Ok(())
}
