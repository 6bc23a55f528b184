//! Steps by which people are reminded: which are due, who hands them over, and how far each ladder is.

use booking::UnixS;
use reminding::Channel;
use session::{Kind, Names};

use super::durable::Change;
use super::mail_outbox::SettledMail;
use super::names::{names, names_if, one_name};
use super::sessions::{point, seconds, word};
use super::{Store, StoreError};

/// Steps of one list at most: one site has no more in two days.
pub(crate) const REMINDERS_LISTED_MAX: usize = 2_000;
/// How long after its session a step is kept, seconds.
const KEPT_S: u64 = 30 * 86_400;

/// One step of somebody's ladder, with what it says.
#[derive(Debug, Clone)]
pub(crate) struct Reminder {
    /// The key under which its message is handed over.
    pub(crate) id: String,
    pub(crate) session_id: String,
    pub(crate) kind: Kind,
    pub(crate) starts: UnixS,
    /// Of the register, or `guest-` and the id of a guest.
    pub(crate) person_id: String,
    pub(crate) names: Names,
    pub(crate) site_id: String,
    pub(crate) site_names: Names,
    /// The room at that site, if one is booked there.
    pub(crate) room_names: Option<Names>,
    pub(crate) channel: Channel,
    pub(crate) due: UnixS,
    /// `waiting`, `handed`, `acknowledged` or `dropped`.
    pub(crate) state: String,
    /// Why it was dropped, if it was.
    pub(crate) why: Option<String>,
    pub(crate) phone: Option<String>,
    /// When the person answered or was told, by whom, and `self`, `in_person` or `by_phone`.
    pub(crate) answer: Option<(UnixS, String, String)>,
}

/// A step whose time has come.
#[derive(Debug, Clone)]
pub(crate) struct DueReminder {
    pub(crate) reminder: Reminder,
    /// `zh` or `en`.
    pub(crate) language: String,
    /// Where mails go, if the person has an address and wants them.
    pub(crate) mail: Option<String>,
}

/// How many steps wait, and whether one of them is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReminderSum {
    pub(crate) waiting: i64,
    pub(crate) due: bool,
}

