//! As what one person takes part in a session, as it is booked and kept.

use serde::{Deserialize, Serialize};
use session::{LanguagePair, Role};

/// One person's part in a session. Kept in JSON as `[id, role]`, and as `[id, role, pair]` of who interprets a named pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Part {
    pub(crate) person_id: String,
    pub(crate) role: Role,
    /// Between which languages the person interprets in it, if that was said.
    pub(crate) interprets: Option<LanguagePair>,
}

impl Part {
    /// As a booking is checked.
    pub(crate) fn asked(&self) -> booking::Participant<'_> {
        booking::Participant { person: &self.person_id, role: self.role }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Interpreting(String, Role, LanguagePair),
    Plain(String, Role),
}

impl From<Written> for Part {
    fn from(written: Written) -> Self {
        match written {
            Written::Interpreting(person_id, role, pair) => {
                Self { person_id, role, interprets: Some(pair) }
            }
            Written::Plain(person_id, role) => Self { person_id, role, interprets: None },
        }
    }
}

impl From<Part> for Written {
    fn from(Part { person_id, role, interprets }: Part) -> Self {
        match interprets {
            Some(pair) => Self::Interpreting(person_id, role, pair),
            None => Self::Plain(person_id, role),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_before_pairs_were_named_is_read_and_written_as_it_was() {
        for text in [r#"["tashi","interpreter"]"#, r#"["tashi","interpreter","bo-zh"]"#] {
            let part: Part = serde_json::from_str(text).unwrap();
            assert_eq!(part.interprets.is_some(), text.contains("bo-zh"));
            assert_eq!(serde_json::to_string(&part).unwrap(), text);
        }
    }
}
