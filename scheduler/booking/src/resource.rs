//! What a session takes: a closed list of kinds, with the words of the API and of the store.

use core::fmt;
use core::str::FromStr;

use session::Role;

/// The kinds of what a session takes. All but a line are claimed alone: no two claims of one overlap. A line is shared up to its
/// capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Somebody who takes part.
    Person,
    /// A place.
    Room,
    /// A device that stands in a room.
    Terminal,
    /// Somebody who takes part to interpret: the same human as the person of that id, claimed once.
    Interpreter,
    /// The access link of a site, by the id of its organization.
    Line,
}

/// A word that names no kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what can be booked is a `person`, a `room`, a `terminal`, an `interpreter` or a `line`")]
pub struct NoResourceKind;

impl ResourceKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Person, Self::Room, Self::Terminal, Self::Interpreter, Self::Line];

    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Room => "room",
            Self::Terminal => "terminal",
            Self::Interpreter => "interpreter",
            Self::Line => "line",
        }
    }

    /// The kind under which the store keeps claims and hours of it: who interprets is a person there, so that nobody is booked
    /// twice at once in two capacities.
    #[must_use]
    pub const fn claimed_as(self) -> Self {
        match self {
            Self::Interpreter => Self::Person,
            other => other,
        }
    }

    /// As what somebody with this role in a session is taken.
    #[must_use]
    pub const fn of_role(role: Role) -> Self {
        match role {
            Role::Interpreter => Self::Interpreter,
            Role::Specialist
            | Role::VillageDoctor
            | Role::LeadTeacher
            | Role::Classroom
            | Role::Observer
            | Role::Patient
            | Role::Pupil => Self::Person,
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ResourceKind {
    type Err = NoResourceKind;

    fn from_str(word: &str) -> Result<Self, NoResourceKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(NoResourceKind)
    }
}
