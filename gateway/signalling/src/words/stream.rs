//! What becomes of the tracks that a listener is sent, and how much it wants each.

use std::time::Instant;

use media::{Layer, MediaKind};

use super::track::TrackSource;
use crate::ids::{ConnectionId, TrackId};

/// Why a listener is sent less of a track than it asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// Its own access link carries no more.
    ThinLine,
    /// Its publisher's access link carries no more: the publisher has stopped sending.
    PublishersLine,
    /// It, or its site, has chosen so.
    Mode,
    /// Its data budget, or its site's, is nearly used up.
    DataBudget,
}

impl Cause {
    /// The word for it that pages are told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ThinLine | Self::PublishersLine => "line",
            Self::Mode => "mode",
            Self::DataBudget => "budget",
        }
    }

    /// On whose side it is, as that listener's page is told.
    #[must_use]
    pub const fn side(self) -> &'static str {
        match self {
            Self::PublishersLine => "theirs",
            Self::ThinLine | Self::Mode | Self::DataBudget => "yours",
        }
    }
}

/// How much of a track comes to a listener.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StreamState {
    /// All that it asks for.
    #[default]
    Whole,
    /// Something, in a smaller size or at a lower frame rate.
    Smaller(Cause),
    /// Nothing.
    Paused(Cause),
}

impl StreamState {
    /// The word for it that pages are told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Smaller(_) => "smaller",
            Self::Paused(_) => "paused",
        }
    }

    /// Why it is no more.
    #[must_use]
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::Whole => None,
            Self::Smaller(cause) | Self::Paused(cause) => Some(cause),
        }
    }

    /// Why nothing comes; `None` where something does.
    #[must_use]
    pub const fn paused(self) -> Option<Cause> {
        match self {
            Self::Paused(cause) => Some(cause),
            Self::Whole | Self::Smaller(_) => None,
        }
    }

    /// Whether nothing comes.
    #[must_use]
    pub const fn is_paused(self) -> bool {
        self.paused().is_some()
    }
}

/// A subscription is given more or less, by the caller's allocation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Streamed {
    /// The listener's connection.
    pub connection: ConnectionId,
    /// The track.
    pub track: TrackId,
    /// How much of it comes.
    pub state: StreamState,
}

/// What a listener has a use for, of one track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asks {
    /// The best layer; nothing at all for a while if `None`.
    pub top: Option<Layer>,
    /// Frames a second; 0 = all there are.
    pub frames_per_second: u32,
    /// Which of its tracks it wants first: 1 the most, 0 = not said.
    pub priority: u8,
}

impl Asks {
    /// All that there is.
    pub const ALL: Self = Self { top: Some(Layer(u8::MAX)), frames_per_second: 0, priority: 0 };
}

/// A subscription whose media flows, as an allocation must know it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subscribed {
    /// The track.
    pub track: TrackId,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: TrackSource,
    /// What the listener asks for.
    pub asks: Asks,
    /// Its publisher, or a server, has muted it: nothing is sent.
    pub muted: bool,
    /// Since when nothing has come from its publisher, whose line is lost.
    pub away_since: Option<Instant>,
    /// Its publisher has the floor, as this listener sees it.
    pub has_floor: bool,
    /// Why the listener's mode has nothing of it, though it asks for it.
    pub withheld: Option<Cause>,
}
