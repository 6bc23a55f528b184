//! The forms of opinions, camelCase JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::SignedOpinion;

/// What an invited doctor says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewOpinion {
    /// At most 4000 characters.
    pub(super) opinion: String,
}

/// An opinion that is signed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opinion {
    /// From 1; the decision is of the latest one.
    version: i64,
    /// What is signed, byte by byte: JSON with the case, the patient, the request, what everybody in the session received, the
    /// materials by their SHA-256 and which of them the signer was handed out, the opinion, who signed and when.
    statement: String,
    /// `Ed25519` (RFC 8032).
    algorithm: String,
    /// Which key of the house signed.
    key_id: String,
    /// Base64.
    public_key: String,
    /// Of the UTF-8 bytes of `statement`, base64.
    signature: String,
}

impl From<SignedOpinion> for Opinion {
    fn from(row: SignedOpinion) -> Self {
        let SignedOpinion { version, statement, algorithm, key_id, public_key, signature } = row;
        Self { version, statement, algorithm, key_id, public_key, signature }
    }
}
