//! What happened to sessions: every booking, change and cancellation, with who, when and why. Events are only ever added,
//! in the transaction of what they tell.

use std::collections::BTreeSet;

use booking::UnixS;
use serde::{Deserialize, Serialize};
use session::{Kind, Names, Role};

use super::mail_queue::{self, News};
use super::names::names_if;
use super::reminder_ladders::{self, Reminded, Turn};
use super::sessions::{point, seconds, word};
use super::texts::placeholders;
use super::wanted::KEPT_MAX;
use super::{Connection, Part, Session, Store, StoreError};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Booked,
    Changed,
    Cancelled,
}

impl EventKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(word: &str) -> Result<Self, StoreError> {
        let all = [Self::Booked, Self::Changed, Self::Cancelled];
        let found = all.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| StoreError::Unreadable(format!("`{word}` is no kind of event")))
    }
}

/// Who does something to a session, when and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) by: &'a str,
    pub(crate) at: UnixS,
    pub(crate) reason: Option<&'a str>,
}

/// What is agreed of a session, and can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) title: String,
    /// Seconds since 1970.
    pub(crate) starts_s: u64,
    pub(crate) ends_s: u64,
    pub(crate) recording: bool,
    pub(crate) rooms: Vec<String>,
    /// None of what was kept before terminals could be booked.
    #[serde(default)]
    pub(crate) terminals: Vec<String>,
    pub(crate) participants: Vec<Part>,
    /// When whoever led it ended it for all, seconds since 1970; none of what nobody ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_s: Option<u64>,
}

impl Terms {
    pub(crate) fn of(session: &Session) -> Self {
        let part = |it: &super::Attendee| Part {
            person_id: it.person_id.clone(),
            role: it.role,
            interprets: it.interprets.clone(),
        };
        Self {
            title: session.title.clone(),
            starts_s: session.interval.start().0,
            ends_s: session.interval.end().0,
            recording: session.recording,
            rooms: session.rooms.iter().map(|room| room.id.clone()).collect(),
            terminals: session.terminals.iter().map(|it| it.id.clone()).collect(),
            participants: session.attendees.iter().map(part).collect(),
            ended_s: session.ended.map(|it| it.0),
        }
    }

    /// Whether people would find the session the same in their calendars.
    fn reads_as(&self, other: &Self) -> bool {
        Self { recording: other.recording, ended_s: other.ended_s, ..self.clone() } == *other
    }

    /// Whether people are to come at another time or place.
    fn moved_from(&self, before: &Self) -> bool {
        (self.starts_s, self.ends_s) != (before.starts_s, before.ends_s)
            || self.rooms != before.rooms
    }

    fn people(&self) -> BTreeSet<&str> {
        self.participants.iter().map(|it| it.person_id.as_str()).collect()
    }

    /// What this person is in it, if anything.
    pub(crate) fn role_of(&self, person_id: &str) -> Option<Role> {
        self.participants.iter().find(|it| it.person_id == person_id).map(|it| it.role)
    }
}

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Grows by one from event to event of the whole store.
    pub(crate) number: i64,
    pub(crate) session_id: String,
    pub(crate) session_kind: Kind,
    /// The version of the session that it made.
    pub(crate) version: i64,
    pub(crate) kind: EventKind,
    pub(crate) at: UnixS,
    pub(crate) by_id: String,
    /// What the person is called; none if a part of the scheduler did it.
    pub(crate) by_names: Option<Names>,
    pub(crate) reason: Option<String>,
    /// Why it went against the hours of somebody or something, if it did.
    pub(crate) override_reason: Option<String>,
    pub(crate) before: Option<Terms>,
    pub(crate) after: Option<Terms>,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    number: i64,
    session_id: String,
    session_kind: String,
    version: i64,
    kind: String,
    at_s: i64,
    by_id: String,
    by_names: Option<String>,
    reason: Option<String>,
    override_reason: Option<String>,
    was: Option<String>,
    became: Option<String>,
}

impl EventRow {
    fn event(self) -> Result<Event, StoreError> {
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|error| StoreError::Unreadable(error.to_string()))
        };
        Ok(Event {
            number: self.number,
            session_id: self.session_id,
            session_kind: word(&self.session_kind)?,
            version: self.version,
            kind: EventKind::of(&self.kind)?,
            at: point(self.at_s)?,
            by_id: self.by_id,
            by_names: names_if(self.by_names)?,
            reason: self.reason,
            override_reason: self.override_reason,
            before: self.was.map(read).transpose()?,
            after: self.became.map(read).transpose()?,
        })
    }
}

