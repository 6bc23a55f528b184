//! What people and players are told of a recording: `manifest.json` and the list of recordings.

use crate::journal::Seal;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How far a recording is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The room is open and its journal grows.
    #[default]
    Recording,
    /// The journal is sealed; the forms are being made.
    Assembling,
    /// It can be played.
    Ready,
    /// The forms could not be made; after three attempts it is not tried again.
    Failed,
}

/// A recording, as told over HTTP and kept in `manifest.json`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// Version of this form: 1.
    pub v: u32,
    /// `<session id>-<take>`.
    pub id: String,
    /// The booked session.
    pub session_id: String,
    /// Title for people.
    pub title: String,
    /// `consultation`, `class`, `training` or `broadcast`.
    pub kind: String,
    /// When it begins, RFC 3339.
    pub started_at: String,
    /// Its length, milliseconds.
    pub duration_ms: u64,
    /// How far it is.
    pub state: State,
    /// Why it failed or what is wrong with it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who took part, in order of joining.
    pub participants: Vec<Person>,
    /// What can be played.
    pub forms: Vec<Rendition>,
    /// Pages of slides by time.
    pub slides: Vec<Slide>,
    /// Chat by time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chat: Vec<Chat>,
    /// In how many of its seconds sound or picture is missing.
    pub damaged_seconds: u64,
    /// The same by kind.
    pub damaged_seconds_by_kind: DamagedSeconds,
    /// Which spans these are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damage: Vec<Damage>,
    /// Pictures that were sent and cannot be watched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Seat>,
    /// The sealed journal behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Journal>,
}

/// Somebody who took part.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Person {
    /// The person's id.
    pub identity: String,
    /// Name for people.
    pub name: String,
    /// Role in the session.
    pub role: String,
    /// Where they sat.
    pub site: String,
}

/// One file that can be played.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rendition {
    /// `light` (voice, with the slides as images) or `full` (voice and one picture; the first of them
    /// is the main one).
    pub form: String,
    /// Its size.
    pub bytes: u64,
    /// Its size in 10⁶ bytes, to two places: what a data plan counts.
    pub megabytes: f64,
    /// Where it is served.
    pub url: String,
    /// Media type with codecs.
    pub mime: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Whose picture it is; `light` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// Where a picture comes from.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Seat {
    /// The person's id.
    pub identity: String,
    /// `camera` or `screen`.
    pub source: String,
}

/// In how many seconds something is missing.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DamagedSeconds {
    /// Whatever it is.
    #[serde(skip)]
    pub any: u64,
    /// Everything, as the journal has a hole.
    pub journal: u64,
    /// A voice.
    pub sound: u64,
    /// A picture.
    pub picture: u64,
}

/// A page that is shown from a moment on.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Slide {
    /// From when, milliseconds from the start.
    pub at_ms: u64,
    /// The deck's id.
    pub deck: String,
    /// Page from 1.
    pub page: u32,
    /// Where its image is served; empty where the reader knows.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A line of chat.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Chat {
    /// When, milliseconds from the start.
    pub at_ms: u64,
    /// Who.
    pub identity: String,
    /// Name for people.
    pub name: String,
    /// What.
    pub text: String,
}

/// A span that is not as it was.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Damage {
    /// From when, milliseconds from the start.
    pub from_ms: u64,
    /// Until when.
    pub to_ms: u64,
    /// `sound`, `picture` or `journal` (everything).
    pub what: String,
    /// Whose picture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub identity: String,
}

/// The sealed journal.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Journal {
    /// The head of the last seal: it stands for the whole journal.
    pub head: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The seals in order.
    pub segments: Vec<Seal>,
    /// Why the room was closed.
    pub closed: String,
    /// What of it is not as it was written, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}
