//! The events of a feed: sessions alone, and series by one UID each, as the mails tell them (decision 62).

use std::collections::BTreeMap;

use booking::Interval;
use calendar::{Event, Place};
use jiff::Timestamp;

use crate::civil::timestamp;
use crate::store::{Session, StandsFor};

/// One event, with its texts.
pub(super) struct Told {
    uid: String,
    sequence: i64,
    at: Interval,
    summary: String,
    location: String,
    cancelled: bool,
    place: ToldPlace,
}

enum ToldPlace {
    Alone,
    Series(Vec<Timestamp>),
    Instead(Timestamp),
}

/// The sessions of a series in a feed, by the times that they stand for.
type Standing<'a> = BTreeMap<Interval, &'a Session>;

/// What a feed tells of sessions, of which some stand for times of series.
pub(super) fn told(sessions: &[Session], stand_for: &BTreeMap<String, StandsFor>) -> Vec<Told> {
    let mut events = Vec::new();
    let mut series: BTreeMap<(&str, i64), Standing<'_>> = BTreeMap::new();
    for session in sessions {
        let Some(StandsFor { series_id, version, planned }) = stand_for.get(&session.id) else {
            events.push(event((&session.id, session.version), session, ToldPlace::Alone));
            continue;
        };
        let standing = series.entry((series_id, *version)).or_default();
        // What makes a cancelled session up stands in its place.
        let first = standing.entry(*planned).or_insert(session);
        if first.cancelled {
            *first = session;
        }
    }
    for (of, standing) in &series {
        events.extend(of_series(*of, standing));
    }
    events
}

/// A series: its times as it has them, and the session of each in the place of that. Programs that know no dates beside a
/// rule so show each session as well.
fn of_series(of: (&str, i64), standing: &Standing<'_>) -> Vec<Told> {
    let Some((planned, first)) = standing.first_key_value() else { return Vec::new() };
    let others = standing.keys().skip(1).map(|planned| timestamp(planned.start())).collect();
    let cancelled = standing.values().all(|session| session.cancelled);
    let whole = event(of, first, ToldPlace::Series(others));
    let mut events = vec![Told { at: *planned, cancelled, ..whole }];
    events.extend(standing.iter().map(|(planned, session)| {
        event(of, session, ToldPlace::Instead(timestamp(planned.start())))
    }));
    events
}

fn event((id, version): (&str, i64), session: &Session, place: ToldPlace) -> Told {
    let rooms: Vec<&str> = session.rooms.iter().map(|room| room.names.zh()).collect();
    Told {
        uid: calendar::uid(id),
        // Grows with each change from 0 on (RFC 5545, section 3.8.7.4).
        sequence: version.saturating_sub(1),
        at: session.interval,
        summary: session.title.clone(),
        location: rooms.join(", "),
        cancelled: session.cancelled,
        place,
    }
}

impl Told {
    /// As the calendar writes it.
    pub(super) fn event(&self) -> Event<'_> {
        Event {
            uid: &self.uid,
            sequence: u32::try_from(self.sequence).unwrap_or_default(),
            start: timestamp(self.at.start()),
            end: timestamp(self.at.end()),
            summary: &self.summary,
            location: &self.location,
            cancelled: self.cancelled,
            place: match &self.place {
                ToldPlace::Alone => Place::Alone,
                ToldPlace::Series(others) => Place::Series(others),
                ToldPlace::Instead(planned) => Place::Instead(*planned),
            },
        }
    }
}
