//! What the places of a class received: its receipts by place, or what was settled of them before they went.

use std::collections::BTreeMap;

use booking::Interval;
use serde::Deserialize;
use session::{Names, Role};
use teaching::{Attended, Evidence, Span, Window, attended};

use super::names::names;
use super::receipt_watch::span_of;
use super::sessions::{seconds, word};
use super::{Store, StoreError};
use crate::receipt::Share;

/// Receipts that are read at a time.
const PIECE: usize = 2_000;
/// Most receipts of one class that are looked at: twelve hours of fifty people are 216,000. What is behind them is not known.
const RECEIPTS_MAX: usize = 250_000;

/// A place of a class: a site with a classroom in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassPlace {
    pub(crate) site_id: String,
    pub(crate) names: Names,
    /// Those who are the classroom in it, with what they are called.
    pub(crate) classrooms: Vec<(String, Names)>,
}

/// Who is where in a class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClassPlaces {
    /// In the order of the participants.
    pub(crate) places: Vec<ClassPlace>,
    /// Who gives it, and at which site.
    pub(crate) lead: Option<(String, Names, String)>,
}

impl ClassPlaces {
    /// The place of this site.
    pub(crate) fn place(&self, site_id: &str) -> Option<&ClassPlace> {
        self.places.iter().find(|place| place.site_id == site_id)
    }
}

/// What receipts of a class tell, by place.
#[derive(Debug, Default)]
pub(super) struct ClassReceipts {
    lead: Vec<Span>,
    windows: BTreeMap<String, Vec<Window>>,
    watched: Vec<Span>,
}

/// The part of a receipt by which attendance is told.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    told: bool,
    sound: Share,
}

impl Store {
    /// The places of a class and who gives it.
    pub(crate) async fn class_places(&self, session_id: &str) -> Result<ClassPlaces, StoreError> {
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "SELECT participant.role, person_id, person.names, organization.id, organization.names
             FROM participant JOIN person ON person.id = person_id JOIN organization ON organization.id = organization_id
             WHERE session_id = $1 ORDER BY position",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let mut found = ClassPlaces::default();
        for (role, person_id, person_names, site_id, site_names) in rows {
            let who = (person_id, names(&person_names)?);
            match word(&role)? {
                Role::LeadTeacher => found.lead = Some((who.0, who.1, site_id)),
                Role::Classroom => {
                    let there = found.places.iter_mut().find(|place| place.site_id == site_id);
                    match there {
                        Some(place) => place.classrooms.push(who),
                        None => found.places.push(ClassPlace {
                            site_id,
                            names: names(&site_names)?,
                            classrooms: vec![who],
                        }),
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The receipts of a class within its planned time, by place. A device of a place is at that place, and one at the site of the
    /// lead teacher stands for the lead.
    pub(super) async fn class_receipts(
        &self,
        (session_id, planned): (&str, Interval),
        places: &ClassPlaces,
    ) -> Result<ClassReceipts, StoreError> {
        let devices = self.device_sites(session_id).await?;
        let mut found =
            ClassReceipts { watched: self.watched(planned).await?, ..ClassReceipts::default() };
        let mut after = 0;
        for _ in 0..RECEIPTS_MAX / PIECE {
            let rows: Vec<(i64, String, i64, i64, String)> = sqlx::query_as(
                "SELECT id, identity, from_ms, to_ms, body FROM receipt
                 WHERE session_id = $1 AND id > $2 AND from_ms < $3 AND to_ms > $4 ORDER BY id LIMIT $5",
            )
            .bind(session_id)
            .bind(after)
            .bind(seconds(planned.end())?.saturating_mul(1_000))
            .bind(seconds(planned.start())?.saturating_mul(1_000))
            .bind(i64::try_from(PIECE).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
            let last = rows.len() < PIECE;
            for (id, identity, from_ms, to_ms, body) in rows {
                after = id;
                let Some(span) = Span::new(from_ms.unsigned_abs(), to_ms.unsigned_abs()) else {
                    continue;
                };
                let of_device = devices.get(&identity).map(String::as_str);
                found.add(places, (&identity, of_device), span, &body)?;
            }
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// At which sites the devices are that have receipts of a session, by what they are called there.
    async fn device_sites(&self, session_id: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT 'device-' || device.id, organization_id
             FROM device JOIN terminal ON terminal.id = terminal_id JOIN room ON room.id = room_id
             WHERE 'device-' || device.id IN (SELECT identity FROM attendance WHERE session_id = $1)",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().collect())
    }
}

impl ClassReceipts {
    /// One receipt more: of somebody by identity, who is at a site if it is a device.
    fn add(
        &mut self,
        places: &ClassPlaces,
        (identity, of_device): (&str, Option<&str>),
        span: Span,
        body: &str,
    ) -> Result<(), StoreError> {
        // Whoever it is of: the gateway kept receipts then.
        self.watched.push(span);
        if let Some((lead, _, site)) = &places.lead
            && (lead == identity || of_device == Some(site.as_str()))
        {
            self.lead.push(span);
        }
        let is_classroom = |place: &&ClassPlace| {
            of_device == Some(place.site_id.as_str())
                || place.classrooms.iter().any(|(person, _)| person == identity)
        };
        let Some(place) = places.places.iter().find(is_classroom) else { return Ok(()) };
        let told: Told = serde_json::from_str(body)
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let unknown_s = if told.told { told.sound.unknown_s } else { u64::MAX };
        let window = Window {
            span,
            received_ms: told.sound.received_s.saturating_mul(1_000),
            unknown_ms: unknown_s.saturating_mul(1_000),
        };
        self.windows.entry(place.site_id.clone()).or_default().push(window);
        Ok(())
    }

    /// What the place of this site was in the class.
    pub(super) fn attended(
        &self,
        planned: Interval,
        site_id: &str,
    ) -> Result<Attended, StoreError> {
        let windows = self.windows.get(site_id).map_or(&[][..], Vec::as_slice);
        let planned = span_of(planned)?;
        let Self { lead, watched, .. } = self;
        Ok(attended(&Evidence { planned, lead, windows, watched }))
    }
}
