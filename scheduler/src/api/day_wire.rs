//! The form of a site's day: as few bytes as tell it.

use booking::UnixS;
use jiff::civil::Date;
use serde::Serialize;
use session::{Kind, Language, Names};
use utoipa::ToSchema;

use super::word_schemas::kind_schema;
use crate::civil::Zone;
use crate::store;

/// Characters of a title and of a name that are told; what is cut ends with `…`.
const TITLE_CHARS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 20;
/// People, rooms and terminals of a session that are told by name.
const PEOPLE_MAX: usize = 4;
const ROOMS_MAX: usize = 10;
const TERMINALS_MAX: usize = 20;

/// The sessions of one site on one day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SiteDay {
    /// YYYY-MM-DD in the county's zone.
    day: String,
    /// When the day begins, RFC 3339 in the county's zone.
    begins_at: String,
    /// The county's zone by its IANA name, such as `Asia/Shanghai`.
    time_zone: String,
    /// Earliest first.
    sessions: Vec<DaySession>,
    /// `after` of the request for those that follow; null if these are all.
    #[schema(required = true)]
    next: Option<String>,
}

/// One session of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DaySession {
    id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    /// At most 40 characters; a longer one is cut.
    title: String,
    /// Seconds from the beginning of the day to its start; less than 0 if that was on the day before.
    from_s: i64,
    /// How long it lasts, seconds.
    length_s: u64,
    /// Left out unless it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    cancelled: bool,
    /// Names of those who take part, at most four, the one who leads it first; cut at 20 characters.
    people: Vec<String>,
    /// How many more take part; left out if nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    people_more: Option<usize>,
    /// Names of the rooms of this site that it takes.
    rooms: Vec<String>,
    /// Names of the terminals of this site that it takes; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    terminals: Vec<String>,
    #[serde(skip)]
    start: UnixS,
}

impl SiteDay {
    /// A day that begins at `begin` in this zone, without a session so far.
    pub(super) fn new(zone: &Zone, day: Date, begin: UnixS) -> Self {
        Self {
            day: day.to_string(),
            begins_at: zone.print(begin),
            time_zone: zone.name().to_owned(),
            sessions: Vec::new(),
            next: None,
        }
    }

    /// Takes one more session in, unless the whole would be longer than so many bytes: then `next` leads to it.
    pub(super) fn takes(&mut self, session: DaySession, bytes_max: usize) -> bool {
        let last = self.sessions.last().map(|it| format!("{}.{}", it.start.0, it.id));
        // As long as the `next` that may still be needed.
        let place = format!("{}.{}", session.start.0, session.id);
        self.sessions.push(session);
        self.next = Some(place);
        let length = serde_json::to_vec(&self).map_or(usize::MAX, |bytes| bytes.len());
        self.next = None;
        if length > bytes_max && last.is_some() {
            self.sessions.pop();
            self.next = last;
            return false;
        }
        true
    }
}

impl DaySession {
    /// The session on the day of the site of this id that begins at `begin`, with names in `language`.
    pub(super) fn new(
        session: &store::Session,
        (site, language): (&str, Language),
        begin: UnixS,
    ) -> Self {
        let named = |names: &Names| cut(names.in_language(language), NAME_CHARS_MAX);
        let (start, end) = (session.interval.start(), session.interval.end());
        let mut attendees: Vec<_> = session.attendees.iter().collect();
        attendees.sort_by_key(|it| !it.role.runs_the_room());
        let people = attendees.iter().take(PEOPLE_MAX);
        let rooms = session.rooms.iter().filter(|it| it.organization_id == site);
        let terminals = session.terminals.iter().filter(|it| it.organization_id == site);
        Self {
            id: session.id.clone(),
            kind: session.kind,
            title: cut(&session.title, TITLE_CHARS_MAX),
            from_s: i64::try_from(start.0).unwrap_or(i64::MAX).saturating_sub_unsigned(begin.0),
            length_s: end.since(start),
            cancelled: session.cancelled,
            people: people.map(|it| named(&it.names)).collect(),
            people_more: session.attendees.len().checked_sub(PEOPLE_MAX).filter(|more| *more > 0),
            rooms: rooms.take(ROOMS_MAX).map(|it| named(&it.names)).collect(),
            terminals: terminals.take(TERMINALS_MAX).map(|it| named(&it.names)).collect(),
            start,
        }
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max - 1).chain(['…']).collect()
}
