//! Participants as they are described to each other.

use std::collections::BTreeMap;

use session::VideoGrant;

use super::track::{TrackInfo, TrackSource};

/// How far somebody has come into a room.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum State {
    /// It was let in; its media path does not stand yet.
    #[default]
    Joining,
    /// Its media path stands.
    Active,
    /// It has left.
    Disconnected,
}

/// Whether a participant is a person's page or a device.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ParticipantKind {
    /// A page, or a screen that watches.
    #[default]
    Standard,
    /// A device that publishes by HTTP (WHIP).
    Ingress,
}

/// What a client can do, as it says itself; the others are told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Abilities {
    /// The number of what clients say to each other.
    pub protocol: i32,
    /// Capabilities as clients number them.
    pub list: Vec<i32>,
}

/// Why somebody left, or may not come in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LeaveReason {
    /// It said so.
    #[default]
    ClientInitiated,
    /// The same person came in on another device.
    DuplicateIdentity,
    /// The gateway stops.
    ServerShutdown,
    /// A server removed it.
    ParticipantRemoved,
    /// A server deleted the room, or its booking was cancelled.
    RoomDeleted,
    /// The booked time is over.
    RoomClosed,
    /// What the client believes and what the gateway knows do not agree.
    StateMismatch,
    /// There is no place.
    JoinFailure,
    /// Its signalling connection broke off and did not come back.
    SignalClose,
    /// Its media path does not stand.
    ConnectionTimeout,
    /// Its media path failed.
    MediaFailure,
}

impl LeaveReason {
    /// The word that the recorder is told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ClientInitiated => "client_initiated",
            Self::DuplicateIdentity => "duplicate_identity",
            Self::ServerShutdown => "server_shutdown",
            Self::ParticipantRemoved => "participant_removed",
            Self::RoomDeleted => "room_deleted",
            Self::RoomClosed => "room_closed",
            Self::StateMismatch => "state_mismatch",
            Self::JoinFailure => "join_failure",
            Self::SignalClose => "signal_close",
            Self::ConnectionTimeout => "connection_timeout",
            Self::MediaFailure => "media_failure",
        }
    }
}

/// What a client that is sent away is to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// It stays away.
    StayAway,
    /// It comes in anew.
    JoinAnew,
}

/// What a server permits somebody, in place of what the token does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Permission {
    /// It may be sent tracks.
    pub can_subscribe: bool,
    /// It may send tracks.
    pub can_publish: bool,
    /// It may send data.
    pub can_publish_data: bool,
    /// The only sources that it may publish; empty = any.
    pub sources: Vec<TrackSource>,
    /// The others do not see it, where the room's terms allow that.
    pub hidden: bool,
    /// It records.
    pub recorder: bool,
    /// It may change its own description.
    pub can_update_metadata: bool,
}

impl Permission {
    /// What a grant permits.
    #[must_use]
    pub fn of(grant: &VideoGrant) -> Self {
        let sources = grant.can_publish_sources.iter();
        Self {
            can_subscribe: grant.may_subscribe(),
            can_publish: grant.may_publish(),
            can_publish_data: grant.may_publish_data(),
            sources: sources.filter_map(|word| TrackSource::named(word)).collect(),
            hidden: grant.hidden,
            recorder: false,
            can_update_metadata: grant.can_update_own_metadata,
        }
    }

    /// A grant with this in place of what it says.
    #[must_use]
    pub fn onto(&self, grant: &VideoGrant) -> VideoGrant {
        VideoGrant {
            can_publish: Some(self.can_publish),
            can_subscribe: Some(self.can_subscribe),
            can_publish_data: Some(self.can_publish_data),
            can_publish_sources: self
                .sources
                .iter()
                .map(|source| source.word().to_owned())
                .collect(),
            can_update_own_metadata: self.can_update_metadata,
            hidden: self.hidden,
            recorder: self.recorder,
            ..grant.clone()
        }
    }
}

/// What the others, and servers, are told of one participant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParticipantInfo {
    /// Its id for this stay.
    pub sid: String,
    /// Who it is.
    pub identity: String,
    /// The name that is shown.
    pub name: String,
    /// Free text.
    pub metadata: String,
    /// Free key and value pairs.
    pub attributes: BTreeMap<String, String>,
    /// How far it has come.
    pub state: State,
    /// When it came, milliseconds since 1970.
    pub joined_ms: u64,
    /// Grows with each change.
    pub version: u32,
    /// A page or a device.
    pub kind: ParticipantKind,
    /// What its client can do.
    pub abilities: Abilities,
    /// What it may do; `None` where nothing is known of that.
    pub permission: Option<Permission>,
    /// What it publishes.
    pub tracks: Vec<TrackInfo>,
    /// Why it left, if it did.
    pub left: Option<LeaveReason>,
}
