//! What is wrong with a text or a member of a request.

use alloc::vec::Vec;

/// One thing that is wrong, at the member of the API that is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing is written.
    #[error("write `{field}`")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// Too much is written.
    #[error("`{field}` has more than {most} characters; shorten it")]
    TooLong {
        /// The member.
        field: &'static str,
        /// Most characters.
        most: usize,
    },
    /// A control character, or several lines where there is one.
    #[error("`{field}` has a sign that cannot be shown, or more lines than it may have")]
    NotShown {
        /// The member.
        field: &'static str,
    },
    /// The year is in the future or too long ago.
    #[error("`patient.born` must be a year from {least} to {most}")]
    Year {
        /// First year.
        least: u16,
        /// Last year.
        most: u16,
    },
    /// The card number cannot be one.
    #[error("`patient.card` must have {least} to {most} letters and digits")]
    Card {
        /// Fewest signs.
        least: usize,
        /// Most signs.
        most: usize,
    },
    /// A file is empty or too large.
    #[error(
        "`{field}` must be from 1 to {most}; make the file smaller, e.g. by a photo of fewer pixels"
    )]
    Bytes {
        /// The member.
        field: &'static str,
        /// Most bytes.
        most: u64,
    },
    /// A file of another type than this kind of material has.
    #[error(
        "`{field}` is none that a material of this kind has; choose another file or another kind"
    )]
    MediaType {
        /// The member.
        field: &'static str,
    },
    /// The wished time is long over, or too far ahead.
    #[error("`wishedAt` must be from {past} days ago to {ahead} days ahead")]
    Wished {
        /// Days.
        past: u64,
        /// Days.
        ahead: u64,
    },
}

impl Fault {
    /// The word by which a program knows this fault; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing { .. } => "text-missing",
            Self::TooLong { .. } => "text-too-long",
            Self::NotShown { .. } => "text-not-shown",
            Self::Year { .. } => "not-a-birth-year",
            Self::Card { .. } => "not-a-card",
            Self::Bytes { .. } => "not-so-many-bytes",
            Self::MediaType { .. } => "not-that-media-type",
            Self::Wished { .. } => "wished-out-of-range",
        }
    }

    /// The member of the request that is to be changed, as it is called in the API.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Missing { field }
            | Self::TooLong { field, .. }
            | Self::NotShown { field }
            | Self::Bytes { field, .. }
            | Self::MediaType { field } => field,
            Self::Year { .. } => "patient.born",
            Self::Card { .. } => "patient.card",
            Self::Wished { .. } => "wishedAt",
        }
    }

    /// The values of the sentence of this fault, by name.
    #[must_use]
    pub fn params(self) -> Vec<(&'static str, u64)> {
        let count = |most: usize| u64::try_from(most).unwrap_or(u64::MAX);
        match self {
            Self::Missing { .. } | Self::NotShown { .. } | Self::MediaType { .. } => Vec::new(),
            Self::Bytes { most, .. } => [("most", most)].into(),
            Self::TooLong { most, .. } => [("most", count(most))].into(),
            Self::Year { least, most } => {
                [("least", u64::from(least)), ("most", u64::from(most))].into()
            }
            Self::Card { least, most } => [("least", count(least)), ("most", count(most))].into(),
            Self::Wished { past, ahead } => [("past", past), ("ahead", ahead)].into(),
        }
    }
}
