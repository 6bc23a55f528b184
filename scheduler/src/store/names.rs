//! Names as the store keeps them: one text of JSON in one column, read whole.

use session::Names;

use super::StoreError;

/// The names of a row.
pub(super) fn names(text: &str) -> Result<Names, StoreError> {
    text.parse().map_err(unreadable)
}

/// The names of a row that was joined, if there is one.
pub(super) fn names_if(text: Option<String>) -> Result<Option<Names>, StoreError> {
    text.map(|text| names(&text)).transpose()
}

/// Somebody or something of one name, in Chinese as far as anybody knows.
pub(super) fn one_name(text: String) -> Result<Names, StoreError> {
    Names::new(text).map_err(unreadable)
}

fn unreadable(why: session::NoNames) -> StoreError {
    StoreError::Unreadable(why.to_string())
}
