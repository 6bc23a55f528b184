//! Words of cases: read from JSON, and what the description says of them.

use std::borrow::Cow;
use std::str::FromStr;

use consultation::{
    AgreementState, AgreementStep, ConsentForm, ConsentGiver, ConsentPurpose, Invitation,
    MaterialKind, MediaType, Reply, Sex, Specialty, State, StepKind, Title, UnknownWord, Urgency,
    Verdict,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use session::Language;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object};

use super::word_schemas::words;

/// Reads a word of a closed list.
pub(super) fn word<'de, D, W>(from: D) -> Result<W, D::Error>
where
    D: Deserializer<'de>,
    W: FromStr<Err = UnknownWord>,
{
    let text = Cow::<'de, str>::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

/// The same of a member that may be absent.
pub(super) fn word_or_none<'de, D, W>(from: D) -> Result<Option<W>, D::Error>
where
    D: Deserializer<'de>,
    W: FromStr<Err = UnknownWord>,
{
    let text = Option::<Cow<'de, str>>::deserialize(from)?;
    text.map(|it| it.parse().map_err(D::Error::custom)).transpose()
}

pub(super) fn urgency_schema() -> Object {
    words(Urgency::ALL)
}

pub(super) fn specialty_schema() -> Object {
    words(Specialty::ALL)
}

pub(super) fn title_schema() -> Object {
    words(Title::ALL)
}

pub(super) fn sex_schema() -> Object {
    words(Sex::ALL)
}

pub(super) fn case_state_schema() -> Object {
    words(State::ALL)
}

pub(super) fn invitation_schema() -> Object {
    words(Invitation::ALL)
}

pub(super) fn reply_schema() -> Object {
    words(Reply::ALL)
}

pub(super) fn verdict_schema() -> Object {
    words(Verdict::ALL)
}

pub(super) fn material_kind_schema() -> Object {
    words(MaterialKind::ALL)
}

pub(super) fn media_type_schema() -> Object {
    words(MediaType::ALL)
}

pub(super) fn agreement_state_schema() -> Object {
    words(AgreementState::ALL)
}

pub(super) fn agreement_step_schema() -> Object {
    words(AgreementStep::ALL)
}

pub(super) fn consent_purpose_schema() -> Object {
    words(ConsentPurpose::ALL)
}

pub(super) fn consents_schema() -> Array {
    ArrayBuilder::new().items(words(ConsentPurpose::ALL)).build()
}

pub(super) fn consent_giver_schema() -> Object {
    words(ConsentGiver::ALL)
}

pub(super) fn consent_form_schema() -> Object {
    words(ConsentForm::ALL)
}

pub(super) fn language_schema() -> Object {
    words(Language::ALL)
}

pub(super) fn steps_schema() -> Array {
    ArrayBuilder::new().items(words(StepKind::ALL)).build()
}
