//! What tokens and tickets have in common: JSON claims signed by HS256 (RFC 7519) with one of the house's keys.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::Key;

/// Longest token that is read, bytes. It travels in a URL and in headers, which proxies cut at 8 KiB.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Why a token was not accepted. The texts are for people and say what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Over [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than 8 KiB; get a new one from the scheduler")]
    TooLong,
    /// Not three base64url parts of JSON with the claims of LiveKit's form.
    #[error("the token cannot be read; copy the whole link, or get a new one")]
    Malformed,
    /// Its data budget is no number of megabytes, or less than nothing.
    #[error(
        "the data budget in the token is not a number of megabytes, 0 or more; tell whoever made it to correct `dataBudget`"
    )]
    DataBudget,
    /// Not signed with our secret by HS256.
    #[error("the token's signature is wrong; get a new link from the scheduler")]
    Forged,
    /// Signed by a key of another name.
    #[error(
        "the token was made with another key than this system's; get a new link from the scheduler"
    )]
    UnknownKey,
    /// Its time has not come (`nbf`).
    #[error("the token is not valid yet; check this computer's clock")]
    NotYet {
        /// Valid from, seconds since 1970.
        not_before_s: u64,
    },
    /// Its time is over (`exp`).
    #[error("the token has expired; get a new link from the scheduler")]
    Expired {
        /// Valid until, seconds since 1970.
        expires_s: u64,
    },
}

/// A token that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims make a token that nobody would read.
    #[error(
        "the token would be {bytes} bytes, over the limit of {MAX_TOKEN_BYTES}: shorten name, metadata or attributes"
    )]
    TooLong {
        /// Length of the token that was not made.
        bytes: usize,
    },
    /// The crypto library refused.
    #[error("cannot sign the token: {0}")]
    Crypto(String),
}

/// The signed text of `claims`, its header naming the key.
pub(crate) fn sign(claims: &impl Serialize, key: Key<'_>) -> Result<String, SignError> {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = key.id().map(str::to_owned);
    let secret = EncodingKey::from_secret(key.secret());
    let text = jsonwebtoken::encode(&header, claims, &secret)
        .map_err(|error| SignError::Crypto(error.to_string()))?;
    if text.len() > MAX_TOKEN_BYTES {
        return Err(SignError::TooLong { bytes: text.len() });
    }
    Ok(text)
}

/// The claims in `text`, whose times and issuer are still to be looked at: [`Refused::Forged`] if another key signed
/// it, [`Refused::Malformed`] if they cannot be read.
pub(crate) fn claims<C: DeserializeOwned>(text: &str, key: Key<'_>) -> Result<C, Refused> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    let secret = DecodingKey::from_secret(key.secret());
    match jsonwebtoken::decode::<C>(text, &secret, &rules) {
        Ok(data) => Ok(data.claims),
        Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => Err(Refused::Forged),
        Err(_) => Err(Refused::Malformed),
    }
}
