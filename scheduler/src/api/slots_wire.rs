//! The forms of a search for slots, camelCase JSON.

use booking::ResourceKind;
use serde::{Deserialize, Deserializer, Serialize, de};
use session::{LanguagePair, Names};
use utoipa::ToSchema;

use super::names_wire::NamesSchema;
use super::problem_schemas::Problem;
use super::word_schemas::bookable_schema;

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SlotSearch {
    /// What is needed all at once, 1 to 8; nobody and nothing serves two needs.
    pub(super) needs: Vec<Need>,
    /// What the session takes of the lines of sites, at most 8: a site once. Whoever books sees it in a quote.
    #[serde(default)]
    pub(super) lines: Vec<LineNeed>,
    /// How long, 1 to 720.
    pub(super) minutes: u32,
    /// Starts are at multiples of this after midnight: 5, 10, 15, 20, 30 or 60.
    #[serde(default = "quarter")]
    pub(super) step_minutes: u32,
    /// Most slots in the answer, 1 to 50.
    #[serde(default = "ten")]
    pub(super) most: usize,
    /// RFC 3339 with an offset; now if absent or earlier.
    #[serde(default)]
    #[schema(example = "2026-11-23T00:00:00+08:00")]
    pub(super) from: Option<String>,
    /// RFC 3339 with an offset; every slot ends by then. At most 31 days after `from`, which is taken if absent.
    #[serde(default)]
    pub(super) until: Option<String>,
    /// A start that is wished for, RFC 3339 with an offset: what is in its way is told, and slots from it on.
    #[serde(default)]
    pub(super) starts_at: Option<String>,
    /// Id of a booked session that is to be moved: what it has taken is in nobody's way.
    #[serde(default)]
    pub(super) but_session: Option<String>,
}

const fn quarter() -> u32 {
    15
}

const fn ten() -> usize {
    10
}

/// One of these is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Need {
    /// 1 to 64, the preferred first; absent where `interpreterOf` says who.
    #[serde(default)]
    pub(super) any_of: Vec<ResourceId>,
    /// Two languages by ISO 639, such as `bo-zh`: whoever interprets them, in the order of ids, the first 64.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "bo-zh")]
    pub(super) interpreter_of: Option<LanguagePair>,
}

/// What a session takes of the line of a site. A site whose line nobody knows has room for all.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LineNeed {
    pub(super) organization_id: String,
    /// To the site, kbit/s.
    pub(super) down_kbps: u32,
    /// From the site, kbit/s.
    pub(super) up_kbps: u32,
}

/// A person, a room, a terminal or an interpreter, who is the person of that id.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceId {
    #[serde(deserialize_with = "bookable")]
    #[schema(schema_with = bookable_schema)]
    pub(super) kind: ResourceKind,
    pub(super) id: String,
}

/// The kind that a word names; lines are asked for by what is taken of them.
fn bookable<'de, D: Deserializer<'de>>(from: D) -> Result<ResourceKind, D::Error> {
    let word = String::deserialize(from)?;
    match word.parse() {
        Ok(ResourceKind::Line) => {
            Err(de::Error::custom("what is taken of a line stands in `lines`"))
        }
        Ok(kind) => Ok(kind),
        Err(error) => Err(de::Error::custom(error)),
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SlotsFound {
    /// The county's zone by its IANA name, in which hours hold and times are printed.
    pub(super) time_zone: String,
    /// Earliest first.
    pub(super) slots: Vec<Slot>,
    /// Up to when it was looked, RFC 3339.
    pub(super) searched_until: String,
    /// The slot of the start that was wished for, if that fits.
    #[schema(required = true)]
    pub(super) wished: Option<Slot>,
    /// All that is in the way of the start that was wished for: of each need that nobody serves then, all that could serve
    /// it with every cause. At most 200.
    pub(super) blocking: Vec<Blocker>,
    /// How many more there are than `blocking` holds.
    pub(super) blocking_more: usize,
    /// Years of which the legal holidays are not published yet although somebody here keeps them: their weekdays alone
    /// decided, and the answer may change.
    pub(super) not_published: Vec<i16>,
}

/// A time at which everything that is needed is free.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slot {
    /// RFC 3339 in the county's zone.
    pub(super) starts_at: String,
    /// RFC 3339 in the county's zone; not in the slot any more.
    pub(super) ends_at: String,
    /// For each need who or what serves it; after them the lines.
    pub(super) served_by: Vec<Bookable>,
}

/// A person, a room, a terminal, an interpreter, an organization or its line, as people call it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bookable {
    /// `person`, `room`, `terminal`, `interpreter`, `organization` or `line`, which has id and name of its organization.
    pub(super) kind: &'static str,
    pub(super) id: String,
    #[schema(value_type = NamesSchema)]
    pub(super) names: Names,
}

