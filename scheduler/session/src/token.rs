//! The access token: signing, reading, and the three kinds of it.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::grant::{Own, VideoGrant};
use crate::key::{Key, Purpose};
use crate::keys::Keys;
use crate::signed::{self, MAX_TOKEN_BYTES, Refused, SignError};
use crate::{claims, data_budget};

/// How far two clocks may differ, seconds: a token is good from `nbf - 60` to `exp + 60`, as in LiveKit.
pub const LEEWAY_S: u64 = 60;

/// A pass in the form of LiveKit's JWT (HS256). The issuer (`iss`) is the [`Keys`] it is signed or read with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessToken {
    /// What the key is for that it is signed with, or was; it stands in the header (`kid`).
    #[serde(skip)]
    pub purpose: Purpose,
    /// Who bears it (`sub`): a person id, or a service's name.
    #[serde(rename = "sub", skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// Name shown to the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Valid from (`nbf`), seconds since 1970; 0 = always.
    #[serde(rename = "nbf", deserialize_with = "claims::seconds")]
    pub not_before_s: u64,
    /// Valid until (`exp`), seconds since 1970.
    #[serde(rename = "exp", deserialize_with = "claims::seconds")]
    pub expires_s: u64,
    /// When it was made (`iat`), seconds since 1970, if it says so: LiveKit's SDKs leave it out.
    #[serde(
        rename = "iat",
        deserialize_with = "claims::seconds",
        skip_serializing_if = "claims::is_zero"
    )]
    pub issued_s: u64,
    /// Free text that LiveKit shows to the others in the room.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// Participant attributes, shown to the others in the room; ours are `role` and `site`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the bearer may do with rooms.
    pub video: VideoGrant,
    /// Our own claim.
    #[serde(rename = "shanqiao", skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    iss: &'a str,
    #[serde(flatten)]
    token: &'a AccessToken,
}

#[derive(Deserialize)]
struct TokenClaims {
    #[serde(default)]
    iss: String,
    /// Where older SDKs of LiveKit put the identity.
    #[serde(default)]
    jti: String,
    #[serde(flatten)]
    token: AccessToken,
}

impl AccessToken {
    /// A person token: says who is asking, opens no room. Valid from `now_s` for `ttl_s` seconds.
    #[must_use]
    pub fn for_person(person: &str, name: &str, now_s: u64, ttl_s: u64) -> Self {
        let own = Own { person: Some(person.to_owned()), ..Own::default() };
        let purpose = Purpose::Person;
        Self { purpose, own: Some(own), ..Self::plain(person, name, now_s, ttl_s) }
    }

    /// A service token: a room of the house talking to another. It names no room and joins none.
    #[must_use]
    pub fn for_service(service: &str, now_s: u64, ttl_s: u64) -> Self {
        let video = VideoGrant { room_record: true, recorder: true, ..VideoGrant::default() };
        let purpose = Purpose::Service;
        Self { purpose, video, ..Self::plain(service, service, now_s, ttl_s) }
    }

    /// A room token: joins `room`. Further grants and the own claim are set by the caller.
    #[must_use]
    pub fn for_room(room: &str, identity: &str, name: &str, now_s: u64, ttl_s: u64) -> Self {
        let video = VideoGrant { room: room.to_owned(), room_join: true, ..VideoGrant::default() };
        Self { video, ..Self::plain(identity, name, now_s, ttl_s) }
    }

    fn plain(identity: &str, name: &str, now_s: u64, ttl_s: u64) -> Self {
        Self {
            identity: identity.to_owned(),
            name: name.to_owned(),
            not_before_s: now_s,
            expires_s: now_s.saturating_add(ttl_s),
            ..Self::default()
        }
    }

    /// The room this token opens for its identity, if it is a room token.
    #[must_use]
    pub fn room(&self) -> Option<&str> {
        let video = &self.video;
        let room = self.purpose == Purpose::Room && video.room_join;
        (room && !video.room.is_empty() && !self.identity.is_empty()).then_some(video.room.as_str())
    }

    /// When it was made, seconds since 1970, as far as it tells: `iat`, or else `nbf`, which LiveKit's SDKs set to now.
    #[must_use]
    pub const fn made_s(&self) -> u64 {
        if self.issued_s > 0 { self.issued_s } else { self.not_before_s }
    }

