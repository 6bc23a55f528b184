//! The form of names: an object by codes of languages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use session::{Language, Names};
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::faults::Faults;

/// Most characters of a language's code that a fault repeats.
const CODE_CHARS_MAX: usize = 20;

/// What the description says of names, those that are told and those that are asked for.
pub(super) enum NamesSchema {}

impl PartialSchema for NamesSchema {
    fn schema() -> RefOr<Schema> {
        let name = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let mut names = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .description(Some(
                "What somebody or something is called, by codes of languages (ISO 639). A language in which that is the same as in Chinese, or not known, is absent; in a request an empty name takes one away, and an absent one stays as it is.",
            ));
        for language in Language::ALL {
            names = names.property(language.as_str(), name());
        }
        let names: Object = names.required(Language::Chinese.as_str()).build();
        names.into()
    }
}

impl ToSchema for NamesSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Names")
    }
}

/// Names as a request has them, and as they go back in the same form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct NamesForm(BTreeMap<String, String>);

impl NamesForm {
    /// The names by languages, as they were typed; a language that names are not kept in is a fault of the member `field`.
    pub(super) fn by_language(
        self,
        field: &str,
        faults: &mut Faults,
    ) -> BTreeMap<Language, String> {
        let mut names = BTreeMap::new();
        for (code, name) in self.0 {
            if let Ok(language) = code.parse::<Language>() {
                names.insert(language, name);
                continue;
            }
            let code: String = code.chars().take(CODE_CHARS_MAX).collect();
            let known: Vec<&str> = Language::ALL.iter().map(|it| it.as_str()).collect();
            let detail = format!(
                "names are kept in the languages {}, and `{code}` is none of them; take it out",
                known.join(", ")
            );
            faults.add(
                &format!("{field}.{code}"),
                "language-unknown",
                json!({ "id": code }),
                &detail,
            );
        }
        names
    }

    /// The names, each of them one that people read, without the spaces around it; an empty one but the Chinese is left out.
    pub(super) fn called(self, field: &str, faults: &mut Faults) -> Option<Names> {
        let mut typed = self.by_language(field, faults);
        let zh = typed.remove(&Language::Chinese).unwrap_or_default();
        let zh = faults.called(&format!("{field}.zh"), &zh);
        let mut names = Names::new(zh).ok();
        for (language, name) in typed.into_iter().filter(|(_, name)| !name.trim().is_empty()) {
            let name = faults.called(&format!("{field}.{language}"), &name);
            names = names.and_then(|names| names.with(language, name).ok());
        }
        names
    }
}

impl From<Names> for NamesForm {
    fn from(names: Names) -> Self {
        let names = BTreeMap::<Language, String>::from(names);
        Self(names.into_iter().map(|(language, name)| (language.to_string(), name)).collect())
    }
}
