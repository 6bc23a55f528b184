//! Claims as other minters write them: LiveKit's SDKs differ in what they leave out and in how they spell what they say.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::Value;

use std::fmt;

/// LiveKit's track sources in the order of its numbers; the first is none.
const SOURCES: [&str; 5] =
    ["unknown", "camera", "microphone", "screen_share", "screen_share_audio"];

/// A claim without its nulls, in members and in lists: a member that is null is one that is absent.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, it)| !it.is_null());
            Value::Object(there.map(|(name, it)| (name, without_nulls(it))).collect())
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().filter(|it| !it.is_null()).map(without_nulls).collect())
        }
        plain => plain,
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if calls with a reference"
)]
pub(crate) fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// A NumericDate (RFC 7519, section 2): any JSON number, with fraction or exponent. What lies before 1970 is 1970.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    struct NumericDate;

    impl Visitor<'_> for NumericDate {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("seconds since 1970")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
            Ok(value)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<u64, E> {
            Ok(u64::try_from(value).unwrap_or_default())
        }

        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast ends at the bounds of the type, which is what is wanted"
        )]
        fn visit_f64<E: Error>(self, value: f64) -> Result<u64, E> {
            Ok(value as u64)
        }
    }

    from.deserialize_any(NumericDate)
}

/// Track sources in LiveKit's lower case, however they are written: as names of any case, with `-` or `_` or nothing
/// between their words, or as numbers. One that is not known is kept: it allows nothing, where an empty list allows all.
pub(crate) fn sources<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Name(String),
    }

    let written = Vec::<Written>::deserialize(from)?;
    Ok(written
        .into_iter()
        .map(|it| match it {
            Written::Number(number) => {
                let known = usize::try_from(number).ok().and_then(|it| SOURCES.get(it));
                known.map_or_else(|| number.to_string(), |it| (*it).to_owned())
            }
            Written::Name(name) => {
                let known = SOURCES.iter().find(|it| letters(it).eq(letters(&name)));
                known.map_or(name, |it| (*it).to_owned())
            }
        })
        .collect())
}

fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase())
}
