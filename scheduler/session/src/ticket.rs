//! The ticket: what a page may fetch from the recorder, for minutes.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::keys::{Keys, Purpose};
use crate::token::{LEEWAY_S, MAX_TOKEN_BYTES, Refused, SignError};

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
        let key = keys.key(Purpose::Ticket);
        let mut header = Header::new(Algorithm::HS256);
        header.kid = key.id().map(str::to_owned);
        let secret = EncodingKey::from_secret(key.secret());
        let text = jsonwebtoken::encode(&header, &claims, &secret)
            .map_err(|error| SignError::Crypto(error.to_string()))?;
        if text.len() > MAX_TOKEN_BYTES {
            return Err(SignError::TooLong { bytes: text.len() });
        }
        Ok(text)
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
        let key = keys.key(Purpose::Ticket);
        if header.kid.as_deref() != key.id() {
            return Err(Refused::UnknownKey);
        }
        let mut rules = Validation::new(Algorithm::HS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        let secret = DecodingKey::from_secret(key.secret());
        let claims = match jsonwebtoken::decode::<Claims>(text, &secret, &rules) {
            Ok(data) => data.claims,
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                return Err(Refused::Forged);
            }
            Err(_) => return Err(Refused::Malformed),
        };
        if claims.iss != keys.name() {
            return Err(Refused::UnknownKey);
        }
        if now_s > claims.exp.saturating_add(LEEWAY_S) {
            return Err(Refused::Expired { expires_s: claims.exp });
        }
        Ok(Self { opens: claims.ticket, expires_s: claims.exp })
    }
}
