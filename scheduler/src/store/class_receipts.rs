//! What the places of a class received: its receipts by place, or what was settled of them before they went.

use std::collections::BTreeMap;

use booking::Interval;
use serde::Deserialize;
use teaching::{Attended, Evidence, Span, Window, attended};

use super::class_places::{ClassPlace, ClassPlaces};
use super::receipt_watch::span_of;
use super::sessions::seconds;
use super::{Store, StoreError};
use crate::receipt::Share;

/// Receipts that are read at a time.
const PIECE: usize = 2_000;
/// Most receipts of one class that are looked at: twelve hours of fifty people are 216,000. What is behind them is not known.
const RECEIPTS_MAX: usize = 250_000;

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
    /// The receipts of a class within its planned time, by place. A device of a place is at that place; one at the site of the
    /// lead teacher stands for the lead, unless that site is a place itself.
    pub(super) async fn class_receipts(
        &self,
        (session_id, planned): (&str, Interval),
        places: &ClassPlaces,
    ) -> Result<ClassReceipts, StoreError> {
        let devices = self.device_sites(session_id).await?;
        let mut found =
            ClassReceipts { watched: self.watched(planned).await?, ..ClassReceipts::default() };
        let (mut after, mut told_until_ms) = (0, 0);
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
                (after, told_until_ms) = (id, to_ms.unsigned_abs());
                let Some(span) = Span::new(from_ms.unsigned_abs(), to_ms.unsigned_abs()) else {
                    continue;
                };
                let of_device = devices.get(&identity).map(String::as_str);
                found.add(places, (&identity, of_device), span, &body)?;
            }
            if last {
                return Ok(found);
            }
        }
        found.know_until(told_until_ms);
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
        if places.is_of_lead(identity, of_device) {
            self.lead.push(span);
        }
        let is_classroom = |place: &&ClassPlace| {
            of_device == Some(place.site_id.as_str()) || place.taught.contains(identity)
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

    /// Takes what is after this moment as not watched: receipts of it were left unread, so that who has none may have received.
    fn know_until(&mut self, until_ms: u64) {
        let known = Span::new(0, until_ms);
        let watched = std::mem::take(&mut self.watched);
        let within = |span: Span| known.and_then(|known| span.within(known));
        self.watched = watched.into_iter().filter_map(within).collect();
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

#[cfg(test)]
mod tests {
    use booking::UnixS;
    use teaching::Attendance;

    use super::*;

    #[test]
    fn what_was_left_unread_makes_nobody_absent() {
        let spans = |all: &[(u64, u64)]| {
            all.iter().filter_map(|(from, to)| Span::new(*from, *to)).collect::<Vec<_>>()
        };
        let planned = Interval::new(UnixS(1_000), UnixS(2_000)).unwrap();
        let mut told = ClassReceipts {
            lead: spans(&[(1_000_000, 1_500_000)]),
            watched: spans(&[(0, 1_200_000), (1_300_000, 3_000_000)]),
            ..ClassReceipts::default()
        };
        assert_eq!(told.attended(planned, "village").unwrap().attendance, Attendance::Absent);
        told.know_until(1_500_000);
        let it = told.attended(planned, "village").unwrap();
        assert_eq!((it.attendance, it.unknown_ms), (Attendance::Unknown, 500_000));
        told.know_until(0);
        assert_eq!(told.watched, []);
    }
}
