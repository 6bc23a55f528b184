//! Attempts at bookings on the bare store, for the bench (`tests/bench/booking.rs`). No part of what the scheduler offers.

use std::path::Path;

use booking::{Interval, UnixS};
use session::{Kind, Role};

use crate::config::DatabaseUrl;
use crate::store::{BookError, Booked, LineTerms, NewSession, Part, Store};

/// An open store.
#[derive(Debug)]
pub struct Racer {
    store: Store,
}

impl Racer {
    /// Opens or makes the store in `database`, or if that is empty in `folder`.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub async fn open(folder: &Path, database: &DatabaseUrl) -> Result<Self, String> {
        let store = Store::open(folder, database).await.map_err(|error| error.to_string())?;
        Ok(Self { store })
    }

    /// Books a specialist, a village doctor and a room; `false` if one of them is taken. With `told` it is found out what is in
    /// the way, until when, and when all are free, as the API answers it.
    ///
    /// # Errors
    /// Why the store could not answer.
    pub async fn book(
        &self,
        (specialist, doctor, room): (usize, usize, usize),
        interval: Interval,
        told: bool,
    ) -> Result<bool, String> {
        let part = |person_id, role| Part { person_id, role, interprets: None };
        let new = NewSession {
            id: uuid::Uuid::now_v7().to_string(),
            kind: Kind::Consultation,
            title: "会诊".into(),
            interval,
            recording: false,
            rooms: vec![format!("room-{room}")],
            terminals: Vec::new(),
            participants: vec![
                part(format!("specialist-{specialist}"), Role::Specialist),
                part(format!("doctor-{doctor}"), Role::VillageDoctor),
            ],
            booked_by: "racer".into(),
            booked: UnixS(0),
            lines: LineTerms::default(),
            overrides: None,
            hold: None,
        };
        let attempt = || self.store.book(&new, None, |_| String::new());
        let done = match told {
            true => self.store.explained(&new, attempt).await,
            false => attempt().await,
        };
        match done {
            Ok(Booked::Made { .. } | Booked::Before { .. }) => Ok(true),
            Err(BookError::Taken | BookError::Clash(_)) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}
