//! By what a person is reached, and which channels this county has.

use booking::UnixS;

use super::reminder_ladders::{Reminded, climb, climb_anew, guests_climb};
use super::sessions::{point, seconds};
use super::{Store, StoreError};

/// Sessions that get their ladders in one change, where none had one before.
const FILLED_AT_ONCE: i64 = 100;

/// Which channels this county has, and whose nights are quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReminderRules {
    /// IANA name.
    pub(crate) zone: String,
    pub(crate) mail: bool,
    pub(crate) sms: bool,
    pub(crate) voice: bool,
}

/// By what a person is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReachWish {
    /// Whether the person reads the own page.
    pub(crate) app: bool,
    pub(crate) phone: Option<String>,
    pub(crate) sms: bool,
    pub(crate) voice: bool,
}

impl Default for ReachWish {
    /// As long as nobody has said anything.
    fn default() -> Self {
        Self { app: true, phone: None, sms: true, voice: true }
    }
}

impl Store {
    /// Says by what people are reminded from now on. The first time, sessions that were booked before get their ladders.
    pub(crate) async fn set_reminder_rules(
        &self,
        rules: &ReminderRules,
        now: UnixS,
    ) -> Result<(), StoreError> {
        let there: (String, i64, i64, i64, i64) = sqlx::query_as(
            "SELECT zone, mail, sms, voice, filled FROM reminder_rules WHERE id = 1",
        )
        .fetch_one(&self.readers)
        .await?;
        let (mail, sms, voice) =
            (i64::from(rules.mail), i64::from(rules.sms), i64::from(rules.voice));
        // A start beside programs that write all the time does not wait for its turn to write nothing.
        if there == (rules.zone.clone(), mail, sms, voice, 1) {
            return Ok(());
        }
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE reminder_rules SET zone = $1, mail = $2, sms = $3, voice = $4 WHERE id = 1",
        )
        .bind(&rules.zone)
        .bind(mail)
        .bind(sms)
        .bind(voice)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        if there.4 == 0 { self.fill_ladders(now).await } else { Ok(()) }
    }

    /// Writes the ladders of sessions that were booked before there were any.
    async fn fill_ladders(&self, now: UnixS) -> Result<(), StoreError> {
        let mut last = String::new();
        loop {
            let mut change = self.change().await?;
            let found: Vec<(String, i64, i64)> = sqlx::query_as(
                "SELECT id, version, starts_s FROM session
                 WHERE state = 'scheduled' AND starts_s > $1 AND id > $2
                   AND NOT EXISTS (SELECT 1 FROM reminder WHERE reminder.session_id = session.id)
                 ORDER BY id LIMIT $3",
            )
            .bind(seconds(now)?)
            .bind(&last)
            .bind(FILLED_AT_ONCE)
            .fetch_all(&mut *change)
            .await?;
            let Some((end, ..)) = found.last() else {
                sqlx::query("UPDATE reminder_rules SET filled = 1 WHERE id = 1")
                    .execute(&mut *change)
                    .await?;
                return Ok(change.commit().await?);
            };
            last.clone_from(end);
            for (session_id, version, starts_s) in &found {
                let people: Vec<String> =
                    sqlx::query_scalar("SELECT person_id FROM participant WHERE session_id = $1")
                        .bind(session_id)
                        .fetch_all(&mut *change)
                        .await?;
                let people: Vec<&str> = people.iter().map(String::as_str).collect();
                let (version, starts) = (*version, point(*starts_s)?);
                let reminded = Reminded { session_id, version, starts, at: now };
                climb(&mut change, &reminded, version, &people).await?;
                guests_climb(&mut change, &reminded).await?;
            }
            change.commit().await?;
        }
    }

    /// By what this person is reached.
    pub(crate) async fn reach_wish(&self, person_id: &str) -> Result<ReachWish, StoreError> {
        let row: Option<(i64, Option<String>, i64, i64)> =
            sqlx::query_as("SELECT app, phone, sms, voice FROM reminder_wish WHERE person_id = $1")
                .bind(person_id)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map_or_else(ReachWish::default, |(app, phone, sms, voice)| ReachWish {
            app: app != 0,
            phone,
            sms: sms != 0,
            voice: voice != 0,
        }))
    }

    /// Says by what this person is reached, from then on and for what is booked already.
    pub(crate) async fn put_reach_wish(
        &self,
        person_id: &str,
        wish: &ReachWish,
        (by, now): (&str, UnixS),
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO reminder_wish (person_id, app, phone, sms, voice, by_id, at_s) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (person_id) DO UPDATE SET app = excluded.app, phone = excluded.phone, sms = excluded.sms,
                voice = excluded.voice, by_id = excluded.by_id, at_s = excluded.at_s",
        )
        .bind(person_id)
        .bind(i64::from(wish.app))
        .bind(wish.phone.as_deref())
        .bind(i64::from(wish.sms))
        .bind(i64::from(wish.voice))
        .bind(by)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        climb_anew(&mut change, person_id, now).await?;
        Ok(change.commit().await?)
    }
}
