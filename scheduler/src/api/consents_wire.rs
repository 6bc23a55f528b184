//! The forms of check-in and consents, camelCase JSON.

use consultation::{ConsentForm, ConsentGiver, ConsentPurpose, ConsentText, consent_text};
use serde::{Deserialize, Serialize};
use session::{Language, Names};
use utoipa::ToSchema;

use super::App;
use super::case_schemas::{
    consent_form_schema, consent_giver_schema, consent_purpose_schema, language_schema, word,
};
use super::names_wire::NamesSchema;
use crate::store::ConsentLine;

/// How it is known who the patient is: by one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CheckIn {
    /// The number of the card that the patient shows, which must be the one of the request.
    #[serde(default)]
    pub(super) card: Option<String>,
    /// Without a card: how the doctor knows the patient; one line, at most 200 characters.
    #[serde(default)]
    pub(super) known_by: Option<String>,
}

/// A consent that was given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewConsent {
    #[schema(schema_with = consent_purpose_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) purpose: ConsentPurpose,
    #[schema(schema_with = consent_giver_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) giver: ConsentGiver,
    /// Of a guardian or relative: one line, at most 60 characters.
    #[serde(default)]
    pub(super) name: String,
    #[schema(schema_with = consent_form_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) form: ConsentForm,
    /// Who heard it, of one that is spoken: one line, at most 60 characters.
    #[serde(default)]
    pub(super) witness: String,
    /// In which it was read.
    #[schema(schema_with = language_schema)]
    pub(super) language: String,
    /// What the consultation costs the patient, as it was told: one line, at most 200 characters. Not of a recording.
    #[serde(default)]
    pub(super) fee: String,
    /// `id` of the text that was read, of `GET /api/v1/cases/{id}/consents`.
    pub(super) text_id: String,
}

/// A consent that is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Withdrawal {
    #[schema(schema_with = consent_purpose_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) purpose: ConsentPurpose,
    /// Why, if that is said: one line, at most 200 characters.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// What is read to a patient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentTextTold {
    #[schema(schema_with = consent_purpose_schema)]
    purpose: &'static str,
    /// Another text has another one.
    id: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl ConsentTextTold {
    fn of(purpose: ConsentPurpose) -> Self {
        let ConsentText { id, zh, en } = consent_text(purpose);
        Self { purpose: purpose.as_str(), id, zh, en }
    }
}

/// How a consent was given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentGivenTold {
    #[schema(schema_with = consent_giver_schema)]
    giver: &'static str,
    /// Empty for the patient.
    name: String,
    #[schema(schema_with = consent_form_schema)]
    form: &'static str,
    /// Empty for what is on paper.
    witness: String,
    #[schema(schema_with = language_schema)]
    language: &'static str,
    text_id: String,
    /// Empty for a recording.
    fee: String,
}

/// A consent that was given or withdrawn.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentTold {
    #[schema(schema_with = consent_purpose_schema)]
    purpose: &'static str,
    /// Null of one that was withdrawn.
    #[schema(required = true)]
    given: Option<ConsentGivenTold>,
    /// RFC 3339 in the county's zone.
    at: String,
    by_id: String,
    #[schema(required = true, value_type = Option<NamesSchema>)]
    by_names: Option<Names>,
}

/// What may be consented to in a case, and what was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Consents {
    /// One of each purpose.
    texts: Vec<ConsentTextTold>,
    /// The first one first; nothing of it is ever changed.
    consents: Vec<ConsentTold>,
}

impl Consents {
    pub(super) fn new(app: &App, lines: Vec<ConsentLine>) -> Self {
        let texts = ConsentPurpose::ALL.iter().map(|it| ConsentTextTold::of(*it)).collect();
        let told = |line: ConsentLine| ConsentTold {
            purpose: line.purpose.as_str(),
            given: line.given.map(|it| ConsentGivenTold {
                giver: it.giver.as_str(),
                name: it.name,
                form: it.form.as_str(),
                witness: it.witness,
                language: it.language.as_str(),
                text_id: it.text_id,
                fee: it.fee,
            }),
            at: app.zone.print(line.at),
            by_id: line.by_id,
            by_names: line.by_names,
        };
        Self { texts, consents: lines.into_iter().map(told).collect() }
    }
}

impl NewConsent {
    /// The language in which it was read, if it is one.
    pub(super) fn language(&self) -> Option<Language> {
        self.language.parse().ok()
    }
}
