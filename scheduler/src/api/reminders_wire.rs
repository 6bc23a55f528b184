//! Reminders as JSON.

use serde::{Deserialize, Serialize};
use session::{Kind, Names};
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::kind_schema;
use crate::store::{HowTold, Reminder};

/// Who of a site is to be told today and tomorrow.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallList {
    /// The site by the id of its organization.
    site_id: String,
    /// The county's zone by its IANA name, such as `Asia/Shanghai`.
    time_zone: String,
    /// Earliest start first: what has not begun, until the end of tomorrow.
    lines: Vec<CallLine>,
    /// Whether these are all; a list holds some 400 people.
    complete: bool,
}

/// One person of one session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallLine {
    session_id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    /// The room at the site, or the site.
    #[schema(value_type = NamesSchema)]
    place: Names,
    /// Of the directory, or `guest-` and the id of a guest.
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    #[schema(required = true)]
    phone: Option<String>,
    /// By what the person is reminded, in its order.
    steps: Vec<CallStep>,
    /// Whether the booker was told that nobody answered.
    unanswered: bool,
    /// That the person answered, or was told by somebody; null if not yet.
    #[schema(required = true)]
    answer: Option<CallAnswer>,
}

/// One step of a ladder.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallStep {
    /// `app`, `mail`, `sms`, `voice`, `paper` or `booker`.
    channel: &'static str,
    /// RFC 3339 in the county's zone.
    due_at: String,
    /// `waiting`, `handed`, `acknowledged` or `dropped`.
    state: String,
    /// Why it was dropped: `refused` or `too_late`.
    #[schema(required = true)]
    why: Option<String>,
}

/// Who has said that the person knows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallAnswer {
    /// RFC 3339 in the county's zone.
    at: String,
    by_id: String,
    /// `self`, `in_person` or `by_phone`.
    how: String,
}

impl CallList {
    /// Of steps that stand in the order of sessions and people.
    pub(super) fn new(app: &App, site_id: String, reminders: Vec<Reminder>) -> Self {
        let complete = reminders.len() < crate::store::REMINDERS_LISTED_MAX;
        let mut lines: Vec<CallLine> = Vec::new();
        for reminder in reminders {
            let step = CallStep {
                channel: reminder.channel.as_str(),
                due_at: app.zone.print(reminder.due),
                state: reminder.state.clone(),
                why: reminder.why.clone(),
            };
            let told = reminder.channel == reminding::Channel::Booker && reminder.state == "handed";
            let same = |line: &&mut CallLine| {
                line.session_id == reminder.session_id && line.person_id == reminder.person_id
            };
            if let Some(line) = lines.last_mut().filter(same) {
                line.unanswered |= told;
                line.steps.push(step);
                continue;
            }
            let answer = reminder.answer.map(|(at, by_id, how)| CallAnswer {
                at: app.zone.print(at),
                by_id,
                how,
            });
            lines.push(CallLine {
                session_id: reminder.session_id,
                kind: reminder.kind,
                starts_at: app.zone.print(reminder.starts),
                place: reminder.room_names.unwrap_or(reminder.site_names),
                person_id: reminder.person_id,
                names: reminder.names,
                phone: reminder.phone,
                steps: vec![step],
                unanswered: told,
                answer,
            });
        }
        Self { site_id, time_zone: app.zone.name().to_owned(), lines, complete }
    }
}

/// What one is reminded of on the own page, and who has not answered of what one booked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyReminders {
    /// Sessions that one is to acknowledge, earliest first.
    notices: Vec<Notice>,
    /// Of sessions that one booked: people who were reminded and have not answered.
    unanswered: Vec<Unanswered>,
}

/// A session that one is to acknowledge.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notice {
    session_id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    /// The room at one's site, or the site.
    #[schema(value_type = NamesSchema)]
    place: Names,
}

/// Somebody who has not answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unanswered {
    session_id: String,
    #[schema(schema_with = kind_schema)]
    kind: Kind,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    site_id: String,
    #[schema(value_type = NamesSchema)]
    site_names: Names,
}

impl MyReminders {
    pub(super) fn new(app: &App, notices: Vec<Reminder>, unanswered: Vec<Reminder>) -> Self {
        let notice = |it: Reminder| Notice {
            session_id: it.session_id,
            kind: it.kind,
            starts_at: app.zone.print(it.starts),
            place: it.room_names.unwrap_or(it.site_names),
        };
        let silent = |it: Reminder| Unanswered {
            session_id: it.session_id,
            kind: it.kind,
            starts_at: app.zone.print(it.starts),
            person_id: it.person_id,
            names: it.names,
            site_id: it.site_id,
            site_names: it.site_names,
        };
        Self {
            notices: notices.into_iter().map(notice).collect(),
            unanswered: unanswered.into_iter().map(silent).collect(),
        }
    }
}

/// That somebody knows of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Acknowledgement {
    /// Who was told; absent: oneself.
    #[serde(default)]
    pub(super) person_id: Option<String>,
    /// How another one was told; `in_person` if absent.
    #[serde(default)]
    pub(super) how: Option<ToldHow>,
}

/// How somebody was told by another one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToldHow {
    InPerson,
    ByPhone,
}

impl From<ToldHow> for HowTold {
    fn from(how: ToldHow) -> Self {
        match how {
            ToldHow::InPerson => Self::InPerson,
            ToldHow::ByPhone => Self::ByPhone,
        }
    }
}

/// Who is not reminded of a session any more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcknowledgedBy {
    pub(super) session_id: String,
    pub(super) person_id: String,
}

/// By what a person is reminded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reach {
    /// Whether the person reads the own page.
    pub(super) app: bool,
    /// 5 to 15 digits, with `+` before the code of a country; null: no phone, who is told on paper. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub(super) phone: Option<String>,
    /// Whether the phone takes short messages.
    pub(super) sms: bool,
    /// Whether the phone may be called.
    pub(super) voice: bool,
}
