//! Why nothing was booked or held.

use super::clashes::Clash;
use super::hold_rows::HoldRefused;
use super::line_claims::LineRefused;
use super::minors::Unaccompanied;
use super::wanted::Unfit;
use super::{Resource, StoreError};

/// Why nothing was booked or held.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    /// Decided by a short look that finds out no more ([`super::Store::explained`] does).
    #[error("something is taken")]
    Taken,
    #[error("a resource is taken")]
    Clash(Box<Clash>),
    #[error("there is no {} {}", .0.kind, .0.id)]
    Unknown(Resource),
    #[error("{person_id} may not be booked as {role}")]
    NotHeld { person_id: String, role: session::Role },
    #[error("{person_id} does not interpret {pair} in it")]
    NotInterpreting { person_id: String, pair: session::LanguagePair },
    #[error("an adult would be alone with {}", .0.person_id)]
    MinorAlone(Unaccompanied),
    /// A case's session is moved to a day that no agreement covers.
    #[error("{why} ({organization})")]
    NotCovered { organization: String, why: consultation::NotCovered },
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error(transparent)]
    Hold(#[from] HoldRefused),
    /// As many as this are held by the person, or by all together.
    #[error("{most} are held already")]
    TooManyHolds { most: usize, of_all: bool },
    #[error(transparent)]
    Line(#[from] LineRefused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unfit> for BookError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Unknown(resource) => Self::Unknown(resource),
            Unfit::NotHeld { person_id, role } => Self::NotHeld { person_id, role },
            Unfit::NotInterpreting { person_id, pair } => Self::NotInterpreting { person_id, pair },
        }
    }
}

impl From<sqlx::Error> for BookError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
