//! Between which languages somebody interprets, as it is written.

use session::LanguagePair;

use super::fault::{Column, Fault};

/// Most pairs of one person.
const PAIRS_MAX: usize = 12;

/// The pairs, each once, in alphabetical order.
pub(super) fn pairs(words: &[String]) -> Result<Vec<LanguagePair>, Fault> {
    let mut pairs = Vec::new();
    for word in words {
        let pair: LanguagePair = word.parse().map_err(|error: session::NoLanguagePair| {
            Fault::new(Column::Interprets, "languages-malformed", error.to_string())
                .param("id", word.as_str())
        })?;
        pairs.push(pair);
    }
    pairs.sort();
    pairs.dedup();
    if pairs.len() > PAIRS_MAX {
        let detail = format!("a person interprets at most {PAIRS_MAX} pairs of languages");
        let most = u64::try_from(PAIRS_MAX).unwrap_or(u64::MAX);
        return Err(
            Fault::new(Column::Interprets, "too-many-languages", detail).param("most", most)
        );
    }
    Ok(pairs)
}
