//! What the store holds, as the rest of the room sees it.

use booking::{Interval, ResourceKind, UnixS};
use policy::{Assignment, Context, Decision, Object, Permission, Place, Subject};
use session::{Kind, LanguagePair, Mode, Names, Role};

use super::part::Part;
use crate::receipt::LineFigures;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Organization {
    pub(crate) id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
    /// `health` or `education`.
    pub(crate) kind: String,
}

/// A person, and what the person is and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) names: Names,
    /// Words of the standing roles that the person holds anywhere, each once, in alphabetical order.
    pub(crate) roles: Vec<String>,
    pub(crate) organization: Organization,
    /// Where the organization lies.
    pub(crate) place: Place,
    pub(crate) assignments: Vec<Assignment>,
}

impl Person {
    /// Somebody who is in no directory and holds nothing, as who is let into a session.
    pub(crate) fn unlisted(id: String, names: Names, organization: &Organization) -> Self {
        Self {
            id,
            names,
            roles: Vec::new(),
            organization: organization.clone(),
            place: Place { site: organization.id.clone(), area: None },
            assignments: Vec::new(),
        }
    }

    const fn subject(&self) -> Subject<'_> {
        Subject { site: &self.place, assignments: self.assignments.as_slice() }
    }

    /// Whether the person may do this, and if not, whether nobody may.
    pub(crate) fn decide(
        &self,
        permission: Permission,
        object: Object<'_>,
        context: Context<'_>,
    ) -> Decision {
        policy::decide(self.subject(), permission, object, context)
    }

    /// Whether the person may do this.
    pub(crate) fn may(&self, permission: Permission, object: Object<'_>) -> bool {
        self.decide(permission, object, Context::default()) == Decision::Permit
    }

    /// Whether there is anything of which the person may do this.
    pub(crate) fn may_somewhere(&self, permission: Permission) -> bool {
        policy::may_somewhere(self.subject(), permission)
    }

    /// Whether the person may book in all of the county, and sees everybody's sessions.
    pub(crate) fn is_scheduler(&self) -> bool {
        self.may(Permission::Book, Object::County)
    }

    /// Whether the person sets the county up: its places and its people.
    pub(crate) fn is_administrator(&self) -> bool {
        self.may(Permission::Configure, Object::County)
    }
}

/// The standing role of one who books.
pub(crate) const SCHEDULER: &str = "scheduler";
/// The standing role of one who sets the county up.
pub(crate) const ADMINISTRATOR: &str = "administrator";
/// The standing role of one who keeps the accounts, and gives and takes roles.
pub(crate) const SECURITY_ADMINISTRATOR: &str = "security_administrator";

/// A bookable room.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Room {
    pub(crate) id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
    pub(crate) organization_id: String,
}

/// A bookable terminal: a device that stands in a room.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct BookableTerminal {
    pub(crate) id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
    /// `screen`, `computer`, `tablet` or `phone`.
    pub(crate) kind: String,
    pub(crate) room_id: String,
    /// The site of that room.
    pub(crate) organization_id: String,
}

/// One participant of a session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attendee {
    pub(crate) person_id: String,
    pub(crate) names: Names,
    pub(crate) role: Role,
    /// Between which languages the person interprets in it, if that was said.
    pub(crate) interprets: Option<LanguagePair>,
    pub(crate) organization_names: Names,
    /// The access line of the organization, if it was ever measured.
    pub(crate) line: Option<SiteLine>,
}

/// What the access line of a site carried when somebody there listened last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SiteLine {
    /// When that was, milliseconds since 1970.
    pub(crate) at_ms: u64,
    pub(crate) figures: LineFigures,
}

/// A booked session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) interval: Interval,
    pub(crate) cancelled: bool,
    /// When whoever led it ended it for all, if that was before its room closed by itself.
    pub(crate) ended: Option<UnixS>,
    pub(crate) recording: bool,
    /// Grows by one with each change.
    pub(crate) version: i64,
    /// The series that it stands in.
    pub(crate) series_id: Option<String>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) terminals: Vec<BookableTerminal>,
    pub(crate) attendees: Vec<Attendee>,
}

impl Session {
    /// This person's part in it, if any.
    pub(crate) fn attendee(&self, person_id: &str) -> Option<&Attendee> {
        self.attendees.iter().find(|attendee| attendee.person_id == person_id)
    }

    /// Whether this person runs its room: the specialist, or the lead teacher.
    pub(crate) fn is_led_by(&self, person_id: &str) -> bool {
        self.attendee(person_id).is_some_and(|attendee| attendee.role.runs_the_room())
    }
}

/// A session to be booked; checked by [`booking::check`] before.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) interval: Interval,
    pub(crate) recording: bool,
    pub(crate) rooms: Vec<String>,
    pub(crate) terminals: Vec<String>,
    pub(crate) participants: Vec<Part>,
    pub(crate) booked_by: String,
    pub(crate) booked: UnixS,
    pub(crate) lines: LineTerms,
    /// Against which hours it goes, and why.
    pub(crate) overrides: Option<Override>,
    /// The hold that it is booked over, by id.
    pub(crate) hold: Option<String>,
}

/// That a session is at a time at which somebody or something is not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override {
    /// As who booked it wrote it.
    pub(crate) reason: String,
    /// What it goes against, as JSON.
    pub(crate) against: String,
}

/// What is said of lines when a session is booked.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineTerms {
    /// Organizations and the mode in which their people take part; the others are booked with the most that they may have.
    pub(crate) modes: Vec<(String, Mode)>,
    /// The calendar month in which the session begins; without it no month is held to its megabytes.
    pub(crate) month: Option<Interval>,
}

/// Something that a session takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) kind: ResourceKind,
    pub(crate) id: String,
}

impl Resource {
    /// The word under which the store keeps claims of it.
    pub(crate) const fn claimed_as(&self) -> &'static str {
        self.kind.claimed_as().as_str()
    }
}

/// The person of a part as what a session takes, and the part.
fn claim(part: &Part) -> (Resource, Option<&Part>) {
    let kind = ResourceKind::of_role(part.role);
    (Resource { kind, id: part.person_id.clone() }, Some(part))
}

impl NewSession {
    /// All that it claims alone, in the order in which it is claimed, with the parts of the people.
    pub(crate) fn claims(&self) -> impl Iterator<Item = (Resource, Option<&Part>)> + '_ {
        let thing = |kind| move |id: &String| (Resource { kind, id: id.clone() }, None);
        let rooms = self.rooms.iter().map(thing(ResourceKind::Room));
        let terminals = self.terminals.iter().map(thing(ResourceKind::Terminal));
        self.participants.iter().map(claim).chain(rooms).chain(terminals)
    }
}

/// Whose hours are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeper {
    Resource(Resource),
    /// A site, by the id of its organization.
    Organization(String),
}

impl Keeper {
    /// What it is, as people are told.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Resource(resource) => resource.kind.as_str(),
            Self::Organization(_) => "organization",
        }
    }

    /// The word under which the store keeps its hours.
    pub(crate) const fn kept_as(&self) -> &'static str {
        match self {
            Self::Resource(resource) => resource.claimed_as(),
            Self::Organization(_) => "organization",
        }
    }

    pub(crate) const fn resource(&self) -> Option<&Resource> {
        match self {
            Self::Resource(resource) => Some(resource),
            Self::Organization(_) => None,
        }
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Resource(Resource { id, .. }) | Self::Organization(id) => id,
        }
    }
}
