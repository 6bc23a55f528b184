//! The ticket: what a page may fetch from the recorder, for minutes.

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::key::Purpose;
use crate::keys::Keys;
use crate::signed::{self, MAX_TOKEN_BYTES, Refused, SignError};
use crate::token::LEEWAY_S;

/// The one thing that a ticket opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Opens {
    /// The list of all recordings.
    AllRecordings,
    /// The list of the recordings of these sessions.
    Sessions(Vec<String>),
    /// One recording by its id: what is told of it, its files and the slides shown in it.
    Recording(String),
    /// The deletion of one recording by its id.
    Deletion(String),
    /// The slide decks of one room.
    Decks(String),
}

/// A signed permission for one thing, minted by who decides and read by who serves, so that nobody asks back.
///
/// It is no [`AccessToken`](crate::AccessToken), and none is a ticket: neither is read as the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What it opens.
    pub opens: Opens,
    /// Valid until, seconds since 1970.
    pub expires_s: u64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    exp: u64,
    ticket: Opens,
}

impl Ticket {
    /// The signed text form, fit for a header or a cookie.
    ///
    /// # Errors
    /// [`SignError::TooLong`] over [`MAX_TOKEN_BYTES`]; [`SignError::Crypto`] if the library refuses.
    pub fn sign(&self, keys: &Keys) -> Result<String, SignError> {
        let claims =
            Claims { iss: keys.name().to_owned(), exp: self.expires_s, ticket: self.opens.clone() };
        signed::sign(&claims, keys.key(Purpose::Ticket))
    }

    /// The ticket in `text`, if it is signed with `keys` and valid at `now_s` (seconds since 1970) within [`LEEWAY_S`].
    ///
    /// # Errors
    /// Why it is refused, for people.
    pub fn read(text: &str, keys: &Keys, now_s: u64) -> Result<Self, Refused> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(Refused::TooLong);
        }
        let header = jsonwebtoken::decode_header(text).map_err(|_| Refused::Malformed)?;
        if header.alg != Algorithm::HS256 {
            return Err(Refused::Forged);
        }
        let named = keys.named(header.kid.as_deref(), now_s);
        let Some((Purpose::Ticket, Some(key))) = named else {
            return Err(Refused::UnknownKey);
        };
        let claims: Claims = signed::claims(text, key)?;
        if !keys.is_name(&claims.iss, now_s) {
            return Err(Refused::UnknownKey);
        }
        if now_s > claims.exp.saturating_add(LEEWAY_S) {
            return Err(Refused::Expired { expires_s: claims.exp });
        }
        Ok(Self { opens: claims.ticket, expires_s: claims.exp })
    }
}