/// Adds an event of `session`, as it is after what was done; the series that it stands in grows in version with it. `number` is taken last of all that the transaction writes, as
/// it holds up others who write.
pub(super) async fn append(
    change: &mut Connection,
    session: &Session,
    kind: EventKind,
    (before, after): (Option<&Terms>, Option<&Terms>),
    act: &Act<'_>,
) -> Result<(), StoreError> {
    // One that was just booked may stand in a series already, which it does not know.
    if session.series_id.is_some() || kind == EventKind::Booked {
        sqlx::query(
            "UPDATE series SET version = version + 1 WHERE id IN
                (SELECT series_id FROM occurrence WHERE session_id = $1 OR made_up_by = $1)",
        )
        .bind(&session.id)
        .execute(&mut *change)
        .await?;
    }
    let people = [before, after].into_iter().flatten().flat_map(|terms| &terms.participants);
    let people: BTreeSet<&str> = people.map(|it| it.person_id.as_str()).collect();
    if !before.zip(after).is_some_and(|(before, after)| before.reads_as(after)) {
        let news = News { session_id: &session.id, at: act.at, reason: act.reason };
        mail_queue::queue(change, &people, &news).await?;
    }
    remind(change, session, (before, after), act.at).await?;
    let number: i64 = sqlx::query_scalar(
        "UPDATE event_counter SET latest = latest + 1 WHERE id = 1 RETURNING latest",
    )
    .fetch_one(&mut *change)
    .await?;
    let text = |terms: Option<&Terms>| {
        terms
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    };
    sqlx::query(
        "INSERT INTO session_event (number, session_id, version, kind, at_s, by_id, reason, was, became)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(number)
    .bind(&session.id)
    .bind(session.version)
    .bind(kind.as_str())
    .bind(seconds(act.at)?)
    .bind(act.by)
    .bind(act.reason)
    .bind(text(before)?)
    .bind(text(after)?)
    .execute(&mut *change)
    .await?;
    concern(change, number, kind, (before, after), people).await
}

/// Brings the steps by which people are reminded in line with what is agreed now.
async fn remind(
    change: &mut Connection,
    session: &Session,
    (before, after): (Option<&Terms>, Option<&Terms>),
    at: UnixS,
) -> Result<(), StoreError> {
    let turn = Turn {
        before: before.map(Terms::people),
        after: after.map(Terms::people),
        moved: before.zip(after).is_some_and(|(before, after)| after.moved_from(before)),
    };
    let (session_id, version) = (session.id.as_str(), session.version);
    let reminded = Reminded { session_id, version, starts: session.interval.start(), at };
    reminder_ladders::turn(change, &reminded, &turn).await
}

/// Notes whom an event concerns.
async fn concern(
    change: &mut Connection,
    number: i64,
    kind: EventKind,
    (before, after): (Option<&Terms>, Option<&Terms>),
    people: BTreeSet<&str>,
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let mut insert = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO session_event_person (person_id, number, tokens_ended) VALUES {}",
        placeholders(1, people.len(), 3)
    )))
    .persistent(people.len() <= KEPT_MAX);
    for person in people {
        let role = |terms: Option<&Terms>| terms.and_then(|terms| terms.role_of(person));
        // A cancelled session's room is closed to everybody.
        let ended = kind == EventKind::Changed
            && role(before).is_some_and(|held| role(after) != Some(held));
        insert = insert.bind(person).bind(number).bind(i64::from(ended));
    }
    insert.execute(&mut *change).await?;
    Ok(())
}

/// Events by a condition; one text each, as the store takes no text that is put together at run time.
macro_rules! events_by {
    ($from:literal, $condition:literal) => {
        concat!(
            "SELECT e.number, e.session_id, s.kind AS session_kind, e.version, e.kind, e.at_s, e.by_id,
                    p.names AS by_names, e.reason, o.reason AS override_reason, e.was, e.became
             FROM ",
            $from,
            " JOIN session s ON s.id = e.session_id LEFT JOIN person p ON p.id = e.by_id
             LEFT JOIN session_override o ON o.session_id = e.session_id AND o.version = e.version WHERE ",
            $condition
        )
    };
}

