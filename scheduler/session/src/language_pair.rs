//! Two languages between which somebody interprets, in either direction.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Two different languages by their codes of ISO 639 (two letters, or three where there are no two), such as `bo-zh`; a signed
/// language has one as well (`csl-zh`). Written in alphabetical order, so that one pair has one form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguagePair(String);

/// A text that is no pair of languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no pair of languages; write two codes of ISO 639 such as `bo-zh`, `ug-zh`, or `csl-zh` for Chinese Sign Language"
)]
pub struct NoLanguagePair(pub String);

impl LanguagePair {
    /// As it is written, such as `bo-zh`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LanguagePair {
    type Err = NoLanguagePair;

    fn from_str(text: &str) -> Result<Self, NoLanguagePair> {
        let code = |code: &str| {
            (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        match text.split_once('-') {
            Some((one, other)) if code(one) && code(other) && one < other => {
                Ok(Self(text.to_owned()))
            }
            Some((one, other)) if code(one) && code(other) && one > other => {
                Ok(Self(format!("{other}-{one}")))
            }
            _ => Err(NoLanguagePair(text.chars().take(60).collect())),
        }
    }
}

impl TryFrom<String> for LanguagePair {
    type Error = NoLanguagePair;

    fn try_from(text: String) -> Result<Self, NoLanguagePair> {
        text.parse()
    }
}

impl From<LanguagePair> for String {
    fn from(pair: LanguagePair) -> Self {
        pair.0
    }
}

impl fmt::Display for LanguagePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_form_whichever_language_comes_first() {
        let pair = |text: &str| text.parse::<LanguagePair>();
        assert_eq!(pair("zh-bo"), pair("bo-zh"));
        assert_eq!(pair("zh-csl").map(String::from), Ok("csl-zh".to_owned()));
        for bad in
            ["", "zh", "zh-zh", "BO-zh", "bo-zh-ug", "b-zh", "tibt-zh", "bo_zh", "藏-汉", "bo-"]
        {
            assert!(pair(bad).is_err(), "{bad}");
        }
    }
}
