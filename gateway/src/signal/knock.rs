//! What a client says of itself as it knocks: in the query of `/rtc`, or in the join request of `/rtc/v1`.

use axum::http::StatusCode;
use livekit_protocol as lk;
use lk::client_info::Sdk;
use serde::Deserialize;
use session::AccessToken;
use signalling::words::participant::Abilities;
use signalling::words::request::{FirstOffer, Join};
use signalling::words::usage::Spent;

use super::frames::FrameFormat;
use super::{measure, requests, wrapped};
use crate::Entry;

/// Most capabilities of a client that the others are told.
const CAPABILITIES_MAX: usize = 16;

/// Query of `/rtc` (LiveKit client protocol).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RtcQuery {
    pub(super) access_token: String,
    auto_subscribe: Option<String>,
    reconnect: Option<String>,
    sid: Option<String>,
    /// Our own client's: a `reconnect` that finds nothing to go on with is a join.
    or_join: Option<String>,
    sdk: Option<String>,
    /// Our own client's, which comes back by itself: when its person chose that device, in milliseconds since 1970.
    chosen: Option<String>,
    /// In `/rtc/v1` everything but the token is in here.
    join_request: Option<String>,
    client_protocol: Option<i32>,
    /// `json`: the client reads text frames from the first message on.
    frames: Option<String>,
}

/// A client at the door.
#[derive(Debug)]
pub(crate) struct Knock {
    pub(super) auto_subscribe: bool,
    pub(crate) resume: Option<String>,
    pub(super) or_join: bool,
    pub(super) chosen_ms: Option<u64>,
    pub(super) reuses_sections: bool,
    pub(super) answers_passive: bool,
    pub(crate) abilities: Abilities,
    pub(crate) first: Option<FirstOffer>,
    pub(super) format: FrameFormat,
}

impl Knock {
    /// At `/rtc`: one connection for each direction.
    pub(super) fn v0(query: &RtcQuery) -> Self {
        let yes = |flag: &Option<String>| matches!(flag.as_deref(), Some("1" | "true"));
        Self {
            auto_subscribe: query.auto_subscribe.is_none() || yes(&query.auto_subscribe),
            resume: yes(&query.reconnect).then(|| query.sid.clone().unwrap_or_default()),
            or_join: yes(&query.or_join),
            chosen_ms: query.chosen.as_deref().and_then(|chosen| chosen.parse().ok()),
            reuses_sections: query.sdk.as_deref() == Some("js"),
            answers_passive: query.sdk.as_deref() == Some("go"),
            abilities: Abilities {
                protocol: query.client_protocol.unwrap_or_default(),
                list: vec![],
            },
            first: None,
            format: query.format(),
        }
    }

    /// At `/rtc/v1`: one connection for both directions. An error is what to answer.
    pub(super) fn v1(entry: &Entry, query: &RtcQuery) -> Result<Self, (StatusCode, String)> {
        Self::wrapped(query).map_err(|said| {
            entry.metrics.refuse("bad_join_request");
            (StatusCode::BAD_REQUEST, said)
        })
    }

    /// What the join request says; an error is why it is refused.
    pub(super) fn wrapped(query: &RtcQuery) -> Result<Self, String> {
        let text = query.join_request.as_deref().filter(|text| !text.is_empty());
        let text = text.ok_or("join_request is missing: /rtc needs none")?;
        let request = wrapped::read(text).map_err(|why| why.to_string())?;
        if request.publisher_offer.as_ref().is_some_and(|offer| !measure::fits(&offer.sdp)) {
            return Err("the description is too long in one section".to_owned());
        }
        let client = request.client_info.unwrap_or_default();
        let js = client.sdk() == Sdk::Js;
        let capabilities = client.capabilities.into_iter().take(CAPABILITIES_MAX);
        Ok(Self {
            auto_subscribe: request
                .connection_settings
                .is_none_or(|settings| settings.auto_subscribe),
            resume: request.reconnect.then_some(request.participant_sid),
            or_join: false,
            chosen_ms: None,
            reuses_sections: js,
            answers_passive: false,
            abilities: Abilities { protocol: client.client_protocol, list: capabilities.collect() },
            first: Some(FirstOffer {
                offer: request.publisher_offer.as_ref().map(requests::description),
                tracks: request
                    .add_track_requests
                    .into_iter()
                    .map(requests::announcement)
                    .collect(),
                metadata: request.metadata,
                attributes: request.participant_attributes.into_iter().collect(),
            }),
            format: query.format(),
        })
    }
}

impl Knock {
    /// What the core is told of it, and of what people had used in its room.
    pub(super) fn join(self, token: AccessToken, spent: Vec<Spent>) -> Join {
        Join {
            token,
            auto_subscribe: self.auto_subscribe,
            resume: self.resume,
            or_join: self.or_join,
            chosen_ms: self.chosen_ms,
            reuses_sections: self.reuses_sections,
            finds_by_section: self.format == FrameFormat::Json,
            reads_reasons: self.format == FrameFormat::Json,
            answers_passive: self.answers_passive,
            abilities: self.abilities,
            first: self.first,
            spent,
        }
    }
}

impl RtcQuery {
    fn format(&self) -> FrameFormat {
        if self.frames.as_deref() == Some("json") {
            FrameFormat::Json
        } else {
            FrameFormat::Protobuf
        }
    }
}

/// Reads a query; answers whether it is one.
#[cfg(feature = "readers")]
pub(crate) fn read_query(text: &str) -> bool {
    query(text).is_some()
}

/// Reads a query of `/rtc/v1`: what the client says of itself, if that can be read.
#[cfg(feature = "readers")]
pub(crate) fn read_join(text: &str) -> Option<Knock> {
    Knock::wrapped(&query(text)?).ok()
}

#[cfg(feature = "readers")]
fn query(query: &str) -> Option<RtcQuery> {
    let uri = format!("/rtc?{query}").parse::<axum::http::Uri>().ok()?;
    axum::extract::Query::try_from_uri(&uri).ok().map(|query| query.0)
}