/// Which steps are listed: of sessions that are to be, as they are now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WhichReminders<'a> {
    /// Of the people and guests of a site, from one point in time on and before another.
    Site(&'a str, UnixS, UnixS),
    /// Notices on a person's own page of what begins after this.
    Person(&'a str, UnixS),
    /// Who has not answered in time, of sessions that this person booked and that begin after this.
    Booker(&'a str, UnixS),
}

#[derive(sqlx::FromRow)]
struct ReminderRow {
    id: String,
    session_id: String,
    kind: String,
    starts_s: i64,
    person_id: String,
    person_names: Option<String>,
    guest_name: Option<String>,
    site_id: String,
    site_names: String,
    room_names: Option<String>,
    channel: String,
    due_s: i64,
    state: String,
    why: Option<String>,
    phone: Option<String>,
    language: Option<String>,
    mail: Option<String>,
    answered_s: Option<i64>,
    answered_by: Option<String>,
    how: Option<String>,
}

impl ReminderRow {
    fn due(self) -> Result<DueReminder, StoreError> {
        let called = match (names_if(self.person_names)?, self.guest_name) {
            (Some(names), _) => names,
            (None, Some(name)) => one_name(name)?,
            (None, None) => one_name(self.person_id.clone())?,
        };
        let answer = self.answered_s.zip(self.answered_by).zip(self.how);
        let answer = answer.map(|((at_s, by), how)| Ok::<_, StoreError>((point(at_s)?, by, how)));
        let channel = self.channel.parse().map_err(|reminding::UnknownChannel(word)| {
            StoreError::Unreadable(format!("`{word}` is no channel"))
        })?;
        let reminder = Reminder {
            id: self.id,
            session_id: self.session_id,
            kind: word(&self.kind)?,
            starts: point(self.starts_s)?,
            person_id: self.person_id,
            names: called,
            site_id: self.site_id,
            site_names: names(&self.site_names)?,
            room_names: names_if(self.room_names)?,
            channel,
            due: point(self.due_s)?,
            state: self.state,
            why: self.why,
            phone: self.phone,
            answer: answer.transpose()?,
        };
        let language = self.language.unwrap_or_else(|| "zh".to_owned());
        Ok(DueReminder { reminder, language, mail: self.mail })
    }
}

/// Steps by a condition; one text each, as the store takes no text that is put together at run time.
macro_rules! reminders_by {
    ($condition:literal) => {
        concat!(
            "SELECT r.id, r.session_id, s.kind, r.starts_s, r.person_id, p.names AS person_names, g.name AS guest_name,
                    r.site_id, o.names AS site_names,
                    (SELECT room.names FROM claim JOIN room ON room.id = claim.resource_id
                     WHERE claim.session_id = r.session_id AND claim.resource_kind = 'room'
                       AND room.organization_id = r.site_id ORDER BY claim.id LIMIT 1) AS room_names,
                    r.channel, r.due_s, r.state, r.why, w.phone, p.mail_language AS language,
                    CASE WHEN p.mail_wanted = 1 AND p.retired_s IS NULL THEN p.mail END AS mail,
                    a.at_s AS answered_s, a.by_id AS answered_by, a.how
             FROM reminder r JOIN session s ON s.id = r.session_id JOIN organization o ON o.id = r.site_id
             LEFT JOIN person p ON p.id = r.person_id LEFT JOIN guest g ON g.session_id = r.session_id AND 'guest-' || g.id = r.person_id
             LEFT JOIN reminder_wish w ON w.person_id = r.person_id
             LEFT JOIN reminder_answer a ON a.session_id = r.session_id AND a.generation = r.generation
                AND a.person_id = r.person_id
             WHERE ",
            $condition
        )
    };
}

impl Store {
    /// How many steps wait, of people who have not answered.
    pub(crate) async fn reminders_waiting(&self, now: UnixS) -> Result<ReminderSum, StoreError> {
        let (waiting, due): (i64, i64) = sqlx::query_as(
            "SELECT count(*), CAST(coalesce(sum(CASE WHEN due_s <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM reminder r WHERE state = 'waiting' AND NOT EXISTS (
                 SELECT 1 FROM reminder_answer a WHERE a.session_id = r.session_id AND a.generation = r.generation
                    AND a.person_id = r.person_id)",
        )
        .bind(seconds(now)?)
        .fetch_one(&self.readers)
        .await?;
        Ok(ReminderSum { waiting, due: due > 0 })
    }

    /// Steps whose time has come, earliest first, at most `most`.
    pub(crate) async fn due_reminders(
        &self,
        now: UnixS,
        most: i64,
    ) -> Result<Vec<DueReminder>, StoreError> {
        let rows: Vec<ReminderRow> = sqlx::query_as(reminders_by!(
            "r.state = 'waiting' AND r.due_s <= $1 AND a.at_s IS NULL ORDER BY r.due_s, r.id LIMIT $2"
        ))
        .bind(seconds(now)?)
        .bind(most)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ReminderRow::due).collect()
    }

    /// The steps of these, in the order of starts, sessions, people and ladders, at most 2,000.
    pub(crate) async fn reminders(
        &self,
        which: WhichReminders<'_>,
    ) -> Result<Vec<Reminder>, StoreError> {
        let (text, id, from, until) = match which {
            WhichReminders::Site(id, from, until) => (
                reminders_by!(
                    "r.site_id = $1 AND r.starts_s >= $2 AND r.starts_s < $3 AND s.state = 'scheduled'
                       AND (r.why IS NULL OR r.why NOT IN ('left', 'moved'))
                       AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
                     ORDER BY r.starts_s, r.session_id, r.person_id, r.rung LIMIT $4"
                ),
                id,
                from,
                until,
            ),
            WhichReminders::Person(id, now) => (
                reminders_by!(
                    "r.person_id = $1 AND r.starts_s >= $2 AND r.starts_s < $3 AND s.state = 'scheduled'
                       AND r.channel = 'app' AND r.state = 'handed' AND r.why IS NULL
                       AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
                     ORDER BY r.starts_s, r.session_id LIMIT $4"
                ),
                id,
                now,
                UnixS(i64::MAX.unsigned_abs()),
            ),
            WhichReminders::Booker(id, now) => (
                reminders_by!(
                    "s.booked_by = $1 AND s.starts_s >= $2 AND r.starts_s < $3 AND s.state = 'scheduled'
                       AND r.channel = 'booker' AND r.state = 'handed' AND r.why IS NULL
                       AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
                     ORDER BY r.starts_s, r.session_id, r.person_id LIMIT $4"
                ),
                id,
                now,
                UnixS(i64::MAX.unsigned_abs()),
            ),
        };
        let rows: Vec<ReminderRow> = sqlx::query_as(text)
            .bind(id)
            .bind(seconds(from)?)
            .bind(seconds(until)?)
            .bind(i64::try_from(REMINDERS_LISTED_MAX).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(|row| Ok(row.due()?.reminder)).collect()
    }

    /// Whether the own page of this person has a reminder to show, or somebody who has not answered.
    pub(crate) async fn is_reminded(
        &self,
        person_id: &str,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        let found: i64 = sqlx::query_scalar(
            // Two questions, so that each has its own index: by the person, and by who booked.
            "SELECT CASE WHEN EXISTS (
                SELECT 1 FROM reminder r JOIN session s ON s.id = r.session_id
                WHERE r.person_id = $1 AND r.starts_s >= $2 AND r.channel = 'app' AND r.state = 'handed' AND r.why IS NULL
                  AND s.state = 'scheduled'
                  AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
             ) OR EXISTS (
                SELECT 1 FROM session s JOIN reminder r ON r.session_id = s.id
                WHERE s.booked_by = $1 AND s.starts_s >= $2 AND s.state = 'scheduled'
                  AND r.starts_s >= $2 AND r.channel = 'booker' AND r.state = 'handed' AND r.why IS NULL
                  AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
             ) THEN 1 ELSE 0 END",
        )
        .bind(person_id)
        .bind(seconds(now)?)
        .fetch_one(&self.readers)
        .await?;
        Ok(found != 0)
    }

    /// Begins to hand a step over: it is marked so in a change that whoever hands it over commits. None if it waits no more,
    /// as its person has answered, or its session is cancelled, or another program has handed it over.
    pub(crate) async fn hand_reminder(
        &self,
        id: &str,
        now: UnixS,
    ) -> Result<Option<Handing>, StoreError> {
        let mut change = self.change().await?;
        let handed = sqlx::query(
            "UPDATE reminder SET state = 'handed', at_s = $1 WHERE id = $2 AND state = 'waiting'
               AND NOT EXISTS (SELECT 1 FROM reminder_answer a WHERE a.session_id = reminder.session_id
                   AND a.generation = reminder.generation AND a.person_id = reminder.person_id)",
        )
        .bind(seconds(now)?)
        .bind(id)
        .execute(&mut *change)
        .await?;
        Ok((handed.rows_affected() > 0).then(|| Handing { change, id: id.to_owned() }))
    }

    /// Forgets steps and answers of sessions that began 30 days ago.
    pub(crate) async fn forget_reminders(&self, now: UnixS) -> Result<(), StoreError> {
        let until_s = seconds(now.minus(KEPT_S))?;
        let old: Option<String> =
            sqlx::query_scalar("SELECT id FROM reminder WHERE starts_s < $1 LIMIT 1")
                .bind(until_s)
                .fetch_optional(&self.readers)
                .await?;
        if old.is_none() {
            return Ok(());
        }
        let mut change = self.change().await?;
        for text in [
            "DELETE FROM reminder_answer WHERE EXISTS (SELECT 1 FROM reminder r WHERE r.session_id = reminder_answer.session_id
                 AND r.generation = reminder_answer.generation AND r.starts_s < $1)",
            "DELETE FROM mail_told WHERE subject_id IN (SELECT id FROM reminder WHERE starts_s < $1)",
            "DELETE FROM reminder WHERE starts_s < $1",
        ] {
            sqlx::query(text).bind(until_s).execute(&mut *change).await?;
        }
        Ok(change.commit().await?)
    }
}

