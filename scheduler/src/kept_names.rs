//! Names in JSON that is kept: what was written before names of several languages were one type had two of them side by side,
//! `name` and `name_en` (in events and holidays `nameEn`), or a list of two. All of it is read; `names` alone is written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use session::{Language, Names, NoNames};

#[derive(Deserialize)]
#[serde(untagged)]
enum Members {
    Names {
        names: Names,
    },
    Pair {
        name: String,
        #[serde(default, alias = "nameEn")]
        name_en: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Names(Names),
    Pair(String, String),
}

#[derive(Serialize)]
struct Written<'a> {
    names: &'a Names,
}

/// A name in Chinese and one in English, of which the second may be empty.
fn pair(zh: String, en: String) -> Result<Names, NoNames> {
    let names = Names::new(zh)?;
    if en.trim().is_empty() { Ok(names) } else { names.with(Language::English, en) }
}

/// Writes names as the member `names` of what they are a part of; for `#[serde(flatten)]`.
pub(crate) fn serialize<S: Serializer>(names: &Names, to: S) -> Result<S::Ok, S::Error> {
    Written { names }.serialize(to)
}

/// Reads the names among the members of what they are a part of; for `#[serde(flatten)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Names, D::Error> {
    match Members::deserialize(from)? {
        Members::Names { names } => Ok(names),
        Members::Pair { name, name_en } => pair(name, name_en).map_err(serde::de::Error::custom),
    }
}

/// Reads a list of names, or of pairs of them.
pub(crate) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Names>, D::Error> {
    let read = |kept| match kept {
        Kept::Names(names) => Ok(names),
        Kept::Pair(zh, en) => pair(zh, en).map_err(serde::de::Error::custom),
    };
    Vec::<Kept>::deserialize(from)?.into_iter().map(read).collect()
}

/// The members of an entry as an old event tells it, with `names`; what is not such a pair stays as it is.
pub(crate) fn renew(members: &mut Map<String, Value>) {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(name), Some(name_en)) = (text("name"), text("nameEn")) else { return };
    let Ok(names) = pair(name, name_en) else { return };
    members.remove("name");
    members.remove("nameEn");
    members.insert("names".to_owned(), serde_json::to_value(names).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Entry {
        id: u8,
        #[serde(flatten, with = "super")]
        names: Names,
    }

    fn wang() -> Names {
        Names::new("王").unwrap().with(Language::English, "Wang").unwrap()
    }

    #[test]
    fn a_pair_that_was_written_before_is_read_as_names() {
        let now = json!({ "id": 1, "names": { "zh": "王", "en": "Wang" } });
        let entry = Entry { id: 1, names: wang() };
        assert_eq!(serde_json::to_value(&entry).unwrap(), now);
        for kept in [
            now,
            json!({ "id": 1, "name": "王", "name_en": "Wang" }),
            json!({ "id": 1, "name": "王", "nameEn": "Wang" }),
        ] {
            assert_eq!(serde_json::from_value::<Entry>(kept).unwrap(), entry);
        }
        for alone in ["", "王"] {
            let kept = json!({ "id": 1, "name": "王", "name_en": alone });
            let read: Entry = serde_json::from_value(kept).unwrap();
            assert_eq!(read.names, Names::new("王").unwrap());
        }
        for nobody in [json!({ "id": 1 }), json!({ "id": 1, "name": "", "name_en": "Wang" })] {
            assert!(serde_json::from_value::<Entry>(nobody.clone()).is_err(), "{nobody}");
        }
    }

    #[test]
    fn a_list_holds_names_or_pairs() {
        let kept = json!([["王", "Wang"], ["李", "李"], { "zh": "王", "en": "Wang" }]);
        assert_eq!(list(kept).unwrap(), [wang(), Names::new("李").unwrap(), wang()]);
        assert!(list(json!([["王"]])).is_err());
    }

    #[test]
    fn an_old_event_is_told_with_names() {
        let mut was = json!({ "name": "王", "nameEn": "Wang", "retired": false });
        renew(was.as_object_mut().unwrap());
        assert_eq!(was, json!({ "names": { "zh": "王", "en": "Wang" }, "retired": false }));
        let mut device = json!({ "deviceId": "d", "name": "大屏" });
        renew(device.as_object_mut().unwrap());
        assert_eq!(device, json!({ "deviceId": "d", "name": "大屏" }));
    }
}
