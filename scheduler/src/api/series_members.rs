//! The members of what is agreed of a session that a series prescribes, and in which of them a session is one of its own.

use booking::Interval;

use crate::store::{Occurrence, Series, Template, Terms};

/// One member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Title,
    Time,
    Rooms,
    Terminals,
    Participants,
    Recording,
}

impl Member {
    const ALL: [Self; 6] = [
        Self::Title,
        Self::Time,
        Self::Rooms,
        Self::Terminals,
        Self::Participants,
        Self::Recording,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Time => "time",
            Self::Rooms => "rooms",
            Self::Terminals => "terminals",
            Self::Participants => "participants",
            Self::Recording => "recording",
        }
    }

    /// Takes this member over from `other`.
    pub(super) fn take(self, terms: &mut Terms, other: &Terms) {
        match self {
            Self::Title => terms.title.clone_from(&other.title),
            Self::Time => (terms.starts_s, terms.ends_s) = (other.starts_s, other.ends_s),
            Self::Rooms => terms.rooms.clone_from(&other.rooms),
            Self::Terminals => terms.terminals.clone_from(&other.terminals),
            Self::Participants => terms.participants.clone_from(&other.participants),
            Self::Recording => terms.recording = other.recording,
        }
    }

    fn is_the_same(self, one: &Terms, other: &Terms) -> bool {
        match self {
            Self::Title => one.title == other.title,
            Self::Time => (one.starts_s, one.ends_s) == (other.starts_s, other.ends_s),
            Self::Rooms => one.rooms == other.rooms,
            Self::Terminals => one.terminals == other.terminals,
            Self::Participants => one.participants == other.participants,
            Self::Recording => one.recording == other.recording,
        }
    }
}

/// The members in which two differ.
pub(super) fn differing(one: &Terms, other: &Terms) -> Vec<Member> {
    Member::ALL.into_iter().filter(|member| !member.is_the_same(one, other)).collect()
}

/// What a series prescribes for the session of an occurrence at this time.
pub(super) fn prescribed(template: &Template, at: Interval) -> Terms {
    Terms {
        title: template.title.clone(),
        starts_s: at.start().0,
        ends_s: at.end().0,
        recording: template.recording,
        rooms: template.rooms.clone(),
        terminals: template.terminals.clone(),
        participants: template.participants.clone(),
        ended_s: None,
    }
}

/// What the session of this occurrence is booked with.
pub(super) fn template_of<'a>(series: &'a Series, occurrence: &'a Occurrence) -> &'a Template {
    occurrence.template.as_ref().unwrap_or(&series.template)
}
