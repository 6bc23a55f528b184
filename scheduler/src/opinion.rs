//! What is signed when a specialist gives an opinion, and with what.
//!
//! A [`Statement`] is JSON whose members stand in the order of the alphabet, without spaces (as RFC 8785 has it for texts and
//! whole numbers). It is kept as it was signed, so that whoever checks a signature needs no program of ours.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Serialize;
use session::{Keys, Purpose};

/// The word for this form of a statement.
const FORM: &str = "shanqiao-opinion-1";

/// What is signed: who says what of whom, asked for what, having received what.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement<'a> {
    /// What everybody in the session really received, up to now.
    pub(crate) attendance: Vec<Received<'a>>,
    pub(crate) case: &'a str,
    form: &'static str,
    /// What stood beside the text, and what of it the signer was shown.
    pub(crate) materials: Vec<MaterialStated<'a>>,
    pub(crate) opinion: &'a str,
    pub(crate) patient: PatientStated<'a>,
    pub(crate) request: RequestStated<'a>,
    /// None of a case that was answered without one.
    pub(crate) session: Option<&'a str>,
    /// RFC 3339.
    pub(crate) signed_at: String,
    pub(crate) signer: SignerStated<'a>,
    /// From 1: an opinion is amended by another one.
    pub(crate) version: u32,
}

/// Seconds of media that one person received.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Received<'a> {
    pub(crate) person: &'a str,
    pub(crate) picture_s: u64,
    pub(crate) screen_s: u64,
    pub(crate) sound_s: u64,
}

/// A material of the case.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MaterialStated<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'static str,
    /// SHA-256 of the preview, hexadecimal; none of a material without one.
    pub(crate) preview_sha256: Option<&'a str>,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) sha256: &'a str,
    /// Which of both the signer was handed out: `original`, `preview`.
    pub(crate) shown: Vec<&'static str>,
    pub(crate) title: &'a str,
}

/// The patient.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PatientStated<'a> {
    pub(crate) born: u16,
    pub(crate) card_ends: &'a str,
    pub(crate) name: &'a str,
    pub(crate) sex: &'static str,
}

/// What the signer was asked and told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestStated<'a> {
    pub(crate) by: SignerStated<'a>,
    pub(crate) purpose: &'a str,
    pub(crate) reason: &'a str,
    /// RFC 3339.
    pub(crate) requested_at: String,
    pub(crate) specialty: &'static str,
    pub(crate) summary: &'a str,
}

/// A doctor.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignerStated<'a> {
    pub(crate) name: &'a str,
    pub(crate) organization: &'a str,
    pub(crate) organization_name: &'a str,
    pub(crate) person: &'a str,
}

impl<'a> Statement<'a> {
    /// A statement of this opinion by this doctor, without what it is about yet.
    pub(crate) fn new(
        (case, opinion, version): (&'a str, &'a str, u32),
        (signer, signed_at): (SignerStated<'a>, String),
        patient: PatientStated<'a>,
        request: RequestStated<'a>,
    ) -> Self {
        let (attendance, materials, session) = (Vec::new(), Vec::new(), None);
        Self {
            attendance,
            case,
            form: FORM,
            materials,
            opinion,
            patient,
            request,
            session,
            signed_at,
            signer,
            version,
        }
    }
}

/// What signs: other algorithms (SM2) stand beside the one that is there.
pub(crate) trait Signer {
    /// Its name, as whoever checks knows it.
    fn algorithm(&self) -> &'static str;
    /// Which key of the house it is.
    fn key_id(&self) -> &str;
    /// In the form that is usual for the algorithm.
    fn public_key(&self) -> &[u8];
    /// The signature of these bytes.
    fn sign(&self, text: &[u8]) -> Vec<u8>;
}

/// Ed25519 (RFC 8032), by the key that the house derives for opinions.
pub(crate) struct Ed25519 {
    key_id: String,
    pair: Ed25519KeyPair,
}

impl Ed25519 {
    /// The signer of the current keys; none if the library refuses the seed, which has the length that it asks for.
    pub(crate) fn of(keys: &Keys) -> Option<Self> {
        let key = keys.key(Purpose::Opinion);
        let pair = Ed25519KeyPair::from_seed_unchecked(key.secret()).ok()?;
        Some(Self { key_id: key.id().unwrap_or_default().to_owned(), pair })
    }
}

impl std::fmt::Debug for Ed25519 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ed25519").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Signer for Ed25519 {
    fn algorithm(&self) -> &'static str {
        "Ed25519"
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }
}