/// One thing that is in the way of the start that was wished for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blocker {
    /// The need that nobody serves, from 0; lines are counted after the needs.
    pub(super) need: usize,
    /// Who or what could serve it.
    pub(super) resource: Bookable,
    pub(super) cause: CauseWord,
    /// Whose hours, overlays or holidays these are, if it is closed: its own or its organization's.
    #[schema(required = true)]
    pub(super) of: Option<Bookable>,
    /// Name of the overlay or holiday.
    #[schema(required = true)]
    pub(super) name: Option<String>,
    /// When it is closed or taken, RFC 3339; null if it is needed elsewhere. What reaches beyond the search is cut off there.
    #[schema(required = true)]
    pub(super) from: Option<String>,
    #[schema(required = true)]
    pub(super) to: Option<String>,
    /// The first start at which this is not in the way, RFC 3339; null if not within the search.
    #[schema(required = true)]
    pub(super) until: Option<String>,
    /// The nearest fix: the nearest start, earlier or later, at which this person or room is free, RFC 3339.
    #[schema(required = true)]
    pub(super) nearest: Option<String>,
    /// If it is taken, and only held for a booking that somebody is making: when that runs out, RFC 3339.
    #[schema(required = true)]
    pub(super) held_until: Option<String>,
}

impl Blocker {
    /// What it is, in English.
    pub(super) fn sentence(&self) -> String {
        let who = self.resource.names.zh();
        let named = self.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        match self.cause {
            CauseWord::Hours => format!("{who} is outside of its hours then"),
            CauseWord::Exception => format!("{who} has other hours on that day"),
            CauseWord::Holiday => format!("{who} keeps a legal holiday{named}"),
            CauseWord::Overlay => format!("{who} is closed then{named}"),
            CauseWord::Taken => match &self.held_until {
                Some(until) => format!("{who} is held until {until} for another booking"),
                None => format!("{who} is taken then"),
            },
            CauseWord::Travel => {
                format!("{who} has a session so near that there is no time for the way")
            }
            CauseWord::Full => format!("the line of {who} cannot carry it then"),
            CauseWord::Shared => format!("{who} is needed twice"),
        }
    }
}

/// The problem of a booking at a time at which somebody or something is not open, or has no time for the way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotOpen {
    #[serde(flatten)]
    problem: Problem,
    /// All that is in the way; `need` counts the people in the order of the request, then the rooms and the
    /// terminals. At most 200.
    blocking: Vec<Blocker>,
    /// The earliest start from the wanted one on at which everybody and everything is open and free, RFC 3339; null if not
    /// within 31 days.
    next_free: Option<String>,
}

impl CauseWord {
    /// As the store keeps it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Exception => "exception",
            Self::Holiday => "holiday",
            Self::Overlay => "overlay",
            Self::Taken => "taken",
            Self::Travel => "travel",
            Self::Full => "full",
            Self::Shared => "shared",
        }
    }
}

/// Why somebody or something cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CauseWord {
    /// Outside of the hours of the weekday.
    Hours,
    /// Outside of the hours that this day has of its own.
    Exception,
    /// A legal holiday.
    Holiday,
    /// An overlay: market day, festival, exam week, power.
    Overlay,
    /// Another session has it, or another booking that is being made holds it.
    Taken,
    /// Another session is so near that there is no time for the way.
    Travel,
    /// A line cannot carry it beside what is booked and held on it.
    Full,
    /// It is free, and the other needs need it themselves.
    Shared,
}
