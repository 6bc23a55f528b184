//! How much data the bearer of a token may use.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// Bytes in a megabyte, as networks sell them.
const MEGABYTE: u64 = 1_000_000;
/// More than this many megabytes is no bound for anybody, and is read as this many: a terabyte.
const MOST: u64 = 1_000_000;
/// Where the budget stands in a token, and its members.
const CLAIM: &str = "/shanqiao/dataBudget";
const MEMBERS: [&str; 3] = ["sessionMb", "monthLeftMb", "usedMb"];

/// An amount of data, in a claim a number of megabytes of 10^6 bytes, with a fraction or without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Megabytes {
    bytes: u64,
}

impl Megabytes {
    /// So many bytes, a terabyte at most.
    #[must_use]
    pub fn of_bytes(bytes: u64) -> Self {
        Self { bytes: bytes.min(MOST * MEGABYTE) }
    }

    /// How many bytes that is; a terabyte at most.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.bytes
    }
}

impl Serialize for Megabytes {
    #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are 9,000 terabytes")]
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.bytes % MEGABYTE {
            0 => to.serialize_u64(self.bytes / MEGABYTE),
            _ => to.serialize_f64(self.bytes as f64 / MEGABYTE as f64),
        }
    }
}

impl<'de> Deserialize<'de> for Megabytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Megabytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of megabytes, 0 or more")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Megabytes, E> {
                Ok(Megabytes { bytes: value.min(MOST) * MEGABYTE })
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Megabytes, E> {
                let value = u64::try_from(value).map_err(|_| E::custom("less than nothing"))?;
                self.visit_u64(value)
            }

            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "the value is within 0 and a terabyte by then"
            )]
            fn visit_f64<E: Error>(self, value: f64) -> Result<Megabytes, E> {
                if value.is_nan() || value < 0.0 {
                    return Err(E::custom("less than nothing"));
                }
                Ok(Megabytes { bytes: (value.min(MOST as f64) * MEGABYTE as f64).round() as u64 })
            }
        }

        from.deserialize_any(Number)
    }
}

/// What may be used, as the gateway counts it: all datagrams of a participant's connections, both ways, with IP and UDP
/// headers. Every member may be absent; without `session` and `month_left` there is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataBudget {
    /// In the session, by the bearer.
    #[serde(rename = "sessionMb", skip_serializing_if = "Option::is_none")]
    pub session: Option<Megabytes>,
    /// What was left to the bearer's site in the present month when the token was made, but for what others of the site use
    /// in the same room, which the gateway knows better.
    #[serde(rename = "monthLeftMb", skip_serializing_if = "Option::is_none")]
    pub month_left: Option<Megabytes>,
    /// What the bearer had used in the session when the token was made.
    #[serde(rename = "usedMb", skip_serializing_if = "Option::is_none")]
    pub used: Option<Megabytes>,
}

/// Whether the claims have a data budget of which nothing can be made: a text, a list, less than nothing.
pub(crate) fn is_absurd(claims: &Value) -> bool {
    let Some(budget) = claims.pointer(CLAIM) else { return false };
    let Value::Object(members) = budget else { return true };
    let said = MEMBERS.iter().filter_map(|name| members.get(*name));
    said.into_iter().any(|it| Megabytes::deserialize(it).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absurd_is_refused_or_bounded() {
        let claims =
            |session: Value| json!({ "shanqiao": { "dataBudget": { "sessionMb": session } } });
        for absurd in
            [json!(-1), json!(-0.5), json!("NaN"), json!("60"), json!([60]), json!({}), json!(true)]
        {
            assert!(is_absurd(&claims(absurd.clone())), "{absurd}");
        }
        let most = 1_000_000_000_000;
        for (said, bytes) in [
            (json!(0), 0),
            (json!(0.25), 250_000),
            (json!(60), 60_000_000),
            (json!(u64::MAX), most),
            (serde_json::from_str("18446744073709551616").unwrap(), most),
            (json!(1e300), most),
        ] {
            assert!(!is_absurd(&claims(said.clone())), "{said}");
            let read: DataBudget = serde_json::from_value(json!({ "sessionMb": said })).unwrap();
            assert_eq!(read.session.map(Megabytes::bytes), Some(bytes), "{said}");
        }
        assert!(is_absurd(&json!({ "shanqiao": { "dataBudget": 60 } })));
        assert!(!is_absurd(&json!({ "shanqiao": {} })) && !is_absurd(&json!({})));
    }

    #[test]
    fn what_is_written_is_read() {
        for bytes in [0, 1, 999_999, 1_000_000, 12_345_678, 1_000_000_000_000] {
            let written = serde_json::to_string(&Megabytes::of_bytes(bytes)).unwrap();
            let read: Megabytes = serde_json::from_str(&written).unwrap();
            assert_eq!(read.bytes(), bytes, "{written}");
        }
    }
}
