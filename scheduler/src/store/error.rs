//! Why the store could not answer.

use super::engine::{Fault, fault};

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Others are writing, or the database is away for a moment; worth another try.
    #[error("the store is busy")]
    Busy,
    /// No space, or the disk refuses.
    #[error("the disk is full or refuses to write: {0}")]
    Disk(String),
    /// A text holds U+0000, which not every database keeps.
    #[error("a text holds the character U+0000")]
    NotText,
    /// A row that this program would not have written.
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
    /// What was changed stands, but is not known to be on the disk.
    #[error("{0}")]
    Unforced(String),
    /// Anything else.
    #[error("the store failed: {0}")]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match fault(&error) {
            Fault::Busy => Self::Busy,
            Fault::Disk | Fault::NotWritable => Self::Disk(error.to_string()),
            Fault::NotText => Self::NotText,
            Fault::Damaged => Self::Unreadable(error.to_string()),
            Fault::Unforced => Self::Unforced(error.to_string()),
            Fault::SlotTaken | Fault::Other => Self::Other(error),
        }
    }
}
