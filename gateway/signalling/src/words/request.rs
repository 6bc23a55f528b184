//! What a client says on its signalling connection.

use std::collections::BTreeMap;

use session::AccessToken;
use transport::sdp::Remote;

use super::participant::Abilities;
use super::track::Announcement;
use super::usage::Spent;

/// Somebody is at the door with a good token.
#[derive(Clone, Debug)]
pub struct Join {
    /// What it may do.
    pub token: AccessToken,
    /// It wants everything that is there.
    pub auto_subscribe: bool,
    /// The stay that it wants to go on with; empty = whichever it has.
    pub resume: Option<String>,
    /// It comes in anew if there is nothing to go on with.
    pub or_join: bool,
    /// It comes back by itself: when its person chose that device, in milliseconds since 1970.
    pub chosen_ms: Option<u64>,
    /// It can follow a section that carries another track than before.
    pub reuses_sections: bool,
    /// It finds every track by its section.
    pub finds_by_section: bool,
    /// It is our own page: it is told in data packets why it is sent less.
    pub reads_reasons: bool,
    /// Its answers to an ICE-lite agent always say `setup:passive` (Pion).
    pub answers_passive: bool,
    /// What it can do.
    pub abilities: Abilities,
    /// It has one connection for both directions, and says this as it knocks.
    pub first: Option<FirstOffer>,
    /// What people had used of its room before that was opened anew, or the gateway was started.
    pub spent: Vec<Spent>,
}

/// What a client with one connection for both directions says as it knocks.
#[derive(Clone, Debug, Default)]
pub struct FirstOffer {
    /// Its offer.
    pub offer: Option<Description>,
    /// Tracks that it will send.
    pub tracks: Vec<Announcement>,
    /// How it describes itself.
    pub metadata: String,
    /// How it describes itself.
    pub attributes: BTreeMap<String, String>,
}

/// An offer or an answer.
#[derive(Clone, Debug)]
pub struct Description {
    /// What it says, or why it cannot be read.
    pub remote: Result<Box<Remote>, String>,
    /// The number of the offer; 0 = it is not numbered.
    pub number: u32,
}

/// Whom a participant lets have its tracks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AudienceWish {
    /// Everybody.
    pub all: bool,
    /// Otherwise these.
    pub entries: Vec<AudienceEntry>,
}

/// One listener of an audience.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AudienceEntry {
    /// Who it is; empty = `sid` says it.
    pub identity: String,
    /// Its stay.
    pub sid: String,
    /// It may have every track.
    pub all_tracks: bool,
    /// It may have these.
    pub tracks: Vec<String>,
}

/// One carrier of media where UDP is not to be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forced {
    /// ICE over TCP.
    Tcp,
    /// TURN over TLS.
    Tls,
}

/// A fault that a client orders for itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scenario {
    /// It is told that it speaks, for so many seconds.
    SpeakerUpdate(u64),
    /// It is forgotten and not told.
    NodeFailure,
    /// Its signalling connection ends.
    Migration,
    /// It is sent away.
    ServerLeave,
    /// It is sent to come in anew.
    FullReconnect,
    /// The next resumed signalling connection ends once everything is said.
    DisconnectOnResume,
    /// The next resumed signalling connection ends before anything is said.
    DisconnectOnResumeNoMessages,
    /// Its media comes over one carrier from now on; `None` = over any.
    SwitchCarrier(Option<Forced>),
    /// Another one.
    Unknown,
}

/// What a listener has a use for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrackSettings {
    /// Of these tracks.
    pub tracks: Vec<String>,
    /// Nothing at all.
    pub disabled: bool,
    /// The width of the view in pixels; 0 = `height` says it, or else `quality`.
    pub width: u32,
    /// The height of the view in pixels, if its width is not said.
    pub height: u32,
    /// The rank of the layer.
    pub quality: i32,
    /// Frames a second; 0 = all there are.
    pub frames_per_second: u32,
    /// Which of its tracks it wants first: 1 the most, 0 = not said.
    pub priority: u8,
}

/// One request.
#[derive(Clone, Debug)]
pub enum Request {
    /// What it sends and receives.
    Offer(Description),
    /// To our offer.
    Answer(Description),
    /// It will send a track.
    Announce(Box<Announcement>),
    /// A track of its own is mute, or not any more.
    Mute {
        /// Which one.
        sid: String,
        /// Whether it is.
        muted: bool,
    },
    /// It wants tracks, or does not any more.
    Subscribe {
        /// Which ones.
        tracks: Vec<String>,
        /// Whether it does.
        wanted: bool,
    },
    /// What it has a use for.
    Settings(TrackSettings),
    /// It leaves.
    Leave,
    /// It describes itself.
    Describe {
        /// Its number of the request.
        request: u32,
        /// Empty = as before.
        name: String,
        /// Empty = as before.
        metadata: String,
        /// Those without a value go.
        attributes: BTreeMap<String, String>,
    },
    /// It orders a fault.
    Simulate(Scenario),
    /// Whom it lets have its tracks.
    Audience(AudienceWish),
    /// Something that this gateway does not do.
    Unsupported,
}
