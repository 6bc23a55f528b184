//! What a person is to be told of a session or a series, and whether the person knows that already.

use booking::UnixS;
use calendar::{Attendance, Method};
use serde::{Deserialize, Serialize};
use session::{Names, Role};

use crate::kept_names;
use crate::store::{DueMail, MailTold, Series, Session, StoreError};

/// One time of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// When its series has it; of a session alone the same as `starts_s`. Seconds since 1970.
    pub(super) planned_s: u64,
    pub(super) starts_s: u64,
    pub(super) ends_s: u64,
    pub(super) title: String,
    #[serde(deserialize_with = "kept_names::list")]
    pub(super) rooms: Vec<Names>,
}

/// What is agreed, as far as the person takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agreed {
    /// By the time at which the series has them; empty: the person does not take part.
    pub(super) parts: Vec<Part>,
    /// Everybody in it, once.
    #[serde(deserialize_with = "kept_names::list")]
    pub(super) people: Vec<Names>,
    /// Whether it goes without this person.
    pub(super) optional: bool,
}

/// A series as the calendar part needs it.
#[derive(Debug, Clone)]
pub(super) struct InSeries {
    pub(super) time_zone: String,
    pub(super) rule: String,
    /// When the series has its occurrences, those too that this person is not in, seconds since 1970.
    pub(super) planned_s: Vec<u64>,
}

/// What there is to tell.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    pub(super) method: Method,
    pub(super) uid: String,
    pub(super) sequence: i64,
    /// What holds now; of an end what held.
    pub(super) agreed: Agreed,
    /// What the person was told before, if that still held until now.
    pub(super) before: Option<Agreed>,
    pub(super) series: Option<InSeries>,
    /// The session whose page the link opens.
    pub(super) session_id: Option<String>,
}

/// How things stand: what is read of the store for one person.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    uid: String,
    sequence: i64,
    agreed: Agreed,
    series: Option<InSeries>,
    /// Sessions by their ends.
    sessions: Vec<(UnixS, String)>,
}

impl Standing {
    /// Of a session alone.
    pub(super) fn of_session(session: &Session, person_id: &str) -> Self {
        let open = !session.cancelled && session.attendee(person_id).is_some();
        let start = session.interval.start();
        let own: Vec<(UnixS, &Session)> = open.then_some((start, session)).into_iter().collect();
        Self::new(&session.id, session.version, &own, person_id, None)
    }

    /// Of a series with the sessions that stand for its occurrences.
    pub(super) fn of_series(series: &Series, sessions: &[Session], person_id: &str) -> Self {
        let standing = series.occurrences.iter().filter_map(|occurrence| {
            let (id, _) = occurrence.session.as_ref()?;
            let session = sessions.iter().find(|it| it.id == *id)?;
            session.attendee(person_id)?;
            Some((occurrence.interval.start(), session))
        });
        let own: Vec<(UnixS, &Session)> = standing.collect();
        let planned = series.occurrences.iter().map(|it| it.interval.start().0);
        let in_series = InSeries {
            time_zone: series.time_zone.clone(),
            rule: series.rule.clone(),
            planned_s: planned.collect(),
        };
        Self::new(&series.id, series.version, &own, person_id, Some(in_series))
    }

    fn new(
        id: &str,
        version: i64,
        own: &[(UnixS, &Session)],
        person_id: &str,
        series: Option<InSeries>,
    ) -> Self {
        let mut people: Vec<Names> = Vec::new();
        let mut optional = true;
        for attendee in own.iter().flat_map(|(_, session)| &session.attendees) {
            if !people.contains(&attendee.names) {
                people.push(attendee.names.clone());
            }
            optional &= attendee.person_id != person_id || attendee.role == Role::Observer;
        }
        let part = |(planned, session): &(UnixS, &Session)| Part {
            planned_s: planned.0,
            starts_s: session.interval.start().0,
            ends_s: session.interval.end().0,
            title: session.title.clone(),
            rooms: session.rooms.iter().map(|it| it.names.clone()).collect(),
        };
        let sessions = own.iter().map(|(_, it)| (it.interval.end(), it.id.clone())).collect();
        Self {
            uid: calendar::uid(id),
            sequence: version.saturating_sub(1),
            agreed: Agreed { parts: own.iter().map(part).collect(), people, optional },
            series,
            sessions,
        }
    }

    /// What there is to tell the person of `due`, if anything.
    pub(super) fn telling(self, due: &DueMail, now: UnixS) -> Result<Option<Telling>, StoreError> {
        let told = due.told.as_ref().filter(|told| told.method == REQUEST);
        let before = told.map(read).transpose()?;
        let comes = |agreed: &Agreed| agreed.parts.iter().any(|part| part.ends_s > now.0);
        let known = before.as_ref() == Some(&self.agreed);
        let touched = comes(&self.agreed) || before.as_ref().is_some_and(comes);
        if known || !touched {
            return Ok(None);
        }
        let method = match (self.agreed.parts.is_empty(), &before) {
            (true, None) => return Ok(None),
            (true, Some(_)) => Method::Cancel,
            (false, _) => Method::Request,
        };
        let next = self.sessions.into_iter().find(|(end, _)| *end > now);
        let (agreed, before) = match (method, before) {
            (Method::Cancel, Some(before)) => (before, None),
            (_, before) => (self.agreed, before),
        };
        Ok(Some(Telling {
            method,
            uid: self.uid,
            sequence: self.sequence,
            agreed,
            before,
            series: self.series.filter(|_| method == Method::Request),
            session_id: next.map(|(_, id)| id),
        }))
    }
}

/// The word of the store for an invitation that the person has.
pub(super) const REQUEST: &str = "request";
/// The word of the store for an invitation that was taken back.
pub(super) const CANCEL: &str = "cancel";

impl Telling {
    /// What the store keeps of it.
    pub(super) fn terms(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.agreed)
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    }

    pub(super) const fn method_word(&self) -> &'static str {
        match self.method {
            Method::Request => REQUEST,
            Method::Cancel => CANCEL,
        }
    }

    pub(super) const fn attendance(&self) -> Attendance {
        if self.agreed.optional { Attendance::Optional } else { Attendance::Required }
    }
}

fn read(told: &MailTold) -> Result<Agreed, StoreError> {
    serde_json::from_str(&told.terms).map_err(|error| StoreError::Unreadable(error.to_string()))
}