/// A step that is being handed over. Nothing of its session changes meanwhile; dropped without [`done`](Self::done) it waits on.
#[derive(Debug)]
pub(crate) struct Handing {
    change: Change,
    id: String,
}

impl Handing {
    /// It is handed over.
    pub(crate) async fn done(self) -> Result<(), StoreError> {
        Ok(self.change.commit().await?)
    }

    /// It is tried again at `due`.
    pub(crate) async fn put_off(mut self, due: UnixS) -> Result<(), StoreError> {
        sqlx::query("UPDATE reminder SET state = 'waiting', at_s = NULL, due_s = $1 WHERE id = $2")
            .bind(seconds(due)?)
            .bind(&self.id)
            .execute(&mut *self.change)
            .await?;
        self.done().await
    }

    /// It is not tried again: `refused`, or `too_late`.
    pub(crate) async fn drop_for(mut self, why: &'static str) -> Result<(), StoreError> {
        sqlx::query("UPDATE reminder SET state = 'dropped', why = $1 WHERE id = $2")
            .bind(why)
            .bind(&self.id)
            .execute(&mut *self.change)
            .await?;
        self.done().await
    }

    /// Puts a mail into the outbox in the same change, under the key of the step; false if as many mails wait as may.
    pub(crate) async fn queue_mail(
        &mut self,
        person_id: &str,
        mail: &SettledMail,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        let queued = sqlx::query(
            "INSERT INTO mail_outbox (id, subject_kind, subject_id, person_id, queued_s, due_s, recipient, message)
             SELECT CAST($1 AS TEXT), 'session', CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($3 AS BIGINT),
                    CAST($4 AS TEXT), CAST($5 AS TEXT)
             FROM mail_sender WHERE id = 1 AND waiting_max > (SELECT count(*) FROM mail_outbox)",
        )
        .bind(&self.id)
        .bind(person_id)
        .bind(seconds(now)?)
        .bind(&mail.recipient)
        .bind(&mail.message)
        .execute(&mut *self.change)
        .await?;
        Ok(queued.rows_affected() > 0)
    }
}