    /// The person who is asking, if it is a person token. A room token is none, so that a leaked link to one session
    /// does not open the person's other sessions.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        let person = self.claimed_person().filter(|_| self.purpose == Purpose::Person)?;
        (person == self.identity).then_some(person)
    }

    fn claimed_person(&self) -> Option<&str> {
        let person = self.own.as_ref()?.person.as_deref()?;
        (!self.video.room_join && !person.is_empty()).then_some(person)
    }

    /// Whether it is a service token that opens the tap (`roomRecord` and `recorder`, no room).
    #[must_use]
    pub fn is_service(&self) -> bool {
        let video = &self.video;
        let no_room = !video.room_join && video.room.is_empty();
        self.purpose == Purpose::Service && video.room_record && video.recorder && no_room
    }

    /// The signed text form, with the key of its purpose.
    pub fn sign(&self, keys: &Keys) -> Result<String, SignError> {
        let claims = Outgoing { iss: keys.name(), token: self };
        signed::sign(&claims, keys.key(self.purpose))
    }

    /// The token in `text`, if it is signed with `keys` and valid at `now_s` (seconds since 1970) within [`LEEWAY_S`].
    /// Claims that are not ours to know are ignored; a token without `exp` has expired.
    pub fn read(text: &str, keys: &Keys, now_s: u64) -> Result<Self, Refused> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(Refused::TooLong);
        }
        let token = verify(text, keys, now_s)?;
        if now_s.saturating_add(LEEWAY_S) < token.not_before_s {
            return Err(Refused::NotYet { not_before_s: token.not_before_s });
        }
        if now_s > token.expires_s.saturating_add(LEEWAY_S) {
            return Err(Refused::Expired { expires_s: token.expires_s });
        }
        Ok(token)
    }
}

fn verify(text: &str, keys: &Keys, now_s: u64) -> Result<AccessToken, Refused> {
    if text.split('.').count() != 3 {
        return Err(Refused::Malformed);
    }
    // A header that names `none`, or anything else than the one algorithm we sign with, was not made by us.
    let header = match jsonwebtoken::decode_header(text) {
        Ok(header) if header.alg == Algorithm::HS256 => header,
        Ok(_) | Err(_) => return Err(Refused::Forged),
    };
    let named = keys.named(header.kid.as_deref(), now_s);
    let (purpose, derived) = named.ok_or(Refused::UnknownKey)?;
    let issuer = issuer(text);
    let key = derived.unwrap_or_else(|| keys.api(issuer.as_deref(), now_s));
    let ours = |name: &str| keys.is_name(name, now_s);
    let token = signed_with(text, key, ours)?;
    // A person's link of the time when one key signed everything: the API key speaks for no person.
    if purpose == Purpose::Room && token.claimed_person().is_some() {
        return Err(Refused::UnknownKey);
    }
    Ok(AccessToken { purpose, ..token })
}

/// The token in `text`, if `key` signed it and its issuer is one of ours.
fn signed_with(
    text: &str,
    key: Key<'_>,
    ours: impl Fn(&str) -> bool,
) -> Result<AccessToken, Refused> {
    let claims = signed::claims(text, key).map_err(|refused| match refused {
        // Which refusal helps the person more: an old link of another installation is not an attack.
        Refused::Forged if issuer(text).is_some_and(|name| !ours(&name)) => Refused::UnknownKey,
        other => other,
    })?;
    let claims = claims::without_nulls(claims);
    if data_budget::is_absurd(&claims) {
        return Err(Refused::DataBudget);
    }
    let claims = TokenClaims::deserialize(claims).map_err(|_| Refused::Malformed)?;
    if !ours(&claims.iss) {
        return Err(Refused::UnknownKey);
    }
    let mut token = claims.token;
    if token.identity.is_empty() {
        token.identity = claims.jti;
    }
    Ok(token)
}

/// Who says to have made a token. It is not verified: it chooses the key that must have signed, and words.
fn issuer(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    jsonwebtoken::dangerous::insecure_decode::<Issuer>(text).ok().map(|data| data.claims.iss)
}
