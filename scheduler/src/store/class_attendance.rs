//! What the places of classes were, and how that is settled before the receipts go by which it is told.

use std::collections::BTreeMap;

use booking::{Interval, UnixS};
use session::Kind;
use teaching::{Attendance, Attended};

use super::cases::count;
use super::class_places::ClassPlaces;
use super::sessions::{interval, seconds, word};
use super::{Store, StoreError};

/// A class is settled so long after its end, seconds: receipts that wait at a gateway that is away may come until then, and they
/// are kept for 30 days.
const SETTLED_AFTER_S: u64 = 7 * 86_400;
/// Of what was so long ago no receipts are left, seconds.
const SETTLED_WITHIN_S: u64 = 30 * 86_400;
/// Classes that are settled at a time; the rest the next time.
const CLASSES_MAX: i64 = 20;

/// What a place was in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlaceAttendance {
    pub(crate) attendance: Attendance,
    /// Within the planned time: received, not known of, and all of it.
    pub(crate) received_ms: u64,
    pub(crate) unknown_ms: u64,
    pub(crate) planned_ms: u64,
}

impl From<Attended> for PlaceAttendance {
    fn from(of: Attended) -> Self {
        let Attended { attendance, received_ms, unknown_ms, planned_ms, .. } = of;
        Self { attendance, received_ms, unknown_ms, planned_ms }
    }
}

impl Store {
    /// What each place was in a class, in the order of the places: as it was settled, or else by the receipts that there are.
    pub(crate) async fn class_attendance(
        &self,
        (session_id, planned): (&str, Interval),
        places: &ClassPlaces,
    ) -> Result<Vec<PlaceAttendance>, StoreError> {
        let settled = self.settled_attendance(session_id).await?;
        let of_all = |site_id: &String| settled.contains_key(site_id);
        let mut told = Vec::with_capacity(places.places.len());
        if places.places.iter().map(|place| &place.site_id).all(of_all) {
            told.extend(places.places.iter().filter_map(|place| settled.get(&place.site_id)));
            return Ok(told);
        }
        let receipts = self.class_receipts((session_id, planned), places).await?;
        for place in &places.places {
            told.push(match settled.get(&place.site_id) {
                Some(settled) => *settled,
                None => receipts.attended(planned, &place.site_id)?.into(),
            });
        }
        Ok(told)
    }

    /// What was settled of a class, by site.
    async fn settled_attendance(
        &self,
        session_id: &str,
    ) -> Result<BTreeMap<String, PlaceAttendance>, StoreError> {
        let rows: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT site_id, attendance, received_ms, unknown_ms, planned_ms FROM class_attendance WHERE session_id = $1",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let read = |(site_id, attendance, received, unknown, planned): (_, String, _, _, _)| {
            let attendance = word(&attendance)?;
            let (received_ms, unknown_ms) = (count(received)?, count(unknown)?);
            let planned_ms = count(planned)?;
            Ok((site_id, PlaceAttendance { attendance, received_ms, unknown_ms, planned_ms }))
        };
        rows.into_iter().map(read).collect()
    }

    /// Settles classes that were over long enough ago, at most 20; how many.
    pub(crate) async fn settle_classes(&self, now: UnixS) -> Result<usize, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT id, starts_s, ends_s FROM session
             WHERE kind = $1 AND state <> 'cancelled' AND starts_s >= $2 AND ends_s <= $3
                   AND NOT EXISTS (SELECT 1 FROM class_attendance WHERE session_id = session.id)
             ORDER BY starts_s LIMIT $4",
        )
        .bind(Kind::Class.as_str())
        .bind(seconds(now.minus(SETTLED_WITHIN_S))?)
        .bind(seconds(now.minus(SETTLED_AFTER_S))?)
        .bind(CLASSES_MAX)
        .fetch_all(&self.readers)
        .await?;
        let classes = rows.len();
        for (session_id, starts_s, ends_s) in rows {
            self.settle((&session_id, interval(starts_s, ends_s)?), now).await?;
        }
        Ok(classes)
    }

    async fn settle(&self, class: (&str, Interval), now: UnixS) -> Result<(), StoreError> {
        let places = self.class_places(class.0).await?;
        let told = self.class_attendance(class, &places).await?;
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        let mut change = self.change().await?;
        for (place, it) in places.places.iter().zip(told) {
            sqlx::query(
                "INSERT INTO class_attendance (session_id, site_id, attendance, received_ms, unknown_ms, planned_ms, settled_s)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (session_id, site_id) DO NOTHING",
            )
            .bind(class.0)
            .bind(&place.site_id)
            .bind(it.attendance.as_str())
            .bind(ms(it.received_ms))
            .bind(ms(it.unknown_ms))
            .bind(ms(it.planned_ms))
            .bind(seconds(now)?)
            .execute(&mut *change)
            .await?;
        }
        change.commit().await?;
        Ok(())
    }
}
