//! What a person or a place is called, in one language or more.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::Language;

/// Most characters of a name in one language.
pub const NAME_CHARS_MAX: usize = 100;

/// The names of a person or a place. One in Chinese is always there; a language in which the name is that one as well has none
/// of its own, and neither has one that nobody gave a name in.
///
/// Each name has 1 to [`NAME_CHARS_MAX`] characters, not all of them spaces. As JSON an object by codes of languages, Chinese
/// first and the others in the order of [`Language::ALL`]: `{"zh":"县医院","en":"County hospital"}`. The store keeps that text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Language, String>", into = "BTreeMap<Language, String>")]
pub struct Names {
    zh: String,
    others: BTreeMap<Language, String>,
}

/// Why something is no names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNames {
    /// There is none in Chinese.
    #[error("there is no name in Chinese; write one")]
    Nameless,
    /// A name is empty or too long.
    #[error("the name in `{0}` must have 1 to {NAME_CHARS_MAX} characters")]
    Malformed(Language),
    /// The text is no JSON of names.
    #[error("these are no names: {0}")]
    Unreadable(String),
}

fn check(language: Language, name: &str) -> Result<(), NoNames> {
    let good = !name.trim().is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    if good { Ok(()) } else { Err(NoNames::Malformed(language)) }
}

impl Names {
    /// This name in Chinese, and none of its own in another language.
    ///
    /// # Errors
    /// The name is empty or too long.
    pub fn new(zh: impl Into<String>) -> Result<Self, NoNames> {
        let zh = zh.into();
        check(Language::Chinese, &zh)?;
        Ok(Self { zh, others: BTreeMap::new() })
    }

    /// The same with this name in a language instead of the one there.
    ///
    /// # Errors
    /// The name is empty or too long.
    pub fn with(mut self, language: Language, name: impl Into<String>) -> Result<Self, NoNames> {
        let name = name.into();
        check(language, &name)?;
        if language == Language::Chinese {
            self.others.retain(|_, other| *other != name);
            self.zh = name;
        } else if name == self.zh {
            self.others.remove(&language);
        } else {
            self.others.insert(language, name);
        }
        Ok(self)
    }

    /// The name in Chinese, which everybody knows.
    #[must_use]
    pub fn zh(&self) -> &str {
        &self.zh
    }

    /// The name in this language, or else in Chinese.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        self.own(language).unwrap_or(&self.zh)
    }

    /// The name that there is for this language alone; of Chinese the name.
    #[must_use]
    pub fn own(&self, language: Language) -> Option<&str> {
        match language {
            Language::Chinese => Some(&self.zh),
            other => self.others.get(&other).map(String::as_str),
        }
    }

    /// As the store keeps them: compact JSON, Chinese first.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts by text: nothing of it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl TryFrom<BTreeMap<Language, String>> for Names {
    type Error = NoNames;

    fn try_from(mut all: BTreeMap<Language, String>) -> Result<Self, NoNames> {
        let zh = all.remove(&Language::Chinese).ok_or(NoNames::Nameless)?;
        all.into_iter()
            .try_fold(Self::new(zh)?, |names, (language, name)| names.with(language, name))
    }
}

impl From<Names> for BTreeMap<Language, String> {
    fn from(Names { zh, mut others }: Names) -> Self {
        others.insert(Language::Chinese, zh);
        others
    }
}

/// Reads [`Names::to_json`].
impl FromStr for Names {
    type Err = NoNames;

    fn from_str(json: &str) -> Result<Self, NoNames> {
        serde_json::from_str(json).map_err(|error| NoNames::Unreadable(error.to_string()))
    }
}

/// Reads [`Names::to_json`].
impl TryFrom<String> for Names {
    type Error = NoNames;

    fn try_from(json: String) -> Result<Self, NoNames> {
        json.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_an_object_by_languages_with_chinese_first() {
        let names = Names::new("县医院").unwrap();
        assert_eq!(names.to_json(), r#"{"zh":"县医院"}"#);
        let names = names.with(Language::Tibetan, "རྫོང་སྨན་ཁང་།").unwrap();
        let names = names.with(Language::English, "County \"hospital\"").unwrap();
        let json = r#"{"zh":"县医院","en":"County \"hospital\"","bo":"རྫོང་སྨན་ཁང་།"}"#;
        assert_eq!(names.to_json(), json);
        assert_eq!(json.parse(), Ok(names.clone()));
        assert_eq!(names.in_language(Language::Tibetan), "རྫོང་སྨན་ཁང་།");
        assert_eq!(names.in_language(Language::Uyghur), "县医院");
        assert_eq!(names.own(Language::Uyghur), None);
    }

    #[test]
    fn a_language_in_which_the_name_is_the_chinese_one_has_none_of_its_own() {
        let same = r#"{"zh":"Wang","en":"Wang"}"#.parse::<Names>().unwrap();
        assert_eq!(same, Names::new("Wang").unwrap());
        let two = Names::new("王").unwrap().with(Language::English, "Wang").unwrap();
        assert_eq!(two.clone().with(Language::English, "王"), Names::new("王"));
        assert_eq!(two.with(Language::Chinese, "Wang"), Names::new("Wang"));
    }

    #[test]
    fn nothing_is_called_nothing() {
        assert_eq!(Names::new(" "), Err(NoNames::Malformed(Language::Chinese)));
        assert_eq!(
            Names::new("王").unwrap().with(Language::Uyghur, ""),
            Err(NoNames::Malformed(Language::Uyghur))
        );
        assert!(Names::new("王".repeat(NAME_CHARS_MAX)).is_ok());
        assert!(Names::new("王".repeat(NAME_CHARS_MAX + 1)).is_err());
        for json in [
            "",
            "{}",
            r#"{"en":"Wang"}"#,
            r#"{"zh":""}"#,
            r#"{"zh":null}"#,
            r#"{"zh":"王","fr":"Wang"}"#,
            r#"["王","Wang"]"#,
        ] {
            assert!(json.parse::<Names>().is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn whatever_names_are_written_are_read_again(
            zh in "\\PC{0,3}[^ \\s]\\PC{0,90}",
            others in proptest::collection::btree_map(
                proptest::sample::select(Language::ALL), "[^\\s].{0,99}", 0..4)
        ) {
            let names = others.into_iter().filter(|(language, _)| *language != Language::Chinese)
                .try_fold(Names::new(zh.clone())?, |names, (language, name)| names.with(language, name))?;
            let json = names.to_json();
            let first = json.starts_with("{\"zh\":");
            prop_assert!(first, "Chinese is first");
            prop_assert_eq!(&json.parse::<Names>()?, &names);
            prop_assert_eq!(names.zh(), &zh);
            for language in Language::ALL {
                prop_assert_eq!(names.in_language(*language), names.own(*language).unwrap_or(&zh));
            }
        }
    }
}
