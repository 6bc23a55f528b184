//! The claims inside a token: LiveKit's `video` grant and our own `shanqiao` claim.

use serde::{Deserialize, Serialize};

use crate::claims;
use crate::clearance::Clearance;
use crate::data_budget::DataBudget;
use crate::words::{Kind, Mode, Role};

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if calls with a reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What the bearer may do with rooms: LiveKit's `video` claim, camelCase on the wire, unknown members ignored. The
/// snake_case that some of LiveKit's SDKs wrote is read as well: a right that is withheld in it shall not count as absent.
///
/// A right that is absent is refused, except the three `canPublish`, `canSubscribe` and `canPublishData`, which LiveKit
/// reads as granted when absent: ask [`may_publish`](Self::may_publish) and its sisters, not the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VideoGrant {
    /// The one room this grant is for; empty = none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room: String,
    /// May join `room`.
    #[serde(skip_serializing_if = "is_false", alias = "room_join")]
    pub room_join: bool,
    /// May mute, remove and see everybody in `room`.
    #[serde(skip_serializing_if = "is_false", alias = "room_admin")]
    pub room_admin: bool,
    /// May make and delete rooms.
    #[serde(skip_serializing_if = "is_false", alias = "room_create")]
    pub room_create: bool,
    /// May list rooms.
    #[serde(skip_serializing_if = "is_false", alias = "room_list")]
    pub room_list: bool,
    /// May record.
    #[serde(skip_serializing_if = "is_false", alias = "room_record")]
    pub room_record: bool,
    /// May send tracks; absent = yes.
    #[serde(skip_serializing_if = "Option::is_none", alias = "can_publish")]
    pub can_publish: Option<bool>,
    /// May receive tracks; absent = yes.
    #[serde(skip_serializing_if = "Option::is_none", alias = "can_subscribe")]
    pub can_subscribe: Option<bool>,
    /// May send data packets; absent = yes.
    #[serde(skip_serializing_if = "Option::is_none", alias = "can_publish_data")]
    pub can_publish_data: Option<bool>,
    /// Sources that may be sent (`camera`, `microphone`, `screen_share`, `screen_share_audio`); empty = all.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        alias = "can_publish_sources",
        deserialize_with = "claims::sources"
    )]
    pub can_publish_sources: Vec<String>,
    /// May change its own name, metadata and attributes.
    #[serde(skip_serializing_if = "is_false", alias = "can_update_own_metadata")]
    pub can_update_own_metadata: bool,
    /// Is not shown to the others.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Is a recorder.
    #[serde(skip_serializing_if = "is_false")]
    pub recorder: bool,
    /// May manage ingress (WHIP) end points.
    #[serde(skip_serializing_if = "is_false", alias = "ingress_admin")]
    pub ingress_admin: bool,
}

impl VideoGrant {
    /// Whether the bearer may send tracks at all.
    #[must_use]
    pub fn may_publish(&self) -> bool {
        self.can_publish.unwrap_or(true)
    }

    /// Whether the bearer may send a track from `source` (LiveKit's lower-case name, such as `camera`).
    #[must_use]
    pub fn may_publish_source(&self, source: &str) -> bool {
        let listed = |allowed: &String| allowed.eq_ignore_ascii_case(source);
        self.may_publish()
            && (self.can_publish_sources.is_empty() || self.can_publish_sources.iter().any(listed))
    }

    /// Whether the bearer may receive tracks.
    #[must_use]
    pub fn may_subscribe(&self) -> bool {
        self.can_subscribe.unwrap_or(true)
    }

    /// Whether the bearer may send data packets.
    #[must_use]
    pub fn may_publish_data(&self) -> bool {
        self.can_publish_data.unwrap_or(true)
    }
}

/// Our one own claim, `shanqiao`: what LiveKit's claims have no word for. Every member may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Own {
    /// Id of the booked session (UUIDv7 as text); equals the room's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What the session is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The session's title, as people typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the bearer is in this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The organization the bearer sits in, as people read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Whether the session is to be recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<bool>,
    /// Id of the person who bears the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Whether the bearer is younger than eighteen on the day of the session. It is not among what others are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor: Option<bool>,
    /// When the booked time ends, seconds since 1970.
    #[serde(rename = "ends", skip_serializing_if = "Option::is_none")]
    pub ends_s: Option<u64>,
    /// When the room closes, seconds since 1970: some time after the booked end. The token is not renewed beyond it.
    #[serde(rename = "closes", skip_serializing_if = "Option::is_none")]
    pub closes_s: Option<u64>,
    /// How much of the session the bearer is sent at first; absent = all that `mode_most` allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The most that the bearer may be sent; absent = everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode_most: Option<Mode>,
    /// How much data that may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_budget: Option<DataBudget>,
    /// What the session was cleared for when the token was made; absent = for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearance: Option<Clearance>,
}