/// Which events are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    All,
    /// Those that concern this person.
    OfPerson(&'a str),
    OfSession(&'a str),
}

impl Store {
    /// The events after the one of this number, in their order, at most `most`.
    pub(crate) async fn events_after(
        &self,
        which: Which<'_>,
        number: i64,
        most: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let ticket = self.durable.ticket().await?;
        let (text, subject) = match which {
            Which::All => (
                events_by!(
                    "session_event e",
                    "e.number > $1 AND $3 = '' ORDER BY e.number LIMIT $2"
                ),
                "",
            ),
            Which::OfPerson(id) => (
                events_by!(
                    "session_event_person c JOIN session_event e ON e.number = c.number",
                    "c.person_id = $3 AND c.number > $1 ORDER BY c.number LIMIT $2"
                ),
                id,
            ),
            Which::OfSession(id) => (
                events_by!(
                    "session_event e",
                    "e.session_id = $3 AND e.number > $1 ORDER BY e.number LIMIT $2"
                ),
                id,
            ),
        };
        let rows: Vec<EventRow> = sqlx::query_as(text)
            .bind(number)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .bind(subject)
            .fetch_all(&self.readers)
            .await?;
        if !rows.is_empty() {
            self.keep_told(ticket).await?;
        }
        rows.into_iter().map(EventRow::event).collect()
    }

    /// Changes and cancellations since `since` that concern this person and were made by others, latest first, at most `most`.
    pub(crate) async fn news_of(
        &self,
        person_id: &str,
        since: UnixS,
        most: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(events_by!(
            "session_event_person c JOIN session_event e ON e.number = c.number",
            "c.person_id = $1 AND e.at_s >= $2 AND e.kind <> 'booked' AND e.by_id <> $1
             ORDER BY c.number DESC LIMIT $3"
        ))
        .bind(person_id)
        .bind(seconds(since)?)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(EventRow::event).collect()
    }

    /// The number of the latest event, 0 before the first.
    pub(crate) async fn latest_event(&self) -> Result<i64, StoreError> {
        let ticket = self.durable.ticket().await?;
        let latest = sqlx::query_scalar("SELECT latest FROM event_counter WHERE id = 1")
            .fetch_one(&self.readers)
            .await?;
        self.keep_told(ticket).await?;
        Ok(latest)
    }

    /// Whose room tokens of a session hold no more, with the last second of those tokens.
    pub(crate) async fn tokens_ended(
        &self,
        session_id: &str,
    ) -> Result<Vec<(String, UnixS)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT c.person_id, max(e.at_s) FROM session_event e
             JOIN session_event_person c ON c.number = e.number
             WHERE e.session_id = $1 AND c.tokens_ended = 1 GROUP BY c.person_id ORDER BY c.person_id",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|(person_id, at_s)| Ok((person_id, point(at_s)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use booking::Interval;

    use super::*;
    use crate::config::DatabaseUrl;
    use crate::demo;

    #[tokio::test]
    async fn events_are_only_added_and_numbered_without_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let now = UnixS(1_795_392_000);
        demo::load(&store, now).await.unwrap();
        let numbers = async || {
            let found = store.events_after(Which::All, 0, 100).await.unwrap();
            found.iter().map(|event| event.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers().await, [1, 2]);
        for text in [
            "UPDATE session_event SET by_id = 'nobody'",
            "DELETE FROM session_event",
            "UPDATE session_event_person SET tokens_ended = 1",
            "DELETE FROM session_event_person",
        ] {
            let refused = sqlx::query(text).execute(&store.writer).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{text}: {refused}");
        }
        // A change that does not come about leaves neither its event nor its number.
        let day = Interval::new(now, now.plus(3_600)).unwrap();
        let session = store.sessions_during(day, None, None).await.unwrap().0.pop().unwrap();
        let mut change = store.change().await.unwrap();
        let act = Act { by: "scheduler", at: now, reason: None };
        let terms = Terms::of(&session);
        let next = Session { version: 2, ..session.clone() };
        let became = (Some(&terms), None);
        append(&mut change, &next, EventKind::Cancelled, became, &act).await.unwrap();
        change.rollback().await.unwrap();
        assert_eq!((numbers().await, store.latest_event().await.unwrap()), (vec![1, 2], 2));
        store.cancel(&session.id, |_| true, &act).await.unwrap();
        assert_eq!(numbers().await, [1, 2, 3]);
    }
}
